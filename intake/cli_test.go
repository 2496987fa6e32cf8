package main

import (
	"bytes"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"waijiao/internal/locale"
)

func TestTheCommandLine(t *testing.T) {
	site := t.TempDir()
	publish(t, site, definition)
	for name, c := range map[string]struct {
		args []string
		exit int
		says string
	}{
		"help":                          {[]string{"--help"}, 0, "Commands:"},
		"nothing":                       {nil, 0, "Commands:"},
		"Chinese help":                  {[]string{"serve", "--help", "--lang", "zh"}, 0, "谁接收哪份表单"},
		"unknown flag":                  {[]string{"serve", "--nope"}, 2, "wrong use"},
		"no site":                       {[]string{"serve", "--site", "/nowhere", "--data", t.TempDir(), "--to", "a=b@example.org"}, 2, "publish the site"},
		"bad --to":                      {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "office"}, 2, "FORM=ADDRESS"},
		"nobody receives":               {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "other=a@example.org", "--lang=zh"}, 2, "没有人接收表单 sample-request"},
		"SMTP, no sender":               {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--smtp", "smtp://localhost"}, 2, "--from"},
		"bad SMTP":                      {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--smtp", "localhost:25", "--from", "a@example.org"}, 2, "smtp://user"},
		"bad base":                      {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--base-url", "www.example.org"}, 2, "https://www.example.org"},
		"two ways":                      {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--smtp", "smtp://localhost", "--maildir", t.TempDir(), "--from", "a@example.org", "--addr", "256.0.0.1:1"}, 2, "--maildir"},
		"bad sender":                    {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--from", "office"}, 2, "not an e-mail address"},
		"bad origin":                    {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--trust", "example.org"}, 2, "--trust must look like"},
		"port in use":                   {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--addr", "256.0.0.1:1"}, 1, "cannot do this"},
		"relay of the environment":      {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org"}, 2, "--from"},
		"a flag before the environment": {[]string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--maildir", t.TempDir(), "--addr", "256.0.0.1:1"}, 1, "cannot do this"},
	} {
		var out bytes.Buffer
		env := func(key string) string {
			if key == "SMTP_URL" && strings.Contains(name, "environment") {
				return "smtp://localhost"
			}
			return ""
		}
		if exit := command(t.Context(), c.args, env, strings.NewReader(""), &out, &out); exit != c.exit || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d\n%s", name, exit, out.String())
		}
	}
}

func TestTheCommandLineIsWhollyChinese(t *testing.T) {
	site, data := t.TempDir(), t.TempDir()
	publish(t, site, definition)
	good := []string{"serve", "--site", site, "--data", data, "--to", "*=a@example.org"}
	not := func(args ...string) []string { return append(slices.Clone(good), args...) }
	cases := map[string][]string{
		"help": {"--help"}, "nothing": nil, "help of serve": {"serve", "--help"},
		"no command": {"--lang", "zh"}, "unknown command": {"bogus"}, "nearly a command": {"serv"}, "another argument": not("bogus"),
		"unknown flag": not("--nope"), "nearly a flag": not("--site-", "x"), "no flags": {"serve"}, "one flag": {"serve", "--site", site},
		"no value": {"serve", "--site"}, "a flag for a value": {"serve", "--site", "--data"},
		"two ways": not("--smtp", "smtp://localhost", "--maildir", data), "language": not("--lang", "fr"),
		"no site": {"serve", "--site", "/nowhere", "--data", data, "--to", "*=a@example.org"}, "bad --to": not("--to", "office"),
		"SMTP, no sender": not("--smtp", "smtp://localhost"), "bad SMTP": not("--smtp", "office", "--from", "a@example.org"),
		"bad base": not("--base-url", "www.example.org"), "bad sender": not("--from", "office"), "bad origin": not("--trust", "www.example.org"),
		"no such address": not("--addr", "256.0.0.1:1"), "a file for a folder": {"serve", "--site", site, "--data", "/dev/null/x", "--to", "*=a@example.org"},
	}
	for name, args := range cases {
		var out bytes.Buffer
		env := func(key string) string { return map[string]string{"LANG": "zh_CN.UTF-8"}[key] }
		command(t.Context(), args, env, strings.NewReader(""), &out, &out)
		if left := english(out.String()); len(left) > 0 || out.Len() == 0 {
			t.Errorf("%s: %q in\n%s", name, left, out.String())
		}
	}
	for _, word := range []string{"unknown flag", "Usage:", "missing", "erased", "no such file"} {
		if len(english(word)) == 0 {
			t.Errorf("%q would not be found", word)
		}
	}
}

// english are the words in a Chinese text that are neither flags, placeholders
// and variables in capitals, addresses, reference numbers, files and what else
// the user wrote, nor names of things.
func english(text string) []string {
	names := regexp.MustCompile(`/?HZ-[0-9A-Z-]+(/file-.*)?|SQLite|PostgreSQL|550 .*mailbox|\.(csv|xlsx)\b|--?[a-z][a-z-]*|\b[a-z-]+\.(key|csv|xlsx|backup|part|pdf|db)\b|[A-Z][A-Z_]+(:PORT|=ADDRESS)?|\S+://\S*|\S*@\S+|"[^"]*"|/\S+|\{"error".*\}|[0-9]+[hd]\b|age1\S*|` +
		`\b(secret|sqlite|age|list|show|mark|release|retry|open|export|erase|purge|backup|restore|doctor|held|received|handling|answered|closed|clamd|tcp|unix|zh|en|intake|serve|generator build|generator|Maildir|mail|FORM|sample-request|bogus|serv|fr|office|www\.example\.org|Ctrl\+C|systemd|timesyncd|chrony|chmod|keygen|sudo|base-url|site|office-key|delivery-key|server|open-files|store|dead|disk|clock|data|smtp|nowhere|var|https)\b`)
	return regexp.MustCompile(`[A-Za-z]+`).FindAllString(names.ReplaceAllString(text, ""), -1)
}

func TestTheOperatorsCommandsAreWhollyChinese(t *testing.T) {
	dir := t.TempDir()
	refs := fill(t, dir)
	t.Chdir(dir)
	for _, line := range []string{
		"list", "list --status held", "list --before bogus", "list --data nowhere", "list --help", "show", "show --help", "show $DONE", "show $HELD", "show $NEW", "show HZ-7777-7777-7",
		"show $SEALED --answers", "show $SEALED --key other.key", "show $SEALED --key nowhere.key", "mark --help", "mark $DONE", "mark $DONE bogus", "mark $ANON answered --note 好", "mark $HELD handling", "mark $DONE closed", "mark $DONE handling",
		"release --help", "release $HELD", "release $HELD", "retry --help", "retry", "retry --all", "retry $SEALED", "retry $SEALED --key other.key", "open --help", "open $NEW", "open $NEW --out 结果", "open $NEW --out 结果",
		"export --help", "export --out bogus", "export --out x.csv", "export --out x.csv", "backup --help", "backup", "backup x.backup", "backup x.backup", "restore --help", "restore office.key --data other", "restore x.backup", "restore x.backup --data other",
		"doctor --help", "doctor", "doctor --site site --to *=office@example.org", "doctor --site site --to *=office@example.org --data bogus --base-url http://www.example.org", "purge --help", "purge --older-than bogus", "purge --older-than 300d", "purge --older-than 300d --dry-run", "purge --older-than 300d --yes",
		"erase --help", "erase $NEW", "erase $NEW --yes", "erase $NEW --yes",
	} {
		args := strings.Fields(os.Expand(line, func(name string) string { return refs[name] }))
		var out, log bytes.Buffer
		env := func(key string) string { return map[string]string{"LANG": "zh_CN.UTF-8", "INTAKE_DATA": "var"}[key] }
		exit := command(t.Context(), args, env, strings.NewReader(""), &out, &log)
		if text := out.String() + regexp.MustCompile(`(?m)^time=.*\n`).ReplaceAllString(log.String(), ""); text == "" || len(english(text)) > 0 {
			t.Errorf("%s: exit %d: %q in\n%s", line, exit, english(text), text)
		}
	}
}

func TestATakenPortIsToldWithTheRemedy(t *testing.T) {
	site := t.TempDir()
	publish(t, site, definition)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for lang, want := range map[string]string{"zh": "已被别的程序占用", "en": "another program is using"} {
		var out bytes.Buffer
		args := []string{"serve", "--site", site, "--data", t.TempDir(), "--to", "*=a@example.org", "--addr", taken.Addr().String(), "--lang", lang}
		exit := command(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &out, &out)
		if exit != 1 {
			t.Errorf("exit %d", exit)
		}
		for _, want := range []string{want, taken.Addr().String(), "--addr", "make run ADDR=127.0.0.1:9090 BASE_URL=http://localhost:9090"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", lang, want, out.String())
			}
		}
		if strings.Contains(out.String(), "bind:") {
			t.Errorf("%s: the system's words: %s", lang, out.String())
		}
	}
}

func TestEveryOptionIsDescribed(t *testing.T) {
	app, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	flags := app.Model.Flags
	for _, c := range app.Model.Children {
		flags = append(flags, c.Flags...)
	}
	for _, f := range flags {
		if text := help()[f.Name]; !text.Has(locale.ZH) || !text.Has(locale.EN) {
			t.Errorf("the help for %s is not in both languages", f.Name)
		}
	}
}
