package load

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write testdata/problems.golden anew")
	os.Exit(m.Run())
}

// planted is a content folder with a fault.
type planted struct {
	name    string
	changes map[string]string
}

// front returns a page with this front matter.
func front(keys string) map[string]string {
	return map[string]string{"pages/about/zh.md": "---\n" + keys + "---\n正文。\n"}
}

// pageWith returns a page with these keys added.
func pageWith(keys string) map[string]string {
	return front("title: 关于\nsummary: 摘要\ndate: 2026-01-05\n" + keys)
}

func policyWith(keys string) map[string]string {
	return map[string]string{"policies/other/zh.md": "---\ntitle: 其他\nsummary: 摘要\ndate: 2026-01-05\nissuer: 教育部\n" + keys + "---\n正文。\n"}
}

func guide(zh, en string) map[string]string {
	return map[string]string{"guides/apply/zh.md": zh, "guides/apply/en.md": en}
}

func settingsWith(old, new string) map[string]string {
	return map[string]string{"site.yaml": strings.Replace(settingsYAML, old, new, 1)}
}

func tableWith(name, text, old, new string) map[string]string {
	return map[string]string{"directory/" + name + ".csv": strings.Replace(text, old, new, 1)}
}

func plantedFaults() []planted {
	return []planted{
		{"no front matter", map[string]string{"pages/about/zh.md": "正文。\n"}},
		{"unclosed front matter", map[string]string{"pages/about/zh.md": "---\ntitle: 关于\n"}},
		{"not UTF-8", map[string]string{"pages/about/zh.md": "---\ntitle: 关于\nsummary: \xb9\xd8\xd3\xda\n---\n"}},
		{"control character", map[string]string{"pages/about/zh.md": "---\ntitle: 关于\n---\n正\x0b文\n"}},
		{"empty front matter", front("")},
		{"unknown key", pageWith("summery: 摘要\n")},
		{"unknown key of another kind", pageWith("number: 外专发〔2017〕36号\n")},
		{"duplicate key", pageWith("title: 又一个\n")},
		{"missing value", front("title:\nsummary: \"\"\ndate: 2026-01-05\n")},
		{"impossible date", front("title: 关于\nsummary: 摘要\ndate: 2026-02-30\nupdated: [2026]\n")},
		{"updated before date", pageWith("updated: 2025-12-31\n")},
		{"bad time", pageWith("publish: 明天\nexpire: 2026-13-01T09:00\n")},
		{"expire before publish", pageWith("publish: 2026-03-01T09:00\nexpire: 2026-03-01T00:30:00Z\n")},
		{"wrong types", front("title: [关于]\nsummary: {a: b}\ndate: 2026-01-05\ntags: hiring\ndraft: yes\nsample: 1\nimage: 甲\\n\n")},
		{"line break in a title", front("title: |\n  关于\n  中心\nsummary: 摘要\ndate: 2026-01-05\n")},
		{"unknown tag", pageWith("tags: [hiring, vise, visa, hiring]\n")},
		{"empty item", pageWith("tags: [hiring, , ~]\n")},
		{"anchor", pageWith("tags: &t [hiring]\n")},
		{"tag of YAML", pageWith("image: !!str a.png\n")},
		{"merge key", pageWith("<<: {draft: true}\n")},
		{"aliases", pageWith("aliases: [/old/, old/, /en/old/, /a//b/, /../b/, /about/, /旧/, /old/]\n")},
		{"no such image", pageWith("image: a.png\n")},
		{"translates in zh.md", pageWith("translates: 0123abcd\n")},
		{"a list as front matter", front("- title\n- summary\n")},
		{"a word as front matter", front("title\n")},
		{"CRLF", map[string]string{"pages/about/zh.md": "\ufeff---\r\ntitle: 关于\r\nsummary: 摘要\r\ndate: 2026-02-30\r\ntags: [hiring, 签证]\r\n---\r\n正文。\r\n"}},

		{"YAML: tab", pageWith("tags:\n\t- hiring\n")},
		{"YAML: colon in a value", front("title: 解读: 通知\n")},
		{"YAML: indentation", front("title: 解读\n summary: 摘要\n")},
		{"YAML: open bracket", pageWith("tags: [hiring\nimage: a.png\n")},
		{"YAML: open brace", pageWith("tags: {a: b\n")},
		{"YAML: bracket too many", pageWith("tags: [hiring]]\n")},
		{"YAML: lonely bracket", pageWith("tags: ]\n")},
		{"YAML: open quote", front("title: \"关于\nsummary: 摘要\n")},
		{"YAML: after the quote", front("title: \"关于\"中心\n")},
		{"YAML: reserved", front("title: @关于\n")},
		{"YAML: dash", front("title: - 关于\n")},
		{"YAML: no space", front("title:关于\nsummary: 摘要\n")},
		{"YAML: escape", front("title: \"关于\\中心\"\n")},
		{"YAML: block header", front("title: |关于\n")},
		{"YAML: directive", front("%关于\n")},
		{"YAML: second document", settingsWith("base_url", "---\nbase_url")},
		{"YAML: alias", pageWith("tags: *t\n")},

		{"missing translation", nil},
		{"missing Chinese", map[string]string{"pages/about/zh.md": "", "pages/about/en.md": "---\ntitle: About\nsummary: Summary\ndate: 2026-01-05\n---\nText.\n"}},
		{"translates missing", map[string]string{"pages/about/en.md": "---\ntitle: About\nsummary: Summary\n---\nText.\n"}},
		{"translates malformed", map[string]string{"pages/about/en.md": "---\ntitle: About\nsummary: Summary\ntranslates: latest\n---\nText.\n"}},
		{"stale translation", map[string]string{"pages/about/en.md": "---\ntitle: About\nsummary: Summary\ntranslates: 0123abcd\n---\nText.\n"}},
		{"contradiction", map[string]string{"pages/about/en.md": "---\ntitle: About\nsummary: Summary\ndate: 2026-01-06\nsample: true\ntags: []\n---\nText.\n"}},
		{"no text", map[string]string{"pages/empty/a.pdf": "%PDF"}},

		{"policies", policyWith("number: 三十六号\nstatus: valid\ntopic: plan\neffective: 2026-02-01\nuntil: 2026-01-01\n")},
		{"unknown issuer", map[string]string{"policies/other/zh.md": "---\ntitle: 其他\nsummary: 摘要\ndate: 2026-01-05\nissuer: [教育部, 公安局]\n---\n"}},
		{"number without status", policyWith("number: 外专发〔2017〕40号\n")},
		{"number taken", policyWith("number: 外专发【2017】36号\nstatus: trial\n")},
		{"unknown numbers", policyWith("cites: [外专发〔2017〕36号, 外专发(2017)63号, 不是文号, \"外专发[2017]36号\"]\nexplains: 外专发〔2017〕37号\n")},
		{"numbers in square brackets", policyWith("cites: [外专发[2017]36号]\n")},
		{"past its last day", policyWith("number: 外专发〔2017〕40号\nstatus: trial\nuntil: 2020-01-01\n")},
		{"replaced, yet in force", policyWith("number: 外专发〔2017〕40号\nstatus: in-force\nsupersedes: [外专发〔2017〕36号]\n")},
		{"own number", policyWith("number: 外专发〔2017〕40号\nstatus: trial\namends: [外专发〔2017〕40号]\n")},
		{"notice", map[string]string{"notices/day/zh.md": "---\ntitle: 培训\nsummary: 摘要\ndate: 2026-01-05\ncolumn: trainings\ndeadline: soon\n---\n"}},
		{"a kind's missing keys", map[string]string{"notices/day/zh.md": "---\ntitle: 培训\nsummary: 摘要\n---\n", "policies/other/zh.md": "---\ntitle: 其他\nsummary: 摘要\n---\n"}},

		{"guide that lacks elements", guide("---\ntitle: 指南\nsummary: 摘要\ndate: 2026-01-05\naudience: [pupil]\nconditions: []\nfee: 无\n---\n", "")},
		{"guide with faults", guide(strings.NewReplacer("copies: 1", "copies: 一", "form: copy", "form: fax", "within: 6", "within: 0", "{working: 10}", "{working: 10, calendar: 14}", "fee: 不收费", "fee: 不收费\nbasis: [外专发〔2018〕1号]\nforms: [hiring-requests]", "answer: 答", "anser: 答").Replace(guideZH), "")},
		{"guide whose languages differ", guide(guideZH, strings.NewReplacer("copies: 1", "copies: 2", "form: copy", "form: original", ", within: 6", "", "working", "calendar", "faq:\n", "faq:\n  - {question: P, answer: B}\n").Replace(guideEN))},
		{"guide with other counts", guide(guideZH, strings.NewReplacer("  - {name: Photo}\n", "", "steps:\n", "steps:\n  - {who: Teacher, what: Come, days: {}}\n  - 5\n").Replace(guideEN))},

		{"bad folder names", map[string]string{"pages/About_Us/zh.md": pageZH, "pages/en/zh.md": pageZH, "forms/My Form.yaml": "x: y\n"}},
		{"stray files", map[string]string{"notes.txt": "x", "policy/a/zh.md": pageZH, "site.yml": "x", "pages/zh.md": pageZH, "pages/about/fr.md": "x",
			"pages/about/pictures/a.png": "x", "directory/teacher.csv": "x", "forms/readme.txt": "x", ".gitignore": "x", "pages/about/.DS_Store": "x"}},
		{"attachment type", map[string]string{"pages/about/index.html": "<p>"}},

		{"no site.yaml", map[string]string{"site.yaml": ""}},
		{"site.yaml: base_url", settingsWith("https://example.org", "https://example.org/")},
		{"site.yaml: base_url with path", settingsWith("https://example.org", "example.org")},
		{"site.yaml: a comma without quotes", settingsWith("{zh: 引语, en: Lead}", "{zh: 引语, en: Lead, or change}")},
		{"site.yaml: one language", settingsWith("{zh: 引语, en: Lead}", "{zh: 引语}")},
		{"site.yaml: navigation", settingsWith("navigation: [/guides/]", "navigation: [/guides/, /guide/, /guides/]")},
		{"site.yaml: too much navigation", settingsWith("navigation: [/guides/]", `navigation: [/a/, /b/, /c/, /d/, /e/, /f/, /g/]
# `+"\nx_sections:")},
		{"site.yaml: seven entries", map[string]string{"site.yaml": sevenSections()}},
		{"site.yaml: links", settingsWith("[{to: /guides/", "[{to: /en/guides/")},
		{"site.yaml: allowed addresses", settingsWith("[\"@example.org\"]", "[example.org]")},
		{"site.yaml: numbers", settingsWith("per_page: 20\nmail_limit: 20", "per_page: 0\nmail_limit: 20MB")},
		{"site.yaml: vocabulary", settingsWith("{key: visa, zh: 签证, en: visa}", "{key: Visa, zh: 签证, en: visa}, {key: hiring, zh: 雇用, en: hire}, {key: x}")},
		{"site.yaml: issuers", settingsWith("{zh: 公安部, en: Ministry of Public Security}", "{zh: 教育部, en: Ministry}")},
		{"site.yaml: sections", settingsWith("navigation:", "  - {path: /guides/, title: {zh: 指南, en: Guides}, description: {zh: 说明, en: How to}}\nnavigation:")},
		{"terms.yaml", map[string]string{"terms.yaml": "- {id: Zone, zh: 片区, en: zone, meaning: {zh: 片, en: group}}\n- {id: star, zh: 星级, en: star, meaning: {zh: 星, en: star}, also: {de: [x]}}\n- {id: star, zh: 星, en: star, meaning: {zh: 星, en: star}}\n- {id: quiet, zh: 静, quiet: maybe}\n-\n- word\n"}},
		{"terms.yaml is no list", map[string]string{"terms.yaml": "zone: 片区\n"}},

		{"table: header", map[string]string{"directory/teachers.csv": "id,name_zh,name_en,nationalty,Passport No,手机,district,district\n"}},
		{"table: divided by semicolons", tableWith("districts", strings.ReplaceAll(districtsCSV, ",", ";"), "", "")},
		{"table: empty", map[string]string{"directory/coverage.csv": "\n\n", "directory/zones.csv": "\ufeff"}},
		{"table: not UTF-8", map[string]string{"directory/coverage.csv": "year\n\xff\n"}},
		{"table: cells", tableWith("coverage", coverageCSV, ",true\n", "\n2024,330106,4,2,3,2025-12-31,true,,\n,,,,,,\n")},
		{"table: bare quote", tableWith("schools", schoolsCSV, "示例小学 01", "示例\"小学\" 01")},
		{"table: open quote", tableWith("schools", schoolsCSV, "示例小学 02", "\"示例小学 02")},
		{"table: BOM, CRLF, quoted line break", map[string]string{"directory/schools.csv": "\ufeff" + strings.ReplaceAll(strings.Replace(schoolsCSV, "示例小学 01", "\"示例小学\n01\"", 1), "\n", "\r\n") + "s02,重复,Again,330108,college,public,,x,,true\r\n"}},
		{"teachers", tableWith("teachers", teachersCSV, "t001,示例教师 001,Sample Teacher 001,GB,en,en;fr,english,primary;junior,330106,z1,s01,4,2023,6,bachelor,tefl,2026-09-01,2026-08-27,true",
			"T1,,Sample,UK,eng,en;zz;en,englsh,primary;,330107,z9,s02,6,2023,six,phd,tefl;cv,2026-9-1,,yes\nt002,示例教师 002,Sample Teacher 002,GB,en,en,english,primary,330106,z1,s02,,2023,6,bachelor,,,2026-08-27,true\nt002,示例教师 003,Sample Teacher 003,GB,en,en,english,primary,330106,z1,s02,,,6,bachelor,,,2026-08-27,true")},
		{"a teacher on the site's own address", tableWith("teachers", teachersCSV, "t001,", "stage,")},
		{"consent still to come", tableWith("teachers", teachersCSV, "2026-08-27,true", "2026-08-27,")},
		{"other signs between values", tableWith("teachers", teachersCSV, "en;fr,english,primary;junior", "en、fr,english；french,primary/junior")},
		{"districts", tableWith("districts", districtsCSV, "330108,滨江区,Binjiang,4,2", "33010,滨江区,Binjiang,4,2\n330108,滨江区,Binjiang,3,1")},
		{"zones", tableWith("zones", zonesCSV, "330106,s01,40,34,2023-09", "330108,s02,40,41,2023-9")},
		{"zone of a school elsewhere", tableWith("zones", zonesCSV, "330106,s01", "330106,s02")},
		{"schools", tableWith("schools", schoolsCSV, "https://example.org", "example.org")},
		{"vacancies", tableWith("vacancies", vacanciesCSV, "s01,示例岗位 01,Sample post 01,english,primary,full-time,18,2027-02-22,2027-07-02,16000,20000,provided,2026-10-12,2027-01-08", "s9,示例岗位 01,,,primary,fulltime,61,2027-02-22,2027-01-02,\"16,000\",20000,flat,2026-10-12,2026-01-08")},
		{"pay", tableWith("vacancies", vacanciesCSV, "16000,20000", "20000,16000")},
		{"coverage", tableWith("coverage", coverageCSV, "4,2,3", "4,5,3,2025-12-31,true\n2025,330106,4,1,3")},
	}
}

