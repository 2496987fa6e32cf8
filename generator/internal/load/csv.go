package load

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"

	"golang.org/x/text/language"
)

// table is a CSV file (RFC 4180) with a header row.
type table struct {
	*source
	header map[string]int
	rows   []*row
	// partial tables have rows that could not be read, so that what is not
	// in them may still exist.
	partial bool
}

// row is a row of a table. Its methods take one cell each; where a cell is
// wrong they report it and return the zero value.
type row struct {
	*table
	line  int
	cells []cell
}

// cell is a value and its place: a line of the file and a column in
// characters, counted from 1.
type cell struct {
	s            string
	line, column int
}

// readTable reads a table whose columns are exactly these, in any order. Rows
// without a value are left out.
func readTable(s *source, columns []string) *table {
	t := &table{source: s}
	r := csv.NewReader(bytes.NewReader(s.text))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	lines := lineStarts(s.text, 0, len(s.text))
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.syntax(err, lines)
			continue
		}
		cells := make([]cell, len(record))
		empty := true
		for i, value := range record {
			line, column := r.FieldPos(i)
			start := lines[min(line, len(lines))-1]
			to := min(start+column-1, len(s.text))
			cells[i] = cell{strings.TrimSpace(value), line, utf8.RuneCount(s.text[start:to]) + 1}
			empty = empty && cells[i].s == ""
		}
		switch {
		case t.header == nil:
			if !t.head(cells, columns) {
				t.partial = true
				return t
			}
		case empty:
		case len(cells) != len(t.header):
			t.partial = true
			t.at(cells[0], "wrong-cells",
				locale.Tf("这一行有 %d 格，表头有 %d 格", "this row has %d cells, the header has %d", len(cells), len(t.header)),
				locale.T("含有逗号的值要加英文双引号；空着的格子也要留逗号", "put a value that holds a comma in double quotes; an empty cell still needs its comma"))
		default:
			t.rows = append(t.rows, &row{t, cells[0].line, cells})
		}
	}
	if t.header == nil && len(s.list) == 0 {
		t.fail("no-header", 0, locale.T("表里没有表头", "the table has no header row"),
			locale.T("第一行写列名："+strings.Join(columns, ","), "write the columns' names in the first row: "+strings.Join(columns, ",")))
	}
	return t
}

// at reports an error in a cell.
func (t *table) at(c cell, code string, message, hint locale.Text) {
	starts := lineStarts(t.text, 0, len(t.text))
	offset := starts[min(c.line, len(starts))-1]
	for i := 1; i < c.column && offset < len(t.text); i++ {
		_, n := utf8.DecodeRune(t.text[offset:])
		offset += n
	}
	t.fail(code, offset, message, hint)
}

func (t *table) syntax(err error, lines []int) {
	t.partial = true
	at := 0
	message := locale.T("这一行无法识别", "this row cannot be read")
	hint := locale.T("核对引号和逗号", "check quotation marks and commas")
	var known *csv.ParseError
	if errors.As(err, &known) {
		at = min(lines[min(known.Line, len(lines))-1]+max(known.Column-1, 0), len(t.text))
		switch {
		case errors.Is(err, csv.ErrBareQuote):
			message = locale.T("没有加引号的值里有英文双引号", "there is a double quote in a value that is not quoted")
			hint = locale.T("整个值加双引号，里面的双引号写两个", "put the whole value in double quotes and write the one inside twice")
		case errors.Is(err, csv.ErrQuote):
			at = min(lines[min(known.StartLine, len(lines))-1], len(t.text))
			message = locale.T("从这一行开始，双引号没有成对", "in the row that begins here a double quote is not closed")
			hint = locale.T("在值的末尾补上双引号；值里面的双引号写两个", "end the value with a double quote; write one inside a value twice")
		}
	}
	t.fail("csv-syntax", at, message, hint)
}

