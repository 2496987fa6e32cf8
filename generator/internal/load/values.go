package load

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"waijiao/internal/locale"

	"github.com/goccy/go-yaml/ast"
)

// The values that keys may have: texts, lists, flags, numbers, days, moments,
// words of a vocabulary, and mappings within the mapping. What each method
// takes it also notes, so that two languages can be compared.

// str returns the text of n, which must be a single line unless long.
func (b *block) str(n node, long bool) (text, bool) {
	s, ok := b.scalar(n)
	if !ok {
		b.wrongType(n, locale.T("一段文字", "a text"))
		return text{}, false
	}
	if strings.ContainsFunc(s, control) || !long && strings.ContainsAny(s, "\r\n") {
		b.fail("line-break", n.at,
			locale.T("值里不能有换行或控制字符", "the value holds a line break or a control character"),
			locale.T("写成一行", "write it on one line"))
		return text{}, false
	}
	return text{s, n.at}, true
}

// text takes a text on one line. An empty one is a missing value.
func (m *binder) text(name string) (text, bool) { return m.words(name, false) }

// prose takes a text that may run over several lines.
func (m *binder) prose(name string) (text, bool) { return m.words(name, true) }

func (m *binder) words(name string, long bool) (text, bool) {
	e, ok := m.get(name)
	if !ok {
		return text{}, false
	}
	t, ok := m.str(e.value, long)
	if !ok {
		return text{}, false
	}
	if t.s == "" {
		m.missing(e)
		return text{}, false
	}
	m.note(name, t.s)
	return t, true
}

// into takes a text on one line into to.
func (m *binder) into(name string, to *string) {
	if t, ok := m.text(name); ok {
		*to = t.s
	}
}

// texts takes a list of texts.
func (m *binder) texts(name string) []text {
	e, ok := m.get(name)
	if !ok {
		return nil
	}
	return m.list(e, false)
}

// oneOrMore takes a text or a list of texts.
func (m *binder) oneOrMore(name string) []text {
	e, ok := m.get(name)
	if !ok {
		return nil
	}
	return m.list(e, true)
}

func (m *binder) list(e entry, single bool) []text {
	items, ok := m.items(e.value)
	if !ok {
		if _, plain := m.scalar(e.value); plain && single {
			items = []node{e.value}
		} else {
			m.wrongType(e.value, locale.T("列表，例如 [甲, 乙]", "a list, such as [one, two]"))
			return nil
		}
	}
	texts := make([]text, 0, len(items))
	for _, item := range items {
		if item.isNull() {
			m.missing(entry{key: e.key, keyAt: item.at})
			continue
		}
		t, ok := m.str(item, true)
		if ok && t.s == "" {
			m.missing(entry{key: e.key, keyAt: item.at})
			ok = false
		}
		if ok {
			texts = append(texts, t)
			m.note(e.key, m.said[e.key]+t.s+"\x00")
		}
	}
	return texts
}

// flag takes true or false.
func (m *binder) flag(name string, to *bool) {
	e, ok := m.get(name)
	if !ok {
		return
	}
	v, ok := e.value.ast.(*ast.BoolNode)
	if !ok {
		m.wrongType(e.value, locale.T(" true 或 false", "true or false"))
		return
	}
	*to = v.Value
	m.note(name, strconv.FormatBool(v.Value))
}

// number takes a whole number from low to high.
func (m *binder) number(name string, low, high int, to *int) {
	e, ok := m.get(name)
	if !ok {
		return
	}
	s, ok := m.scalar(e.value)
	n, err := strconv.Atoi(s)
	if !ok || err != nil || n < low || n > high {
		m.wrongType(e.value, locale.Tf(" %d 到 %d 之间的整数", "a whole number from %d to %d", low, high))
		return
	}
	*to = n
	m.note(name, strconv.Itoa(n))
}