func sevenSections() string {
	var sections, paths []string
	for _, s := range strings.Split("abcdefg", "") {
		sections = append(sections, fmt.Sprintf("  - {path: /%s/, title: {zh: 甲, en: A}, description: {zh: 甲, en: A}}\n", s))
		paths = append(paths, "/"+s+"/")
	}
	s := strings.Replace(settingsYAML, "navigation: [/guides/]", "navigation: ["+strings.Join(paths, ", ")+"]", 1)
	return strings.Replace(s, "sections:\n", "sections:\n"+strings.Join(sections, ""), 1)
}

// The golden file shows each planted fault as an editor sees it, in both
// languages. Read it when it changes: go test ./generator/internal/load -update
func TestPlantedFaults(t *testing.T) {
	var got strings.Builder
	for _, p := range plantedFaults() {
		fsys := content(p.changes)
		_, list := mustLoad(t, fsys)
		if !strings.HasPrefix(p.name, "missing") {
			list = without(list, "missing-translation")
		}
		if len(list) == 0 {
			t.Errorf("%s: nothing was found", p.name)
		}
		for _, found := range list {
			complete(t, fsys, found)
		}
		fmt.Fprintf(&got, "== %s\n", p.name)
		for _, lang := range locale.Langs() {
			if err := list.Write(&got, lang); err != nil {
				t.Fatal(err)
			}
		}
	}
	golden := filepath.Join("testdata", "problems.golden")
	if updating() {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d:\n got %s\nwant %s", golden, i+1, gotLines[i], wantLines[i])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Fatalf("%s has %d lines, the faults give %d", golden, len(wantLines), len(gotLines))
	}
}

