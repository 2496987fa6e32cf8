package load

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"waijiao/internal/locale"

	"github.com/goccy/go-yaml/ast"
)

// binder takes the keys of one mapping into a struct, as package flag does with
// a command line: one call a key, then finish, which reports the keys that
// nobody asked for.
type binder struct {
	*block
	at      int // where the mapping begins
	entries []entry
	taken   []bool
	asked   []string
	// said collects the values of facts in a form that can be compared. Nil:
	// nobody will compare.
	said map[string]string
}

// text is a value with its place.
type text struct {
	s  string
	at int
}

// bind begins with the mapping n. Where n is something else, it says so and
// returns a binder without keys, and false.
func (b *block) bind(n node) (*binder, bool) {
	m := &binder{block: b, at: n.at, asked: make([]string, 0, 32)}
	entries, ok := b.entries(n)
	if !ok {
		if !n.isNull() {
			b.wrongType(n, locale.T("一组“键: 值”", "a mapping, “key: value” on each line"))
		}
		return m, n.isNull()
	}
	m.entries, m.taken = entries, make([]bool, len(entries))
	return m, true
}

func (b *block) wrongType(n node, want locale.Text) {
	got := describe(n)
	if _, ok := n.ast.(*ast.AliasNode); ok {
		b.feature(n.at)
		return
	}
	switch n.ast.(type) {
	case *ast.AnchorNode, *ast.TagNode:
		b.feature(n.at)
		return
	}
	b.fail("wrong-type", n.at,
		locale.Tf("这里应当是%[1]s，写的却是%[2]s", "expected %[3]s, found %[4]s", want.ZH, got.ZH, want.EN, got.EN),
		locale.Tf("改成%[1]s", "write %[2]s", want.ZH, want.EN))
}

// get returns the value of a key. Where it is written twice, the first counts;
// where it is left empty, that is a fault and the key is as good as absent.
func (m *binder) get(name string) (entry, bool) {
	m.asked = append(m.asked, name)
	found := -1
	for i := range m.entries {
		if m.entries[i].key != name {
			continue
		}
		m.taken[i] = true
		if found >= 0 {
			m.fail("duplicate-key", m.entries[i].keyAt,
				locale.Tf("“%s”写了两次", "“%s” is written twice", name),
				locale.T("只留一处", "keep one of them"))
			continue
		}
		found = i
	}
	if found < 0 {
		return entry{}, false
	}
	if m.entries[found].value.isNull() {
		m.missing(m.entries[found])
		return entry{}, false
	}
	return m.entries[found], true
}

func (m *binder) missing(e entry) {
	m.fail("missing-value", e.keyAt,
		locale.Tf("“%s”没有值", "“%s” has no value", e.key),
		locale.T("写上值，或者删去这一行", "write a value, or remove the line"))
}

// has tells whether a key is written, with or without a value.
func (m *binder) has(name string) bool { return m.find(name) >= 0 }

func (m *binder) find(name string) int {
	return slices.IndexFunc(m.entries, func(e entry) bool { return e.key == name })
}

// keyAt returns the place of a key, or of the mapping where it is absent.
func (m *binder) keyAt(name string) int {
	if i := m.find(name); i >= 0 {
		return m.entries[i].keyAt
	}
	return m.at
}

// require reports the keys that are absent.
func (m *binder) require(names ...string) {
	for _, name := range names {
		if !m.has(name) {
			m.fail("missing-key", m.at,
				locale.Tf("缺少“%s”", "“%s” is missing", name),
				locale.Tf("加一行“%s: …”", "add a line “%s: …”", name))
		}
	}
}

// finish reports the keys that nobody asked for.
func (m *binder) finish() {
	for i, e := range m.entries {
		if m.taken[i] {
			continue
		}
		hint := didYouMean(e.key, m.asked)
		if e.value.isNull() && strings.Contains(e.key, " ") {
			// {en: Renew, or change} makes a key of the words after the comma.
			hint = locale.T("如果它是前一个值的一部分，给整个值加上英文双引号", "if it belongs to the value before it, put that whole value in double quotes")
		}
		m.fail("unknown-key", e.keyAt,
			locale.Tf("不认识的键“%s”", "unknown key “%s”", e.key), hint)
	}
}

func (m *binder) note(name, value string) {
	if m.said != nil {
		m.said[name] = value
	}
}

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