// head takes the header row. It returns false where the rows below cannot be
// understood.
func (t *table) head(cells []cell, columns []string) bool {
	t.header = make(map[string]int, len(cells))
	if len(cells) == 1 && strings.ContainsAny(cells[0].s, ";\t；，") {
		t.at(cells[0], "no-commas", locale.T("列与列之间要用英文逗号", "the columns must be divided by commas"),
			locale.T("另存为“CSV UTF-8（逗号分隔）”", "save it as “CSV UTF-8 (comma delimited)”"))
		return false
	}
	ok := true
	for i, c := range cells {
		switch _, twice := t.header[c.s]; {
		case isPrivate(c.s):
			t.at(c, "private-column",
				locale.Tf("列“%s”是个人隐私，不能放进网站内容", "the column “%s” is private data and must not be in the content", c.s),
				locale.T("从文件里删去整列，并在版本库的历史里清除", "delete the whole column, and remove it from the history of the repository too"))
			ok = false
		case !slices.Contains(columns, c.s):
			t.at(c, "unknown-column", locale.Tf("不认识的列“%s”", "unknown column “%s”", c.s), didYouMean(c.s, columns))
			ok = false
		case twice:
			t.at(c, "duplicate-column", locale.Tf("列“%s”出现了两次", "the column “%s” appears twice", c.s),
				locale.T("只留一列", "keep one of them"))
			ok = false
		}
		if _, twice := t.header[c.s]; !twice {
			t.header[c.s] = i
		}
	}
	var missing []string
	for _, name := range columns {
		if _, found := t.header[name]; !found {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		t.at(cells[0], "missing-column",
			locale.T("缺少列："+strings.Join(missing, "、"), "columns are missing: "+strings.Join(missing, ", ")),
			locale.T("加上这些列；没有值就空着", "add them; where there is no value, leave the cell empty"))
		return false
	}
	return ok
}

// isPrivate knows the names of columns that the site never publishes.
func isPrivate(column string) bool {
	name := strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "", "　", "").Replace(column))
	return slices.Contains([]string{
		"passport", "passportno", "passportnumber", "passportid", "idnumber", "idno", "idcard", "nationalid", "residentid",
		"birthdate", "birthday", "dateofbirth", "dob", "phone", "phonenumber", "telephone", "tel", "mobile", "mobilephone",
		"cell", "cellphone", "email", "mail", "address", "homeaddress", "wechat", "wechatid", "weixin", "qq", "whatsapp", "skype",
		"护照", "护照号", "护照号码", "身份证", "身份证号", "身份证号码", "证件号", "证件号码", "出生日期", "出生年月", "生日",
		"电话", "电话号码", "联系电话", "手机", "手机号", "手机号码", "邮箱", "电子邮箱", "电子邮件", "住址", "家庭住址", "地址",
		"微信", "微信号",
	}, name)
}

// get returns the cell of a column.
func (r *row) get(column string) cell { return r.cells[r.header[column]] }

// text returns the value of a cell that may be empty. A line break within it
// becomes a space.
func (r *row) text(column string) string {
	return strings.Join(strings.Fields(r.get(column).s), " ")
}

// need returns the value of a cell that must not be empty.
func (r *row) need(column string) string {
	s := r.text(column)
	if s == "" {
		r.at(r.get(column), "missing-value", locale.Tf("“%s”空着", "“%s” is empty", column),
			locale.T("填上值", "fill it in"))
	}
	return s
}

// bad reports a value that is not what its column holds.
func (r *row) bad(column, code string, message, hint locale.Text) {
	c := r.get(column)
	r.at(c, code, locale.Tf("列“%[1]s”的值“%[2]s”%[3]s", "column “%[1]s”, value “%[2]s”: %[4]s", column, r.text(column), message.ZH, message.EN), hint)
}

func (r *row) name() locale.Text { return locale.Text{ZH: r.need("name_zh"), EN: r.need("name_en")} }

// id returns a new id, unique among those before it.
func (r *row) id(column string, before map[string]int, reserved ...string) string {
	s := r.need(column)
	switch first, taken := before[s]; {
	case s == "":
	case !isSlug(s):
		r.bad(column, "bad-id", locale.T("不能用作编号", "cannot be an id"),
			locale.T("只用小写英文字母、数字和连字符，例如 t001", "use lower-case English letters, digits and single hyphens, such as t001"))
		return ""
	case slices.Contains(reserved, s):
		r.bad(column, "reserved-id", locale.T("是本站自己的网址", "is an address of the site's own"),
			locale.T("换一个编号", "give another one"))
		return ""
	case taken:
		r.bad(column, "duplicate-id", locale.Tf("在第 %d 行已经用过", "is taken by line %d", first),
			locale.T("换一个编号", "give another one"))
		return ""
	}
	before[s] = r.line
	return s
}

