package crawl

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The site is built as of a day on which the sample vacancies are open.
const (
	root    = "../.."
	builtAs = "2026-11-23T09:00:00+08:00"
)

// build makes the site from a folder of content below the repository, in a
// folder of the test's own.
func build(t *testing.T, content string) *Site {
	t.Helper()
	folder := t.TempDir()
	generator := filepath.Join(folder, "generator")
	run(t, "go", "build", "-o", generator, "./generator")
	run(t, generator, "build", "--content", content, "--out", filepath.Join(folder, "public"), "--base-url", base, "--now", builtAs)
	site, err := Open(os.DirFS(filepath.Join(folder, "public")), base)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}

func TestBuiltSite(t *testing.T) {
	site := build(t, "content")
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) { show(t, rule.Find(site)) })
	}
	t.Run("samples", func(t *testing.T) { show(t, Samples(site, samples(t))) })
	t.Run("addresses", func(t *testing.T) {
		for _, at := range []string{"/", "/about/", "/notices/", "/policies/", "/guides/", "/teachers/", "/teachers/t001/", "/schools/", "/zones/", "/vacancies/", "/coverage/", "/forms/", "/forms/hiring-request/", "/glossary/", "/sitemap/", "/contact/", "/privacy/", "/accessibility/", "/404.html"} {
			for _, at := range []string{at, twin(at)} {
				if site.Pages[at] == nil {
					t.Errorf("nothing is at %s", at)
				}
			}
		}
	})
	t.Run("size", func(t *testing.T) {
		if len(site.Pages) < 240 {
			t.Errorf("%d pages, want 240 or more", len(site.Pages))
		}
	})
}

// The small site has what the other happens not to have: texts in one language,
// an expired page, an old address, empty lists.
func TestRareKindsOfPage(t *testing.T) {
	site := build(t, "e2e/testdata/content")
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) { show(t, rule.Find(site)) })
	}
}

// show reports faults, no more than a reader can use.
func show(t *testing.T, faults []Fault) {
	t.Helper()
	for i, fault := range faults {
		if i == 20 {
			t.Errorf("and %d more", len(faults)-i)
			return
		}
		t.Error(fault)
	}
}

// samples are the addresses of all pages that the content calls samples.
func samples(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, kind := range []string{"teachers", "schools", "zones", "vacancies"} {
		src, err := os.ReadFile(filepath.Join(root, "content", "directory", kind+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(src, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if row[len(row)-1] == "true" && rows[0][len(row)-1] == "sample" {
				all = append(all, "/"+kind+"/"+row[0]+"/")
			}
		}
	}
	documents, err := filepath.Glob(filepath.Join(root, "content", "*", "*", "zh.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if front, _, _ := strings.Cut(strings.TrimPrefix(string(src), "---\n"), "\n---\n"); strings.Contains("\n"+front+"\n", "\nsample: true\n") {
			folder := filepath.Dir(name)
			all = append(all, "/"+filepath.Base(filepath.Dir(folder))+"/"+filepath.Base(folder)+"/")
		}
	}
	if len(all) < 130 {
		t.Fatalf("only %d sample pages in the content", len(all))
	}
	return all
}
