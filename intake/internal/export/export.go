// Package export writes opened submissions as one table: CSV for any program,
// or a workbook for a spreadsheet.
//
//	t := export.Table{Lang: locale.ZH}
//	t.Add(export.Entry{Status: sub.Status, Record: record})
//	err := t.CSV(w)
//	err = t.XLSX(w)
//
// The columns come from the records themselves, in the order in which they
// first appear, so that submissions of an older wording of the form stand in
// the same table, and a form that is not published any more can be exported
// too. What people typed is never taken for a formula.
package export

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// Entry is one row.
type Entry struct {
	Status outbox.Status
	desk.Record
}

// Table collects rows. The zero value is ready for use and writes Chinese
// headings.
type Table struct {
	// Lang is the language of our own headings; those of the answers are in
	// the office's.
	Lang    locale.Lang
	lines   []line
	columns []column
	place   map[string]int // of a field's name in columns
}

type column struct{ name, title string }

// line is what is kept of an entry: a record says everything twice.
type line struct {
	own    func(locale.Lang) []string
	values []string // by the places in columns
}

// Add adds a row.
func (t *Table) Add(e Entry) {
	if t.place == nil {
		t.place = map[string]int{}
	}
	reference, title, at, status, lang := e.Reference, e.Title, e.Accepted, e.Status, e.Lang
	l := line{own: func(l locale.Lang) []string {
		return []string{reference, title.In(l), at.In(locale.Beijing()).Format("2006-01-02 15:04:05"), status.Text().In(l), string(lang)}
	}}
	for _, s := range e.Answers {
		for _, a := range s.Rows {
			if _, known := t.place[a.Field]; !known {
				t.place[a.Field] = len(t.columns)
				t.columns = append(t.columns, column{a.Field, a.Label})
			}
			for len(l.values) < len(t.columns) {
				l.values = append(l.values, "")
			}
			l.values[t.place[a.Field]] = a.Value
		}
	}
	t.lines = append(t.lines, l)
}

// own are our columns, before those of the answers.
func (t *Table) own() []locale.Text {
	return []locale.Text{locale.T("回执编号", "Reference"), locale.T("表单", "Form"), locale.T("收到时间（北京）", "Received (Beijing)"),
		locale.T("状态", "Status"), locale.T("语言", "Language")}
}

// rows calls each with every line of the table, the headings first.
func (t *Table) rows(each func([]string) error) error {
	lang := t.Lang
	if lang == "" {
		lang = locale.ZH
	}
	var head []string
	for _, h := range t.own() {
		head = append(head, h.In(lang))
	}
	for _, c := range t.columns {
		head = append(head, c.title)
	}
	if err := each(head); err != nil {
		return err
	}
	for _, l := range t.lines {
		row := make([]string, len(head))
		copy(row[copy(row, l.own(lang)):], l.values)
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

// CSV writes RFC 4180 with a byte order mark, by which spreadsheets know that
// it is UTF-8. A value that a spreadsheet would take for a formula gets an
// apostrophe in front.
func (t *Table) CSV(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString("\ufeff")
	c := csv.NewWriter(b)
	c.UseCRLF = true
	err := t.rows(func(row []string) error {
		safe := make([]string, len(row))
		for i, v := range row {
			safe[i] = defuse(v)
		}
		return c.Write(safe)
	})
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// defuse keeps a spreadsheet from computing what a person typed. A number, and
// a telephone number with spaces, stays as it is; with hyphens it would be
// taken for a sum.
func defuse(s string) string {
	trimmed := strings.TrimLeft(s, " \t\r\n")
	if trimmed == "" || !strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) {
		return s
	}
	if strings.ContainsRune("+-", rune(trimmed[0])) && trimmed == s && !strings.ContainsFunc(s[1:], func(r rune) bool { return (r < '0' || r > '9') && r != ' ' && r != '.' }) {
		return s
	}
	return "'" + s
}

// XLSX writes a workbook of one sheet, its heading frozen. Every cell is text,
// so that nothing is computed and no leading zero is lost.
func (t *Table) XLSX(w io.Writer) (err error) {
	// Its large temporary file would hold everything in the clear, and stay
	// after a crash. In a folder that cannot be, all stays in memory.
	f := excelize.NewFile(excelize.Options{TmpDir: os.DevNull})
	defer f.Close()
	const sheet = "Sheet1"
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}, NumFmt: 49})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	body, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}, NumFmt: 49})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := s.SetColWidth(1, len(t.own())+max(len(t.columns), 1), 24); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	n := 0
	err = t.rows(func(row []string) error {
		n++
		style := body
		if n == 1 {
			style = bold
		}
		cells := make([]any, len(row))
		for i, v := range row {
			// A cell holds at most so many characters (ECMA-376 part 1, 18.3.1.4).
			if r := []rune(v); len(r) > excelize.TotalCellChars {
				v = string(r[:excelize.TotalCellChars-1]) + "…"
			}
			cells[i] = excelize.Cell{StyleID: style, Value: v}
		}
		cell, err := excelize.CoordinatesToCellName(1, n)
		if err != nil {
			return err
		}
		return s.SetRow(cell, cells)
	})
	if err == nil {
		err = s.Flush()
	}
	if err == nil {
		err = f.Write(w)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
