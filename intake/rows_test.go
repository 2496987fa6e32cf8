package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const withMembers = definition + `      - name: members
        type: group
        label: {zh: 成员学校, en: Member schools}
        item: {zh: 学校, en: School}
        most: 3
        fields:
          - {name: title, type: text, label: {zh: 名称, en: Name}}
`

// Without a script the buttons of a group post the form. That is no
// submission: nothing is checked or mailed, and everything comes back, files
// too.
func TestRowsAreAddedAndTakenOutWithoutAScript(t *testing.T) {
	h := open(t)
	publish(t, h.site, withMembers)
	form := h.shown(page)
	rows := func(a answer) int { return strings.Count(a.body, ` data-row="`) }
	a := h.send(page, with(form, "school", "示例<学校>", "email", "nonsense", "consent", "yes", "members.1.title", "示例小学 01", "_add", "members"), letter())
	if a.StatusCode != http.StatusOK || rows(a) != 2 || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d with %d rows\n%s", a.StatusCode, rows(a), a.body)
	}
	for _, want := range []string{`value="示例&lt;学校&gt;"`, `value="nonsense"`, "公函 最终.pdf", ` checked`, `name="members.2.title" autofocus`, `value="示例小学 01"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, not := range []string{"error-summary", "form-alert", "field-error", "<title>错误"} {
		if strings.Contains(a.body, not) {
			t.Errorf("something was checked: %s", not)
		}
	}
	again := hidden(a.body)
	if again.Get("_key") != form.Get("_key") || again.Get("_file.letter") == "" {
		t.Fatalf("%v", again)
	}
	a = h.send(page, with(again, "members.1.title", "示例小学 01", "members.2.title", "示例小学 02", "_drop", "members.1"))
	if a.StatusCode != http.StatusOK || rows(a) != 1 || strings.Contains(a.body, "示例小学 01") || !strings.Contains(a.body, `name="members.1.title" autofocus aria-required="true" maxlength="200" value="示例小学 02"`) {
		t.Fatalf("%d with %d rows\n%s", a.StatusCode, rows(a), a.body)
	}
	again = hidden(a.body)
	h.mails(0)
	a = h.send(page, good(with(again, "members.2.title", "示例小学 02")))
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	h.mails(2)
}

// A row more is no way around a changed form: the consents of the old one go,
// with a word about it.
func TestARowMoreOfAChangedForm(t *testing.T) {
	h := open(t)
	publish(t, h.site, withMembers)
	form := h.shown(page)
	publish(t, h.site, strings.Replace(withMembers, "2026-01", "2026-02", 1))
	a := h.send(page, with(form, "consent", "yes", "_add", "members"))
	if a.StatusCode != http.StatusOK || strings.Contains(a.body, " checked") || !strings.Contains(a.body, "form-alert") {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
}

// A program that sends JSON has no buttons.
func TestJSONWithAButtonIsASubmission(t *testing.T) {
	h := open(t)
	publish(t, h.site, strings.Replace(withMembers, "size: 100 KB}\n", "size: 100 KB, optional: true}\n", 1))
	a := h.do(h.request("POST", page, strings.NewReader(`{"_add":"members","school":"示例学校","contact":"示例教师 001","email":"sample@example.org","consent":true,"members":[{"title":"示例小学 01"}]}`),
		"Content-Type", "application/json", "Idempotency-Key", "k1"))
	if a.StatusCode != http.StatusCreated {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
	b := h.do(h.request("POST", page, strings.NewReader(url.Values{"_add": {"members"}}.Encode()), "Content-Type", "application/x-www-form-urlencoded"))
	if b.StatusCode != http.StatusOK {
		t.Errorf("%d\n%s", b.StatusCode, b.body)
	}
}
