package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

func TestContentWithoutFaults(t *testing.T) {
	s, list := mustLoad(t, content(guide(guideZH, guideEN)))
	if rest := without(list, "missing-translation missing-translates"); len(rest) > 0 {
		t.Errorf("problems in content that has none: %v", rest)
	}
	if s.Config.Name.EN != "Sample site" || s.Config.PerPage != 20 || s.Config.Vocabulary.Issuers[1].ZH != "公安部" {
		t.Errorf("settings: %+v", s.Config)
	}
	p := s.Policy("外专发〔2017〕36号")
	if p == nil || p.Number != "外专发〔2017〕36号" || p.Issuers[0].EN != "Ministry of Education" || p.Status != site.InForce {
		t.Fatalf("policy: %+v", p)
	}
	g := s.Guides[0]
	if got := g.ZHProse.Materials[0]; got.Name.Text != "护照" || got.Copies != 1 || got.Form != "copy" || got.Note.Text != "首页" || got.Within != 6 {
		t.Errorf("material: %+v", got)
	}
	if got := g.ENProse.Steps[0]; got.Who.Text != "School" || got.Days != (site.Days{Working: 10}) {
		t.Errorf("step: %+v", got)
	}
	if got := g.ZHProse.Conditions[1].HTML; !strings.Contains(got, `href="/about/"`) {
		t.Errorf("inline markdown was not converted: %s", got)
	}
	if links := g.ZH.Body.Links; len(links) == 0 || links[0].To != "/about/" || !strings.HasPrefix(string(g.ZH.Source[links[0].Pos:]), "[说明](/about/)") {
		t.Errorf("a link in the prose is not among the edition's links: %+v", g.ZH.Body.Links)
	}
	if at := g.ZH.Keys["steps"]; !strings.HasPrefix(string(g.ZH.Source[at:]), "steps:") {
		t.Errorf("Keys[steps] = %d", at)
	}
	if !strings.HasPrefix(string(g.ZH.Source[g.ZH.BodyAt:]), "正文。") {
		t.Errorf("BodyAt = %d", g.ZH.BodyAt)
	}
	teacher := s.Teacher("t001")
	want := site.Teacher{Row: site.Row{File: "directory/teachers.csv", Line: 2, SampleLine: 2, SampleColumn: 128}, ID: "t001",
		Name: locale.T("示例教师 001", "Sample Teacher 001"), Nationality: "GB", MotherTongue: "en", Languages: []string{"en", "fr"},
		Subjects: []string{"english"}, Stages: []string{"primary", "junior"}, District: "330106", Zone: "z1", School: "s01",
		Star: 4, StarYear: 2023, Years: 6, Degree: "bachelor", Certificates: []string{"tefl"},
		AvailableFrom: locale.Date{Year: 2026, Month: 9, Day: 1}, Consent: locale.Date{Year: 2026, Month: 8, Day: 27}, Sample: true}
	if teacher == nil || !reflect.DeepEqual(*teacher, want) {
		t.Errorf("teacher:\n got %+v\nwant %+v", teacher, want)
	}
	if z := s.Zone("z1"); z.Since != (locale.Date{Year: 2023, Month: 9}) || z.HoursTaken != 34 {
		t.Errorf("zone: %+v", z)
	}
	if v := s.Vacancies[0]; v.PayMax != 20000 || v.Closes.String() != "2027-01-08" || v.Housing != "provided" {
		t.Errorf("vacancy: %+v", v)
	}
	if c := s.Coverage[0]; c.SchoolsWithTeacher != 2 || c.AsOf.String() != "2025-12-31" {
		t.Errorf("coverage: %+v", c)
	}
	if d := s.District("330108"); d.Name.EN != "Binjiang" || d.Column != 4 || d.Top != 2 {
		t.Errorf("district: %+v", d)
	}
}

func TestFrontMatterValues(t *testing.T) {
	fsys := content(pageWith("updated: 2026-02-01\ntags: [visa, hiring]\nsample: true\nreview: true\naliases: [/old/]\nimage: a.png\n" +
		"publish: 2026-01-01\nexpire: 2026-03-01T09:00:30\n"))
	for name, text := range map[string]string{"a.png": "PNG", "list.PDF": "%PDF-1.7"} {
		fsys["pages/about/"+name] = content(map[string]string{"x": text})["x"]
	}
	s, _ := mustLoad(t, fsys)
	d := s.Document("/about/")
	if d.Updated.String() != "2026-02-01" || strings.Join(d.Tags, " ") != "visa hiring" || !d.Sample || !d.Review ||
		d.Aliases[0] != "/old/" || d.Image != "a.png" {
		t.Errorf("%+v", d)
	}
	if got := fmt.Sprint(d.Attachments); got != "[{a.png image/png 3} {list.PDF application/pdf 8}]" {
		t.Errorf("attachments: %s", got)
	}
	if want := time.Date(2026, 1, 1, 0, 0, 0, 0, locale.Beijing()); !d.Publish.Equal(want) {
		t.Errorf("publish = %s, want %s", d.Publish, want)
	}
	if want := time.Date(2026, 3, 1, 9, 0, 30, 0, locale.Beijing()); !d.Expire.Equal(want) {
		t.Errorf("expire = %s, want %s", d.Expire, want)
	}
}

