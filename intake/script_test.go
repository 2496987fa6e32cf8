package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"intake": main, "intake-at": at})
}

// Every script begins in a folder with a published site. Beyond the usual
// commands it may say
//
//	status N CMD…     the command exits with N
//	says FILE TEXT    wait until the file holds the text
//	opened FILE       wait until the file holds the site's address; PORT is its port
//	get PATH TEXT     the page at the path, on PORT, holds the text
func TestScripts(t *testing.T) {
	site := t.TempDir()
	publish(t, site, definition)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"LC_ALL", "LC_MESSAGES", "SMTP_URL", "MAIL_FROM"} {
				env.Setenv(name, "")
			}
			env.Setenv("LANG", "en_GB.UTF-8")
			return os.CopyFS(filepath.Join(env.WorkDir, "site"), os.DirFS(site))
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": exits,
			"says": func(ts *testscript.TestScript, _ bool, args []string) {
				await(ts, args[0], regexp.MustCompile(regexp.QuoteMeta(args[1])))
			},
			"opened": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv("PORT", await(ts, args[0], regexp.MustCompile(`http://localhost:([0-9]+)/en/\n`))[1])
			},
			"get": func(ts *testscript.TestScript, _ bool, args []string) {
				res, err := http.Get("http://127.0.0.1:" + ts.Getenv("PORT") + args[0])
				ts.Check(err)
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				ts.Check(err)
				if res.StatusCode != 200 || !strings.Contains(string(body), args[1]) {
					ts.Fatalf("%s: %d\n%s", args[0], res.StatusCode, body)
				}
			},
		},
	})
}

// await looks for the pattern in a file that another program is writing.
func await(ts *testscript.TestScript, name string, pattern *regexp.Regexp) []string {
	var b []byte
	for range 6000 {
		b, _ = os.ReadFile(ts.MkAbs(name)) // it may not be there yet
		if found := pattern.FindStringSubmatch(string(b)); found != nil {
			return found
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s never said %s:\n%s", name, pattern, b)
	return nil
}
