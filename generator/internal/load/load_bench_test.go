package load

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"waijiao/generator/internal/markdown"
	"waijiao/internal/locale"
)

// library writes n policies in both languages, 3 to 5 KB each, and returns the
// folder.
func library(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	zh := []string{"申请人应当具有学士及以上学位，并具有不少于两年的教学经历。", "材料不齐全的，应当在五个工作日内一次告知。", "请**妥善保管证件原件**，每年抽查*两次*。"}
	en := []string{"The applicant holds a bachelor's degree and has taught for two years. ", "The office names all missing documents at once, within five days. ", "Please **keep the originals** of all certificates. "}
	body := func(pool []string, size int) string {
		var t strings.Builder
		for k := 0; t.Len() < size; k++ {
			fmt.Fprintf(&t, "## %d. %s\n\n", k+1, pool[k%len(pool)])
			for range 4 {
				t.WriteString(pool[r.IntN(len(pool))])
			}
			t.WriteString("\n\n- one\n- two\n\n")
		}
		return t.String()
	}
	write("site.yaml", settingsYAML)
	for i := range n {
		slug := fmt.Sprintf("policies/p-%05d/", i)
		chinese := fmt.Sprintf("---\ntitle: 关于第%d号事项的通知\nsummary: 本通知说明申请条件、材料、办理流程和时限。\ndate: 2024-%02d-%02d\nnumber: 外专发〔%d〕%d号\nissuer: 教育部\ntopic: planning\nstatus: in-force\ntags: [hiring]\n---\n%s",
			i, 1+i%12, 1+i%28, 1990+i/200, 1+i%200, body(zh, 3000+r.IntN(2000)))
		write(slug+"zh.md", chinese)
		print, _ := Fingerprint("policies", []byte(chinese))
		write(slug+"en.md", fmt.Sprintf("---\ntitle: Notice on matter %d\nsummary: Conditions, documents, procedure and time limits.\ntranslates: %s\n---\n%s", i, print, body(en, 3000+r.IntN(2000))))
	}
	return dir
}

// BenchmarkLoad reads 10,000 files. live-MB is what stays in memory.
func BenchmarkLoad(b *testing.B) {
	fsys := os.DirFS(library(b, 5000))
	b.ReportAllocs()
	for b.Loop() {
		s, list, err := Load(fsys, Options{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil || list.Errors() > 0 {
			b.Fatal(err, list.Errors(), list[0])
		}
		b.StopTimer()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "live-MB")
		b.ReportMetric(float64(m.HeapSys)/(1<<20), "peak-MB")
		runtime.KeepAlive(s)
		b.StartTimer()
	}
}

// BenchmarkBare reads the same files and converts them, and does nothing else:
// what BenchmarkLoad would cost if front matter were free.
func BenchmarkBare(b *testing.B) {
	dir := library(b, 5000)
	var files []string
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if strings.HasSuffix(name, ".md") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	c := markdown.New(markdown.Library{})
	b.ReportAllocs()
	for b.Loop() {
		err := each(len(files), func(i int) error {
			text, err := os.ReadFile(files[i])
			at := bytes.Index(text[3:], []byte("---\n")) + 7
			lang := locale.Lang(strings.TrimSuffix(filepath.Base(files[i]), ".md"))
			c.Convert(markdown.Source{Lang: lang, File: files[i], Text: text, BodyAt: at, Path: "/"})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFrontMatter decodes the front matter of one policy.
func BenchmarkFrontMatter(b *testing.B) {
	src := []byte("---\ntitle: 关于进一步加强杭州市外教资源统筹管理的实施意见（试行）的通知\nsummary: 2017年印发的试行文件，是成立服务中心、统筹管理全市外教资源的依据之一。\ndate: 2026-04-07\nnumber: 杭政办函〔2017〕6号\nissuer: 杭州市人民政府办公厅\ntopic: establishment\nstatus: trial\ntags: [hiring]\n---\n正文\n")
	l := &loader{words: openWords()}
	b.ReportAllocs()
	for b.Loop() {
		d := newDraft("policies", "x")
		d.zh = open(d, "zh", "policies/x/zh.md", src)
		l.decode(d, true, true)
		if len(d.list) > 0 {
			b.Fatal(d.list)
		}
	}
}