func TestHiddenAndExpired(t *testing.T) {
	now := time.Date(2026, 6, 1, 4, 0, 0, 0, time.UTC) // noon in Beijing
	for _, c := range []struct {
		keys            string
		drafts          bool
		hidden, expired bool
	}{
		{"", false, false, false},
		{"draft: true\n", false, true, false},
		{"draft: true\n", true, false, false},
		{"draft: false\n", false, false, false},
		{"publish: 2026-06-01T12:00\n", false, false, false},
		{"publish: 2026-06-01T12:00:01\n", false, true, false},
		{"publish: 2026-06-01T12:00:01\n", true, true, false},
		{"publish: 2026-06-01T05:00:00+01:00\n", false, false, false},
		{"publish: 2026-06-02\n", false, true, false},
		{"expire: 2026-06-01T12:00\n", false, false, true},
		{"expire: 2026-06-01T12:01\n", false, false, false},
		{"expire: 2026-06-01T04:00:00Z\n", false, false, true},
	} {
		s, list, err := Load(content(pageWith(c.keys)), Options{Now: now, Drafts: c.drafts})
		if err != nil || list.Errors() > 0 {
			t.Fatal(err, list)
		}
		if d := s.Document("/about/"); d.Hidden != c.hidden || d.Expired != c.expired {
			t.Errorf("%q: hidden %v, expired %v", c.keys, d.Hidden, d.Expired)
		}
	}
}

func TestFactsComeFromTheChinese(t *testing.T) {
	zh := "---\ntitle: 其他\nsummary: 摘要\ndate: 2026-01-05\nissuer: 教育部\nnumber: 外专发〔2017〕40号\nstatus: trial\ntags: [visa]\n---\n"
	en := "---\ntitle: Other\nsummary: Summary\ndate: 2026-01-05\nissuer: [教育部]\nnumber: 外专发[2017]40号\ntags: [visa]\n---\n"
	s, list := mustLoad(t, content(map[string]string{"policies/other/zh.md": zh, "policies/other/en.md": en}))
	for _, p := range without(list, "missing-translation missing-translates") {
		// A list of one is the same fact as that one, and so is a number in
		// other brackets.
		t.Errorf("repeated facts are refused: %+v", p)
	}
	if p := s.Policy("外专发〔2017〕40号"); p == nil || p.EN.Title != "Other" || len(p.Issuers) != 1 {
		t.Errorf("%+v", p)
	}
	s, list = mustLoad(t, content(map[string]string{"policies/other/en.md": strings.Replace(en, "---\ntitle", "---\nstatus: lapsed\ntitle", 1)}))
	if p := s.Policy("外专发〔2017〕40号"); p == nil || p.Status != site.Lapsed || p.ZH != nil || list.Errors() > 0 {
		t.Errorf("facts of a document without zh.md: %+v %v", p, list)
	}
}