// number returns a whole number; an empty cell is 0.
func (r *row) number(column string, low, high int) int {
	s := r.text(column)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		r.bad(column, "bad-number-cell", locale.Tf("不是 %d 到 %d 之间的整数", "is not a whole number from %d to %d", low, high),
			locale.T("只写数字，不带单位和逗号", "write digits only, without unit or comma"))
		return 0
	}
	return n
}

// count returns a whole number that must be there.
func (r *row) count(column string, low, high int) int {
	if r.need(column) == "" {
		return 0
	}
	return r.number(column, low, high)
}

// date returns a day; an empty cell is no day. With months, YYYY-MM will do.
func (r *row) date(column string, months bool) locale.Date {
	s := r.text(column)
	if s == "" {
		return locale.Date{}
	}
	read := locale.ParseDate
	if months {
		read = locale.ParseMonth
	}
	d, err := read(s)
	if err != nil || d.IsZero() {
		hint := locale.T("写成年-月-日，例如 2026-03-01", "write year-month-day, such as 2026-03-01")
		if months {
			hint = locale.T("写成 2026-03-01 或 2026-03", "write 2026-03-01 or 2026-03")
		}
		r.bad(column, "bad-date", locale.T("不是日历上的日期", "is not a date in the calendar"), hint)
		return locale.Date{}
	}
	return d
}

// word returns a key of a vocabulary; an empty cell is no key.
func (r *row) word(column string, v vocabulary) string {
	s := r.text(column)
	if s == "" || v.has(s) {
		return s
	}
	r.unknown(column, s, v)
	return ""
}

func (r *row) unknown(column, value string, v vocabulary) {
	message, hint := v.unknown(value)
	if strings.ContainsAny(value, "；、，,/") {
		hint = locale.T("几个值之间用英文分号 ; 隔开", "divide several values by ;")
	}
	r.at(r.get(column), "unknown-word",
		locale.Tf("列“%[1]s”：%[2]s", "column “%[1]s”: %[3]s", column, message.ZH, message.EN), hint)
}

// list returns the values of a cell, which are divided by semicolons.
func (r *row) list(column string) []string {
	var list []string
	for part := range strings.SplitSeq(r.text(column), ";") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case slices.Contains(list, part):
			r.bad(column, "repeated-value", locale.Tf("里“%s”写了两次", "holds “%s” twice", part),
				locale.T("只留一处", "keep one of them"))
		default:
			list = append(list, part)
		}
	}
	return list
}

// words returns the keys of a vocabulary in a cell.
func (r *row) words(column string, v vocabulary) []string {
	list := r.list(column)
	return slices.DeleteFunc(list, func(s string) bool {
		if v.has(s) {
			return false
		}
		r.unknown(column, s, v)
		return true
	})
}

// flag returns whether the cell says true; an empty cell says false.
func (r *row) flag(column string) bool {
	switch r.text(column) {
	case "":
		return false
	case "true", "TRUE": // spreadsheets write their own TRUE
		return true
	}
	r.bad(column, "bad-flag", locale.T("应当是 true 或者空着", "should be true or empty"),
		locale.T("写 true，或者空着", "write true, or leave it empty"))
	return false
}

// region returns an ISO 3166-1 alpha-2 code.
func (r *row) region(column string) string {
	s := r.need(column)
	if s == "" {
		return ""
	}
	code, err := language.ParseRegion(s)
	if err != nil || !code.IsCountry() || code.Canonicalize().String() != s || len(s) != 2 {
		r.bad(column, "bad-country", locale.T("不是国家或地区代码", "is not a country code"),
			locale.T("写两个大写字母的 ISO 3166-1 代码，例如 GB、US", "write the two capitals of ISO 3166-1, such as GB or US"))
		return ""
	}
	return s
}

// tongue accepts an ISO 639-1 code.
func (r *row) tongue(column, s string) bool {
	code, err := language.ParseBase(s)
	if err != nil || len(s) != 2 || code.String() != s {
		r.bad(column, "bad-language", locale.Tf("里“%s”不是语言代码", "“%s” is not a language code", s),
			locale.T("写两个小写字母的 ISO 639-1 代码，例如 en、fr", "write the two letters of ISO 639-1, such as en or fr"))
		return false
	}
	return true
}

func (r *row) place() site.Row {
	p := site.Row{File: r.file, Line: r.line}
	if i, has := r.header["sample"]; has {
		p.SampleLine, p.SampleColumn = r.cells[i].line, r.cells[i].column
	}
	return p
}
