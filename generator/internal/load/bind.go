package load

import (
	"slices"
	"strings"

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
