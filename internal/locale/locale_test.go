package locale_test

import (
	"testing"
	"time"

	"waijiao/internal/locale"
)

func TestDates(t *testing.T) {
	d, err := locale.ParseDate("2026-03-01")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.In(locale.ZH); got != "2026年3月1日" {
		t.Errorf("Chinese date: %s", got)
	}
	if got := d.In(locale.EN); got != "1 March 2026" {
		t.Errorf("English date: %s", got)
	}
	if got := d.String(); got != "2026-03-01" {
		t.Errorf("String: %s", got)
	}
	for _, bad := range []string{"2026-02-30", "2026-3-1", "1 March 2026", "", "2026-03-01T00:00:00Z"} {
		if _, err := locale.ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) found no fault", bad)
		}
	}
	m, err := locale.ParseMonth("2024-09")
	if err != nil || m.In(locale.EN) != "September 2024" || m.In(locale.ZH) != "2024年9月" {
		t.Errorf("month: %v %v", m, err)
	}
	// Half past four in the afternoon in London is already the next day in Beijing.
	if got := locale.Today(time.Date(2026, 3, 1, 16, 30, 0, 0, time.UTC)).String(); got != "2026-03-02" {
		t.Errorf("Today: %s", got)
	}
	if !m.Before(d) || d.Compare(d) != 0 || !(locale.Date{}).Before(m) {
		t.Error("dates are not in order")
	}
}

func TestTextFallsBackToTheOtherLanguage(t *testing.T) {
	if got := locale.T("外教", "").In(locale.EN); got != "外教" {
		t.Error(got)
	}
	if got := locale.T("", "teacher").In(locale.ZH); got != "teacher" {
		t.Error(got)
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		path, zh string
		lang     locale.Lang
	}{{"/en/forms/x/", "/forms/x/", locale.EN}, {"/forms/x/", "/forms/x/", locale.ZH}, {"/en", "/", locale.EN}, {"/en/", "/", locale.EN}, {"/enquiry/", "/enquiry/", locale.ZH}} {
		if l, p := locale.FromPath(c.path); l != c.lang || p != c.zh {
			t.Errorf("FromPath(%q) = %s %s", c.path, l, p)
		}
	}
	if locale.EN.Path("/guides/") != "/en/guides/" || locale.ZH.Path("/guides/") != "/guides/" {
		t.Error("Path")
	}
}

func TestNumbersAndSizes(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := locale.Number(n); got != want {
			t.Errorf("Number(%d) = %s", n, got)
		}
	}
	for n, want := range map[int64]string{10: "10 B", 2048: "2 KB", 1468006: "1.4 MB"} {
		if got := locale.Size(n); got != want {
			t.Errorf("Size(%d) = %s", n, got)
		}
	}
}

func TestTheLanguageOfMessages(t *testing.T) {
	for _, c := range []struct {
		args []string
		env  map[string]string
		want locale.Lang
	}{
		{nil, nil, locale.EN},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8"}, locale.ZH},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, locale.EN},
		{nil, map[string]string{"LANG": "en_GB", "LC_MESSAGES": "zh_CN"}, locale.ZH},
		{[]string{"check", "--lang", "zh"}, nil, locale.ZH},
		{[]string{"check", "--lang=en"}, map[string]string{"LANG": "zh_CN.UTF-8"}, locale.EN},
		{[]string{"check", "--lang=fr"}, map[string]string{"LANG": "zh_CN.UTF-8"}, locale.ZH},
	} {
		if got := locale.ForMessages(c.args, func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v %v: %s", c.args, c.env, got)
		}
	}
}
