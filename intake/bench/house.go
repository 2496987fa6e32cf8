package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"waijiao/intake/internal/seal"
)

// house is the published site and the programs, built anew.
type house struct {
	dir, intake, site string
	office            string // the office's public key
	runs              int
}

func newHouse(dir string) (*house, error) {
	h := &house{dir: dir, intake: filepath.Join(dir, "intake"), site: filepath.Join(dir, "public")}
	generator := filepath.Join(dir, "generator")
	for _, args := range [][]string{
		{"go", "build", "-trimpath", "-o", generator, "./generator"},
		{"go", "build", "-trimpath", "-o", h.intake, "./intake"},
		{generator, "build", "--content", "content", "--out", h.site, "--base-url", "https://www.example.org"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", args, err, out[max(0, len(out)-2000):])
		}
	}
	id, err := seal.MakeIdentity(filepath.Join(dir, "office.key"))
	if err != nil {
		return nil, err
	}
	to, err := seal.RecipientOf(id)
	if err != nil {
		return nil, err
	}
	h.office = fmt.Sprint(to)
	return h, nil
}

// fresh is the name of a new, empty folder.
func (h *house) fresh() (string, error) {
	h.runs++
	dir := filepath.Join(h.dir, "run"+strconv.Itoa(h.runs))
	return dir, os.Mkdir(dir, 0o700)
}

// program is a server that runs.
type program struct {
	cmd  *exec.Cmd
	addr string
	logs chan error // ends with the program's log
}

// serve starts intake on a data folder and a store, with the relay at the
// address. heard, if given, is called with each line of its log.
func (h *house) serve(data, store, relay string, heard func(line []byte)) (*program, error) {
	args := []string{"serve", "--site", h.site, "--data", data, "--addr", "127.0.0.1:0", "--to", "*=office@example.org", "--from", "forms@example.org",
		"--seal-to", h.office, "--smtp", "smtp://" + relay}
	if store != "" {
		args = append(args, "--store", store)
	}
	return start(heard, h.intake, args...)
}

// start starts a server and reads its address.
func start(heard func([]byte), name string, args ...string) (*program, error) {
	p := &program{cmd: exec.Command(name, args...), logs: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "LC_ALL=en_US.UTF-8")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	logs, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	var last bytes.Buffer
	go func() {
		in := bufio.NewReaderSize(logs, 64<<10)
		for {
			line, err := in.ReadSlice('\n')
			if heard != nil {
				heard(line)
			}
			if last.Len() < 4096 {
				last.Write(line)
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				p.logs <- nil
				return
			}
		}
	}()
	address := regexp.MustCompile(`http://localhost:(\d+)/`)
	for in := bufio.NewScanner(out); in.Scan(); {
		if m := address.FindStringSubmatch(in.Text()); m != nil {
			p.addr = "127.0.0.1:" + m[1]
			go io.Copy(io.Discard, out)
			return p, nil
		}
	}
	<-p.logs
	return nil, fmt.Errorf("%s does not start: %v\n%s", filepath.Base(name), p.cmd.Wait(), last.Bytes())
}

// stop ends the server as a supervisor does, and waits for it.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.logs
	return p.cmd.Wait()
}

// cpu is the CPU time that the server has taken so far.
func (p *program) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// proc(5): the 14th and 15th field, in hundredths of a second.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("cannot read %q", b)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// memory is what the server holds in memory, in bytes.
func (p *program) memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0, errors.New("the system does not say how much memory a process has")
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	return n << 10, err
}

// nobody is an address at which nobody listens.
func nobody() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
