package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"waijiao/internal/locale"
)

// A form takes in nothing before it opens and after it has closed, and says
// when in its reader's language. Whoever had the page in time may still send
// it, and a form that was accepted keeps its receipt.
func TestAFormThatIsNotOpenTakesNothing(t *testing.T) {
	h := open(t) // 9:00 on 1 March
	publish(t, h.site, "opens: 2026-03-02 09:00\ncloses: 2026-03-03\n"+strings.Replace(definition, "size: 100 KB}\n", "size: 100 KB, optional: true}\n", 1))
	const program = `{"school": "示例学校", "contact": "Sample Teacher 001", "email": "sample@example.org", "consent": true}`
	refused := func(when string, notice locale.Text) {
		t.Helper()
		for _, l := range locale.Langs() {
			at := l.Path(page)
			a := h.get(at)
			if a.StatusCode != http.StatusOK || !strings.Contains(a.body, notice.In(l)) || strings.Contains(a.body, "<form") {
				t.Errorf("%s, %s: %d\n%s", when, at, a.StatusCode, a.body)
			}
			if a := h.send(at, good(nil), letter()); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, notice.In(l)) {
				t.Errorf("%s, sent to %s: %d\n%s", when, at, a.StatusCode, a.body)
			}
			a, out := h.post(at, program)
			if a.StatusCode != http.StatusForbidden || out["code"] != "not-open" || !strings.HasPrefix(fmt.Sprint(out["detail"]), notice.In(l)) {
				t.Errorf("%s, sent to %s by a program: %d %v", when, at, a.StatusCode, out)
			}
		}
		h.tidy()
	}
	refused("before it opens", locale.T("本表单将于2026年3月2日9:00（北京时间）开放", "This form opens at 09:00 on 2 March 2026 (Beijing time)"))
	h.mails(0)

	h.wait(24 * time.Hour)
	first := good(h.shown(page))
	accepted := h.send(page, first, letter())
	if accepted.StatusCode != http.StatusSeeOther {
		t.Fatalf("while it is open: %d\n%s", accepted.StatusCode, accepted.body)
	}
	h.mails(2)

	h.wait(38*time.Hour + 50*time.Minute) // a few minutes before midnight
	begun, late := h.shown(page), h.shown(page)
	h.wait(time.Hour)
	if a := h.get(page); strings.Contains(a.body, "<form") {
		t.Errorf("after it has closed:\n%s", a.body)
	}
	if a := h.send(page, good(begun), letter()); a.StatusCode != http.StatusSeeOther {
		t.Errorf("begun in time: %d\n%s", a.StatusCode, a.body)
	}
	h.mails(4)
	h.wait(90 * time.Minute)
	if a := h.send(page, good(late), letter()); a.StatusCode != http.StatusForbidden {
		t.Errorf("two hours after it has closed: %d", a.StatusCode)
	}
	refused("after it has closed", locale.T("本表单已于2026年3月3日24:00（北京时间）截止", "This form closed at the end of 3 March 2026 (Beijing time)"))
	if a := h.send(page, first, letter()); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != accepted.Header.Get("Location") {
		t.Errorf("what was accepted is sent again: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	h.mails(4)
	h.tidy()
}