func TestFingerprint(t *testing.T) {
	zh := strings.Replace(guideZH, "摘要", "“摘要” <a> & b", 1)
	said := "title\x00指南\n" + "summary\x00“摘要” <a> & b\n" +
		"conditions\x00[\"依法设立\",\"见[说明](/about/)\"]\n" +
		`materials` + "\x00" + `[{"name":"护照","copies":1,"form":"copy","note":"首页","within":6},{"name":"照片"}]` + "\n" +
		`steps` + "\x00" + `[{"who":"学校","what":"申请","days":{"working":10}}]` + "\n" +
		"time_limit\x00十日\nfee\x00不收费\ncontact\x00office@example.org\n" +
		`faq` + "\x00" + `[{"question":"问","answer":"答"}]` + "\n正文。\n"
	sum := sha256.Sum256([]byte(said))
	want := hex.EncodeToString(sum[:4])
	for _, text := range []string{zh, "\ufeff" + strings.ReplaceAll(zh, "\n", "\r\n"), strings.Replace(zh, "date: 2026-01-05", "date: 2026-01-06", 1)} {
		if got, ok := Fingerprint(site.KindGuide, []byte(text)); !ok || got != want {
			t.Errorf("Fingerprint = %s, %v, want %s", got, ok, want)
		}
	}
	if _, ok := Fingerprint(site.KindGuide, []byte("text")); ok {
		t.Error("a file without front matter has a fingerprint")
	}
	en := strings.Replace(guideEN, "title", "translates: "+want+"\ntitle", 1)
	s, list := mustLoad(t, content(guide(zh, en)))
	if rest := without(list, "missing-translation"); len(rest) > 0 || s.Guides[0].EN.Stale || s.Guides[0].EN.Translates != want {
		t.Errorf("a translation of the present text: %v, %+v", rest, s.Guides[0].EN)
	}
	s, _ = mustLoad(t, content(guide(strings.Replace(zh, "正文", "新的正文", 1), en)))
	if !s.Guides[0].EN.Stale {
		t.Error("the Chinese changed, the translation is not stale")
	}
}

func TestOrder(t *testing.T) {
	changes := map[string]string{}
	for slug, day := range map[string]string{"b": "2026-01-02", "a": "2026-01-02", "c": "2026-03-01", "d": "2025-12-31"} {
		changes["notices/"+slug+"/zh.md"] = "---\ntitle: 通知\nsummary: 摘要\ndate: " + day + "\ncolumn: training\n---\n"
	}
	s, _ := mustLoad(t, content(changes))
	got := ""
	for _, n := range s.Notices {
		got += n.Slug
	}
	if got != "cabd" {
		t.Errorf("order %s, want cabd", got)
	}
}

// The same content in other line ends, with a byte order mark, is the same
// site.
func TestLineEndsDoNotMatter(t *testing.T) {
	changes := guide(guideZH, guideEN)
	unix, _ := mustLoad(t, content(changes))
	fsys := content(changes)
	for name, f := range fsys {
		if !strings.HasPrefix(name, "forms/") {
			fsys[name].Data = []byte("\ufeff" + strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
		}
	}
	dos, list := mustLoad(t, fsys)
	if list.Errors() > 0 {
		t.Fatal(list)
	}
	if !reflect.DeepEqual(unix.Config, dos.Config) || !reflect.DeepEqual(unix.Teachers, dos.Teachers) ||
		!reflect.DeepEqual(unix.Guides[0].ZHProse, dos.Guides[0].ZHProse) || unix.Guides[0].ZH.Title != dos.Guides[0].ZH.Title {
		t.Error("CR LF changes what is read")
	}
}

// Goroutines share the work; the result must not tell how.
func TestSameContentSameProblems(t *testing.T) {
	changes := map[string]string{}
	for i := range 60 {
		changes[fmt.Sprintf("pages/p%d/zh.md", i)] = fmt.Sprintf("---\ntitle: 关于\ndate: 2026-02-%02d\n---\n", i)
	}
	fsys := content(changes)
	first, want := mustLoad(t, fsys)
	for range 5 {
		s, got := mustLoad(t, fsys)
		if !reflect.DeepEqual(got, want) {
			t.Fatal("another run finds other problems")
		}
		if !reflect.DeepEqual(s.Pages, first.Pages) {
			t.Fatal("another run loads other pages")
		}
	}
}

func TestFolderThatIsNotThere(t *testing.T) {
	if _, _, err := Load(os.DirFS(filepath.Join(t.TempDir(), "none")), Options{Now: noon()}); err == nil {
		t.Error("no error")
	}
}

// The repository's own content has no fault.
func TestOwnContent(t *testing.T) {
	s, list, err := Load(os.DirFS(filepath.Join("..", "..", "..", "content")), Options{Now: noon()})
	if err != nil {
		t.Fatal(err)
	}
	var faults problem.List
	for _, p := range list {
		if p.Severity == problem.Error {
			faults = append(faults, p)
		}
	}
	if len(faults) > 0 {
		var b strings.Builder
		if err := faults.Write(&b, locale.EN); err != nil {
			t.Fatal(err)
		}
		t.Errorf("errors in content/:\n%s", b.String())
	}
	if len(s.Policies) < 12 || len(s.Guides) < 6 || len(s.Teachers) != 48 || len(s.Schools) != 60 || len(s.Districts) != 13 {
		t.Errorf("%d policies, %d guides, %d teachers, %d schools, %d districts", len(s.Policies), len(s.Guides),
			len(s.Teachers), len(s.Schools), len(s.Districts))
	}
}
