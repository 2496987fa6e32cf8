package export

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

func entry(reference string, answers ...desk.Answer) Entry {
	return Entry{Status: outbox.Handling, Record: desk.Record{Reference: reference, Title: locale.T("示例申报", "Sample request"), Lang: locale.EN,
		Accepted: time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC), Answers: []desk.Section{{Title: "内容", Rows: answers}}}}
}

func sample() *Table {
	t := &Table{}
	t.Add(entry("HZ-7K3F-9QXT-C", desk.Answer{Field: "school", Label: "学校", Value: "示例小学 01"}, desk.Answer{Field: "phone", Label: "电话", Value: "+1 555 0100"}))
	t.Add(entry("HZ-9QXT-7K3F-C", desk.Answer{Field: "school", Label: "学校名称", Value: "=HYPERLINK(\"http://example.org\")"},
		desk.Answer{Field: "code", Label: "代码", Value: "007"}, desk.Answer{Field: "more", Label: "其他", Value: "a \"b\",\nc"}))
	return t
}

func want() [][]string {
	return [][]string{
		{"回执编号", "表单", "收到时间（北京）", "状态", "语言", "学校", "电话", "代码", "其他"},
		{"HZ-7K3F-9QXT-C", "示例申报", "2026-03-01 09:00:00", "正在办理", "en", "示例小学 01", "+1 555 0100", "", ""},
		{"HZ-9QXT-7K3F-C", "示例申报", "2026-03-01 09:00:00", "正在办理", "en", "'=HYPERLINK(\"http://example.org\")", "", "007", "a \"b\",\nc"},
	}
}

func TestCSVIsReadBackAndComputesNothing(t *testing.T) {
	var b bytes.Buffer
	if err := sample().CSV(&b); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want(), slices.Equal) {
		t.Errorf("got  %q\nwant %q", got, want())
	}
}

func TestWhatLooksLikeAFormulaIsText(t *testing.T) {
	for in, out := range map[string]string{
		"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3+cmd": "'-2+3+cmd", " =1": "' =1", "\t=1": "'\t=1", "＝1": "'＝1",
		"+86 571 0000": "+86 571 0000", "+86-571-0000": "'+86-571-0000", "-1-2": "'-1-2", "-5": "-5", "a=b": "a=b", "": "", "示例": "示例",
	} {
		if got := defuse(in); got != out {
			t.Errorf("defuse(%q) = %q, want %q", in, got, out)
		}
	}
}

func TestTheWorkbookHoldsTextAlone(t *testing.T) {
	var b bytes.Buffer
	if err := sample().XLSX(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range want() {
		for j, v := range row {
			if v = strings.TrimPrefix(v, "'"); j < len(got[i]) && got[i][j] != v || j >= len(got[i]) && v != "" {
				t.Errorf("row %d column %d: got %q, want %q", i, j, got[i], v)
			}
		}
	}
	for _, cell := range []string{"F3", "H3"} {
		kind, err := f.GetCellType("Sheet1", cell)
		if formula, _ := f.GetCellFormula("Sheet1", cell); err != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s is of type %v with the formula %q (%v)", cell, kind, formula, err)
		}
	}
}
