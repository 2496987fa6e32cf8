package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"waijiao/internal/locale"
)

// commandLine is the grammar of the command line.
type commandLine struct {
	Lang    string         `placeholder:"zh|en"`
	Serve   serveCommand   `cmd:""`
	List    listCommand    `cmd:""`
	Show    showCommand    `cmd:""`
	Mark    markCommand    `cmd:""`
	Release releaseCommand `cmd:""`
	Retry   retryCommand   `cmd:""`
	Open    openCommand    `cmd:""`
	Export  exportCommand  `cmd:""`
	Erase   eraseCommand   `cmd:""`
	Purge   purgeCommand   `cmd:""`
	Backup  backupCommand  `cmd:""`
	Restore restoreCommand `cmd:""`
	Doctor  doctorCommand  `cmd:""`
}

// fromEnvironment lets the flags of serve stand in the environment as INTAKE_
// and their name, so that the server and the operator's commands read one file
// of settings. The two ways of mail are chosen between later.
func fromEnvironment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		if name := variable(f.Name); name != "" && f.Name != "smtp" && f.Name != "maildir" {
			if v := getenv(name); v != "" {
				return v, nil
			}
			if f.Name == "from" && getenv("MAIL_FROM") != "" {
				return getenv("MAIL_FROM"), nil
			}
		}
		return nil, nil
	})
}

// variable is the name of a flag in the environment, or empty for the flags of
// a single call.
func variable(flag string) string {
	switch flag {
	case "data", "store", "delivery-key", "secret", "seal-to", "site", "addr", "private", "base-url", "smtp", "smtp-password", "maildir",
		"to", "alarm", "from", "bounce", "pgp-key", "dkim", "helo", "give-up", "trust", "proxy", "scan", "memory", "new-secret":
		return "INTAKE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
	}
	return ""
}

// parseFault puts kong's message, which is English, into both languages.
func parseFault(err error) locale.Text {
	// kong's names of arguments are those of our fields.
	en := strings.NewReplacer(`"<reference>"`, "REF", "<reference>", "REF", `"<file>"`, "FILE", "<file>", "FILE", "<status>", "STATUS").Replace(err.Error())
	if flag, rest, ok := strings.Cut(en, ": expected "); ok && strings.HasPrefix(flag, "--") {
		if !strings.Contains(rest, "perhaps try ") {
			return locale.T(flag+" 后面缺少值", flag+" needs a value")
		}
		_, try, _ := strings.Cut(strings.TrimSuffix(rest, "?"), "perhaps try ")
		return locale.T(flag+" 后面缺少值；如果值以 - 开头，请写成 "+try, flag+" needs a value; if the value begins with -, write "+try)
	}
	if one, other, ok := strings.Cut(strings.TrimSuffix(en, " can't be used together"), " and "); ok && strings.HasSuffix(en, " can't be used together") {
		return locale.T(one+" 和 "+other+" 只能写一个", en)
	}
	if what, rest, ok := strings.Cut(en, " must be one of "); ok {
		allowed, got, _ := strings.Cut(rest, " but got ")
		return locale.T(what+" 只能是 "+strings.ReplaceAll(allowed, ",", "、")+"，写的是 "+got, en)
	}
	for _, known := range []struct{ en, zh string }{
		{"expected REF", "缺少参数：REF"},
		{"expected FILE", "缺少参数：FILE"},
		{"missing positional arguments ", "缺少参数："},
		{"unknown flag ", "没有这个选项："},
		{"unexpected argument ", "不认识的命令或多余的参数："},
		{"missing flags: ", "缺少选项："},
		{"expected one of ", "缺少命令，可用的有："},
		{"expected ", "缺少命令，可用的有："},
	} {
		if rest, ok := strings.CutPrefix(en, known.en); ok {
			what, guess, guessed := strings.Cut(rest, ", did you mean ")
			zh := known.zh + strings.ReplaceAll(what, ", ", "、")
			if guess = strings.TrimPrefix(strings.TrimSuffix(guess, "?"), "one of "); guessed {
				zh += "，是否想写 " + strings.ReplaceAll(guess, ", ", "、")
			}
			return locale.T(zh, en)
		}
	}
	return locale.T("命令行有误："+en, en)
}

// errSaid ends a command that has said itself what is wrong.
var errSaid = errors.New("said already")

// codedError gives an error a code for programs.
type codedError struct {
	code string
	error
}

func (e *codedError) Unwrap() error { return e.error }

func coded(code string, err error) error { return &codedError{code, err} }

// codeOf is the code of an error: "failed" for what programs need not tell
// apart.
func codeOf(err error) string {
	var known *codedError
	if errors.As(err, &known) {
		return known.code
	}
	return "failed"
}

// cannotListen says why the address cannot be had, and how to mend it.
func cannotListen(addr string, err error) error {
	var lookup *net.DNSError
	var bad *net.AddrError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return &troubleError{locale.Tf("%s 已被别的程序占用。请停止那个程序，或用 --addr 换一个端口；用 make run 启动时：make run ADDR=127.0.0.1:9090 BASE_URL=http://localhost:9090",
			"another program is using %s. Stop it, or choose another port with --addr; with make run: make run ADDR=127.0.0.1:9090 BASE_URL=http://localhost:9090", addr)}
	case errors.Is(err, fs.ErrPermission):
		return &troubleError{locale.Tf("没有权限监听 %s。请用 --addr 换一个 1024 以上的端口", "permission to listen on %s is denied. Choose a port above 1024 with --addr", addr)}
	case errors.As(err, &lookup), errors.As(err, &bad), errors.Is(err, syscall.EADDRNOTAVAIL):
		return &troubleError{locale.Tf("--addr %s：这台机器没有这个地址。请写本机的地址和端口，如 127.0.0.1:8080", "--addr %s: this machine has no such address. Write one of its own and a port, such as 127.0.0.1:8080", addr)}
	}
	return err
}

// reason says in words why the system refused something. What it has no words
// for stays as the system says it.
func reason(err error) locale.Text {
	var trouble *troubleError
	switch {
	case errors.As(err, &trouble):
		return trouble.text
	case errors.Is(err, context.Canceled):
		return locale.T("已中断", "it was interrupted")
	}
	var file *fs.PathError
	where := ""
	if errors.As(err, &file) {
		where = file.Path
	}
	for _, known := range []struct {
		is   error
		text locale.Text
	}{
		{fs.ErrNotExist, locale.T("没有这个文件或文件夹", "there is no such file or folder")},
		{fs.ErrPermission, locale.T("没有权限", "permission is denied")},
		{syscall.ENOTDIR, locale.T("不是文件夹", "it is not a folder")},
		{syscall.ENOSPC, locale.T("磁盘已满", "the disk is full")},
		{syscall.EROFS, locale.T("磁盘是只读的", "the disk is read-only")},
	} {
		switch {
		case !errors.Is(err, known.is):
		case where == "":
			return known.text
		default:
			return locale.T(where+"："+known.text.ZH, where+": "+known.text.EN)
		}
	}
	return locale.Same(err.Error())
}
