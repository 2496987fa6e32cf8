package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"waijiao/intake/internal/outbox/postgres/pgtest"
)

// operator runs a command line that has to succeed, and returns what it wrote.
func operator(t *testing.T, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if exit := command(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &out, &log); exit != 0 {
		t.Fatalf("%v: exit %d\n%s%s", args, exit, out.String(), log.String())
	}
	return out.String()
}

// A backup is made while the server runs, and read into PostgreSQL: with the
// delivery key, everything is as it was.
func TestABackupMovesARunningServerToPostgreSQL(t *testing.T) {
	h := open(t)
	shown := h.shown(page)
	if a := h.send(page, good(shown), letter()); a.StatusCode != 200 && a.StatusCode != 303 {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	h.mails(2)
	var before []listed
	for { // until the courier has recorded what it has done
		if err := json.Unmarshal([]byte(operator(t, "list", "--json", "--data", h.data)), &before); err != nil {
			t.Fatal(err)
		}
		if len(before) != 1 {
			t.Fatalf("%+v", before)
		}
		if before[0].Mails[0].State == "sent" && before[0].Mails[1].State == "sent" {
			break
		}
	}
	file := filepath.Join(t.TempDir(), "intake.backup")
	operator(t, "backup", file, "--data", h.data)
	if a := h.get("/forms/sample-request/"); a.StatusCode != 200 {
		t.Errorf("the server answers %d after the backup", a.StatusCode)
	}

	url, data := pgtest.Start(t).Database(t), t.TempDir()
	if out := operator(t, "restore", file, "--data", data, "--store", url); !strings.HasPrefix(out, "1 submissions are restored.") {
		t.Error(out)
	}
	there := []string{"--data", data, "--store", url, "--delivery-key", filepath.Join(h.data, "delivery.key")}
	var after []listed
	if err := json.Unmarshal([]byte(operator(t, append([]string{"list", "--json"}, there...)...)), &after); err != nil {
		t.Fatal(err)
	}
	was, err1 := json.Marshal(before)
	is, err2 := json.Marshal(after)
	if err1 != nil || err2 != nil || !bytes.Equal(was, is) {
		t.Errorf("was %s\nis  %s", was, is)
	}
	ref := before[0].Reference
	if out := operator(t, append([]string{"show", ref, "--answers"}, there...)...); !strings.Contains(out, "示例教师 001") {
		t.Error(out)
	}
	if out := operator(t, append([]string{"open", ref, "--out", filepath.Join(data, "opened")}, there...)...); !strings.Contains(out, "file-01-公函 最终.pdf") {
		t.Error(out)
	}
	if out := operator(t, append([]string{"mark", ref, "handling"}, there...)...); out != ref+" is now being handled.\n" {
		t.Error(out)
	}

	// It is not read over what is there.
	var out bytes.Buffer
	args := []string{"restore", file, "--data", t.TempDir(), "--store", url, "--json"}
	if exit := command(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &out, &out); exit != 1 || !strings.Contains(out.String(), `"code": "not-empty"`) {
		t.Errorf("exit %d: %s", exit, out.String())
	}
}
