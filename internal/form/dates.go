package form

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"waijiao/internal/locale"
)

// Grace is how long after its closing a form is still taken, for those who
// opened it before and were filling it in.
const Grace = 2 * time.Hour

// State is whether a form is open.
type State int

// The states.
const (
	Open   State = iota
	NotYet       // before Opens
	Over         // at Closes and after it
)

// State tells whether the form is to be drawn for filling in at the moment now.
func (f *Form) State(now time.Time) State {
	switch {
	case !f.Opens.IsZero() && now.Before(f.Opens):
		return NotYet
	case !f.Closes.IsZero() && !now.Before(f.Closes):
		return Over
	}
	return Open
}

// Accepts tells whether a form that is sent at the moment now is taken: while
// it is open, and for the time of Grace after it has closed.
func (f *Form) Accepts(now time.Time) bool {
	return f.State(now) != NotYet && f.State(now.Add(-Grace)) != Over
}

// Dates says from when until when the form is taken; nothing for a form
// without dates. It is true at any moment, so that a page can show it that is
// made once.
func (f *Form) Dates() locale.Text {
	from, until := clockTime(f.Opens, false), clockTime(f.Closes, true)
	switch {
	case !f.Opens.IsZero() && !f.Closes.IsZero():
		return locale.T("受理时间：北京时间"+from.ZH+"至"+until.ZH+"。", "Open from "+from.EN+" until "+until.EN+", Beijing time.")
	case !f.Opens.IsZero():
		return locale.T("受理时间：自北京时间"+from.ZH+"起。", "Open from "+from.EN+", Beijing time.")
	case !f.Closes.IsZero():
		return locale.T("受理时间：至北京时间"+until.ZH+"截止。", "Open until "+until.EN+", Beijing time.")
	}
	return locale.Text{}
}

// Notice says that the form is not open at the moment now, and why; nothing
// while it is open.
func (f *Form) Notice(now time.Time) locale.Text {
	switch f.State(now) {
	case NotYet:
		at := clockTime(f.Opens, false)
		return locale.T("本表单将于"+at.ZH+"（北京时间）开放，届时请再来填写。", "This form opens at "+at.EN+" (Beijing time). Please come back then.")
	case Over:
		at := clockTime(f.Closes, true)
		return locale.T("本表单已于"+at.ZH+"（北京时间）截止，不再受理。", "This form closed at "+at.EN+" (Beijing time) and is no longer accepted.")
	}
	return locale.Text{}
}

// clockTime writes a moment for people. The midnight at which something ends
// belongs to the day before.
func clockTime(t time.Time, end bool) locale.Text {
	t = t.In(locale.Beijing())
	clock := t.Format("15:04")
	if end && clock == "00:00" {
		t, clock = t.AddDate(0, 0, -1), "24:00"
	}
	d := locale.DateOf(t)
	if clock == "24:00" {
		return locale.T(d.In(locale.ZH)+clock, "the end of "+d.In(locale.EN))
	}
	return locale.T(d.In(locale.ZH)+strings.TrimPrefix(clock, "0"), clock+" on "+d.In(locale.EN))
}

// readMoment reads a day or a minute in Beijing's time: 2026-12-01 or
// 2026-12-01 09:00. A day that ends something is over at its end.
func readMoment(s string, end bool) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02 15:04", s, locale.Beijing()); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation("2006-01-02", s, locale.Beijing())
	if err == nil && end {
		t = t.AddDate(0, 0, 1)
	}
	return t, err
}

// Keep is how long a submission is kept, in days: after the office has closed
// the matter, and from its acceptance at most.
type Keep struct {
	AfterClosing int `json:"after_closing"`
	AtMost       int `json:"at_most"`
}

// sentence tells the person who fills in the form.
func (k Keep) sentence() locale.Text {
	after, most := strconv.Itoa(k.AfterClosing), strconv.Itoa(k.AtMost)
	if k.AfterClosing == k.AtMost {
		return locale.T("您提交的内容最多保留"+most+"天，到期删除。", "We keep what you send for at most "+most+plural(most, " day", " days")+", and then delete it.")
	}
	return locale.T("事项办结"+after+"天后，我们删除您提交的内容；无论是否办结，最迟在提交后"+most+"天删除。",
		"We delete what you send "+after+plural(after, " day", " days")+" after the matter is closed, and in any case no later than "+most+plural(most, " day", " days")+" after you send it.")
}

// dates finds what is wrong with the form's opening, closing and keeping.
func (c *checker) dates() {
	f := c.form
	for _, at := range []struct {
		key string
		t   time.Time
	}{{"opens", f.Opens}, {"closes", f.Closes}} {
		if y := at.t.In(locale.Beijing()).Year(); !at.t.IsZero() && (y < 2000 || y > 2200 || !at.t.Equal(at.t.Truncate(time.Minute))) {
			c.say(at.key, "bad-moment", locale.Tf("%s 的时间超出范围", "%s is out of range", at.key), momentHint())
			return
		}
	}
	if !f.Opens.IsZero() && !f.Closes.IsZero() && !f.Opens.Before(f.Closes) {
		c.say("closes", "bad-moment", locale.T("closes 不晚于 opens", "closes is not later than opens"), locale.T("改动其中一个", "change one of them"))
	}
	for _, days := range []struct {
		key string
		n   int
	}{{"after_closing", f.Keep.AfterClosing}, {"at_most", f.Keep.AtMost}} {
		if days.n < 1 || days.n > 3650 {
			c.say("keep."+days.key, "bad-value", locale.Tf("%s 只能是 1 到 3650 天", "%s is from 1 to 3650 days", days.key), locale.Text{})
			return
		}
	}
	if f.Keep.AtMost < f.Keep.AfterClosing {
		c.say("keep.at_most", "bad-value", locale.Tf("at_most（%d 天）短于 after_closing（%d 天）", "at_most (%d days) is shorter than after_closing (%d days)", f.Keep.AtMost, f.Keep.AfterClosing),
			locale.T("at_most 至少和 after_closing 一样长；不写 at_most 时是 365", "make at_most at least as long; it is 365 where it is not written"))
	}
}

func momentHint() locale.Text {
	return locale.T("写成 2026-12-01 或 2026-12-01 09:00，按北京时间", "write 2026-12-01 or 2026-12-01 09:00, in Beijing time")
}

// moment reads opens and closes.
func (o object) moment(name string, end bool) time.Time {
	s, ok := o.scalar(name)
	if !ok {
		return time.Time{}
	}
	t, err := readMoment(s, end)
	if err != nil {
		o.r.fail(o.at(name), o.r.places[o.at(name)], finding{code: "bad-moment",
			message: locale.Tf("看不懂时间“%s”", "%q is not a day or a minute", s), hint: momentHint()})
	}
	return t
}

// String names the state in logs.
func (s State) String() string {
	switch s {
	case Open:
		return "open"
	case NotYet:
		return "not yet"
	case Over:
		return "over"
	}
	return fmt.Sprintf("State(%d)", int(s))
}