// complete asks of a problem what every one must have.
func complete(t *testing.T, fsys fs.FS, p problem.Problem) {
	t.Helper()
	if p.Message.ZH == "" || p.Message.EN == "" || p.Hint.ZH == "" || p.Hint.EN == "" || p.Code == "" || p.Severity == "" {
		t.Errorf("incomplete problem: %+v", p)
	}
	info, err := fs.Stat(fsys, p.File)
	if err != nil || p.Line > 0 == info.IsDir() && p.Code != "unknown-file" && p.Code != "bad-slug" && p.Code != "attachment-type" {
		if p.Code != "no-settings" {
			t.Errorf("problem without a place: %+v", p)
		}
	}
}

// Every code of the package is planted above, or below in the tests of links.
func TestEveryCodeIsPlanted(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join("testdata", "problems.golden"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?:fail\(|warn\(|problem\.\w+, |\.at\([^"]*|bad\([^,]*, )"([a-z0-9]+-[a-z0-9-]+)"`)
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllSubmatch(src, -1) {
			count++
			name := string(m[1])
			if name != "symlink" && name != "special-file" && !strings.Contains(string(golden), "["+name+"]") {
				t.Errorf("%s: no test plants %s", file, name)
			}
		}
	}
	if count < 50 {
		t.Errorf("found only %d codes in the source: the pattern no longer fits", count)
	}
}

func TestSymbolicLinksAreRefused(t *testing.T) {
	fsys := content(nil)
	secret := &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte("/etc/passwd")}
	fsys["pages/about/a.txt"] = secret
	fsys["terms.yaml"] = secret
	fsys["directory/x.csv"] = secret
	fsys["forms/x.yaml"] = secret
	fsys["pages/linked"] = secret
	fsys["pages/about/pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	_, list := mustLoad(t, fsys)
	var got []string
	for _, p := range without(list, "missing-translation") {
		got = append(got, p.File+" "+p.Code)
	}
	want := "directory/x.csv symlink|forms/x.yaml symlink|pages/about/a.txt symlink|pages/about/pipe special-file|pages/linked symlink|terms.yaml symlink"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}
