package docnumber

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// read looks backwards from the 号 at text[at:] for the rest of a number.
func read(text []byte, at int) (c candidate, ok bool) {
	p := skipSpace(text, at)
	c.number, p = readNumber(text, p)
	if c.number < 1 {
		return c, false
	}
	c.end = at + len(hao)
	p = skipSpace(text, p)
	ordinal := false
	if q, ok := before(text, p, '第'); ok {
		ordinal, p = true, skipSpace(text, q)
	}
	r, size := utf8.DecodeLastRune(text[:p])
	switch {
	case isClosing(r):
		p = skipSpace(text, p-size)
		if q, ok := before(text, p, '年'); ok {
			p = skipSpace(text, q)
		}
		c.year, p = readNumber(text, p)
		if c.year < 1949 || c.year > 2099 {
			return c, false
		}
		p = skipSpace(text, p)
		r, size = utf8.DecodeLastRune(text[:p])
		if !isOpening(r) {
			return c, false
		}
		p = skipSpace(text, p-size)
	case ordinal && r == '令':
		c.order, p = true, p-size
	case ordinal && (r == '(' && hasRune(text[c.end:], ')') || r == '（' && hasRune(text[c.end:], '）')):
		q, ok := before(text, skipSpace(text, p-size), '令')
		if !ok {
			return c, false
		}
		c.order, p = true, q
		c.end += size
	case ordinal && hasRune(text[c.end:], '令'):
		c.order = true
		c.end += len("令")
	default:
		return c, false
	}
	c.runEnd, c.run = p, p
	n := 0
	for ; n < maxRun; n++ {
		r, size := utf8.DecodeLastRune(text[:c.run])
		if !isHan(r) {
			break
		}
		c.run -= size
	}
	return c, n >= minAgency
}

// readNumber reads the digits that end at text[:p], either Arabic ones of any
// width or Chinese numerals, and returns where they begin. Without digits, or
// with too many, the number is -1.
func readNumber(text []byte, p int) (n, start int) {
	end, count := p, 0
	arabic := false
	for ; p > 0 && count < 8; count++ {
		r, size := utf8.DecodeLastRune(text[:p])
		_, isArabic := digit(r)
		if !isArabic && !isNumeral(r) || count > 0 && isArabic != arabic {
			break
		}
		arabic = isArabic
		p -= size
	}
	if count == 0 || count == 8 {
		return -1, p
	}
	if !arabic {
		return numeralValue(string(text[p:end])), p
	}
	if count > 5 {
		return -1, p
	}
	for i := p; i < end; {
		r, size := utf8.DecodeRune(text[i:])
		d, _ := digit(r)
		n, i = n*10+d, i+size
	}
	return n, p
}

func digit(r rune) (int, bool) {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0'), true
	case r >= '０' && r <= '９':
		return int(r - '０'), true
	}
	return 0, false
}

const numerals = "零一二三四五六七八九"

func isNumeral(r rune) bool {
	switch r {
	case '零', '〇', '○', '一', '二', '两', '三', '四', '五', '六', '七', '八', '九', '十', '百', '千':
		return true
	}
	return false
}

// numeralValue reads 五十七, 一百二十 and, digit by digit, 二〇一七. It
// returns -1 for what is no number.
func numeralValue(s string) int {
	total, d, units, last := 0, -1, false, 10000
	digits := 0
	for _, r := range s {
		unit := 0
		switch r {
		case '十':
			unit = 10
		case '百':
			unit = 100
		case '千':
			unit = 1000
		case '〇', '○':
			r = '零'
		case '两':
			r = '二'
		}
		if unit == 0 {
			v := strings.Index(numerals, string(r)) / len("零")
			if d > 0 && units {
				return -1
			}
			d, digits = v, digits*10+v
			continue
		}
		if unit >= last || !units && digits > 9 || d < 0 && (unit != 10 || total > 0) || d == 0 && unit != 10 {
			return -1
		}
		total += max(d, 1) * unit
		d, units, last = -1, true, unit
	}
	if !units {
		return digits
	}
	return total + max(d, 0)
}

// numeral writes 1 to 9999 as 五十七 does. Other numbers stay Arabic in Key and
// are too large for an order.
func numeral(n int) string {
	if n < 1 || n > 9999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	gap := false
	for _, u := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.size % 10
		if d == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString("零")
			gap = false
		}
		if !(u.size == 10 && d == 1 && b.Len() == 0) {
			b.WriteString(numerals[d*len("零") : (d+1)*len("零")])
		}
		b.WriteString(u.name)
	}
	return b.String()
}

func skipSpace(text []byte, p int) int {
	for p > 0 {
		r, size := utf8.DecodeLastRune(text[:p])
		switch r {
		case ' ', '\t', '\n', '\r', '\u00a0', '\u2002', '\u2003', '\u2009', '\u202f', '\u3000':
			p -= size
		default:
			return p
		}
	}
	return p
}

// before tells whether text[:p] ends with r, and where r begins.
func before(text []byte, p int, r rune) (int, bool) {
	last, size := utf8.DecodeLastRune(text[:p])
	return p - size, last == r
}

func hasRune(text []byte, r rune) bool {
	first, _ := utf8.DecodeRune(text)
	return first == r
}

func isOpening(r rune) bool {
	switch r {
	case '〔', '[', '【', '(', '［', '（', '﹝', '{', '｛', '〖', '「', '<', '＜', '〈', '《':
		return true
	}
	return false
}

func isClosing(r rune) bool {
	switch r {
	case '〕', ']', '】', ')', '］', '）', '﹞', '}', '｝', '〗', '」', '>', '＞', '〉', '》':
		return true
	}
	return false
}

func isHan(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf || r >= 0x20000 && r <= 0x3134f
}

// followedByPlace tells whether the 号 counts houses, lines or rooms, as in
// （2017）6号楼.
func followedByPlace(rest []byte) bool {
	r, _ := utf8.DecodeRune(rest)
	return r != utf8.RuneError && strings.ContainsRune("楼线院门馆室机车店厅幢座铺库桥站口台床仓井房路街弄地宗栋层区段场馆田厂柜箱", r)
}

// issuesOrders tells whether a name ends as the names of those do who issue
// orders.
func issuesOrders(name string) bool {
	for _, end := range []string{"主席", "国务院", "部", "委", "委员会", "局", "总署", "政府", "银行", "办公室", "常委会"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// afterLeadIn returns the offset in a run of Han characters at which the code
// of an agency probably begins: after the last word that stands before a
// number rather than in one.
func afterLeadIn(run string) int {
	at := 0
	for _, words := range [...]string{
		"根据 依据 来自 出自 按照 参照 依照 遵照 贯彻 落实 执行 印发 转发 发布 公布 制定 废止 修订 以及 属于 通知 意见 办法 文件 文号 规定 例如 详见 参见 参阅 引用 替代 代替 取代 部门",
		"人民政府 办公厅 办公室 委员会 国务院 教育局 教育部 教育厅 公安部 公安厅 公安局 外交部 专家局 保障部 科技部 商务部",
		"见 和 与 及 或 的 了 在 由 对 为 是 即 经 如 从 至 到 但 而 且 也 并 按 据 依 号 将 被 把 以 该 此 第",
	} {
		for word := range strings.FieldsSeq(words) {
			i := strings.LastIndex(run, word)
			if i < 0 {
				continue
			}
			i += len(word)
			if i > at && utf8.RuneCountInString(run[i:]) >= minAgency {
				at = i
			}
		}
	}
	return at
}