// date takes a day.
func (m *binder) date(name string, to *locale.Date) {
	e, ok := m.get(name)
	if !ok {
		return
	}
	s, ok := m.scalar(e.value)
	if !ok {
		m.wrongType(e.value, locale.T("日期，例如 2026-03-01", "a date such as 2026-03-01"))
		return
	}
	d, err := locale.ParseDate(s)
	if err != nil || d.IsZero() {
		message, hint := badDate(s)
		m.fail("bad-date", e.value.at, message, hint)
		return
	}
	*to = d
	m.note(name, d.String())
}

func badDate(s string) (message, hint locale.Text) {
	return locale.Tf("“%s”不是日历上的日期", "“%s” is not a date in the calendar", s),
		locale.T("写成年-月-日，例如 2026-03-01", "write year-month-day, such as 2026-03-01")
}

// moment takes a time (RFC 3339; without a zone it is Beijing's, and a day
// alone is its first moment).
func (m *binder) moment(name string, to *time.Time) {
	e, ok := m.get(name)
	if !ok {
		return
	}
	s, _ := m.scalar(e.value)
	t, ok := parseMoment(s)
	if !ok {
		m.fail("bad-time", e.value.at,
			locale.Tf("“%s”不是时间", "“%s” is not a time", s),
			locale.T("写成 2026-03-01T09:00（北京时间），或者带时区的 2026-03-01T09:00:00+08:00", "write 2026-03-01T09:00 (Beijing time), or with a zone 2026-03-01T09:00:00+08:00"))
		return
	}
	*to = t
	m.note(name, t.UTC().Format(time.RFC3339Nano))
}

func parseMoment(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, !t.IsZero()
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, s, locale.Beijing()); err == nil {
			return t, !t.IsZero()
		}
	}
	return time.Time{}, false
}

// oneOf takes a key of a vocabulary.
func (m *binder) oneOf(name string, v vocabulary, to *string) {
	if t, ok := m.text(name); ok && m.known(t, v) {
		*to = t.s
	}
}

// someOf takes a list of keys of a vocabulary, each once.
func (m *binder) someOf(name string, v vocabulary, to *[]string) {
	for _, t := range m.texts(name) {
		if m.known(t, v) && m.once(t, *to) {
			*to = append(*to, t.s)
		}
	}
}

func (b *block) known(t text, v vocabulary) bool {
	if v.has(t.s) {
		return true
	}
	message, hint := v.unknown(t.s)
	b.fail("unknown-word", t.at, message, hint)
	return false
}

func (b *block) once(t text, before []string) bool {
	if !slices.Contains(before, t.s) {
		return true
	}
	b.fail("repeated-value", t.at,
		locale.Tf("“%s”写了两次", "“%s” is written twice", t.s),
		locale.T("只留一处", "keep one of them"))
	return false
}

// mapping takes a mapping.
func (m *binder) mapping(name string, take func(*binder)) {
	if e, ok := m.get(name); ok {
		m.nested(e.value, take)
	}
}

// each takes a list of mappings and returns how many there are.
func (m *binder) each(name string, take func(*binder)) int {
	e, ok := m.get(name)
	if !ok {
		return 0
	}
	items, ok := m.items(e.value)
	if !ok {
		m.wrongType(e.value, locale.T("列表，每项以横杠开头", "a list, each item after a dash"))
		return 0
	}
	for _, item := range items {
		if item.isNull() {
			m.missing(entry{key: name, keyAt: item.at})
			continue
		}
		m.nested(item, take)
	}
	return len(items)
}

func (b *block) nested(n node, take func(*binder)) {
	inner, ok := b.bind(n)
	if !ok {
		return
	}
	take(inner)
	inner.finish()
}

// both takes a text that must stand in both languages: {zh: …, en: …}.
func (m *binder) both(name string, to *locale.Text) {
	m.mapping(name, func(in *binder) {
		in.into("zh", &to.ZH)
		in.into("en", &to.EN)
		in.require("zh", "en")
	})
}
