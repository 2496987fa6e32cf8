package docnumber_test

import (
	"slices"
	"strings"
	"testing"

	"waijiao/internal/docnumber"
)

func TestKeyOfEveryBracketForm(t *testing.T) {
	const want = "杭政办函〔2017〕6号"
	opening := []string{"〔", "[", "【", "(", "［", "（", "﹝", "{", "｛", "《"}
	closing := []string{"〕", "]", "】", ")", "］", "）", "﹞", "}", "｝", "》"}
	for _, o := range opening {
		for _, c := range closing {
			for _, year := range []string{"2017", "２０１７", " 2017 ", "\u30002017\u3000", "2017年", "二〇一七", "二○一七"} {
				for _, number := range []string{"6", "６", " 6 ", "第6", "第 6 ", "06", "六", "第六"} {
					s := "杭政办函" + o + year + c + number + "号"
					if got, ok := docnumber.Key(s); !ok || got != want {
						t.Fatalf("Key(%q) = %q, %v", s, got, ok)
					}
				}
			}
		}
	}
}

func TestKey(t *testing.T) {
	for s, want := range map[string]string{
		"杭教高教〔2017〕6号":        "杭教高教〔2017〕6号",
		"  外专发 [2017] 36 号 ":  "外专发〔2017〕36号",
		"杭政办函\u3000〔2019〕20号": "杭政办函〔2019〕20号",
		"国务院令第637号":           "国务院令第637号",
		"国务院令 第 ６３７ 号":        "国务院令第637号",
		"国务院第637号令":           "国务院令第637号",
		"中华人民共和国国务院令第637号":    "国务院令第637号",
		"中华人民共和国国务院令（第637号）":  "国务院令第637号",
		"国务院令 (第 637 号)":      "国务院令第637号",
		"国务院令（第637号)":         "",
		"国务院（第637号）":          "",
		"主席令第五十七号":            "主席令第57号",
		"中华人民共和国主席令第57号":      "主席令第57号",
		"中华人民共和国主席令第五十七号":     "主席令第57号",
		"主席令第九十一号":            "主席令第91号",
		"主席令第十号":              "主席令第10号",
		"主席令第一百零五号":           "主席令第105号",
		"主席令第一百一十号":           "主席令第110号",
		"国发〔2020〕十二号":         "国发〔2020〕12号",

		"":                  "",
		"6号":                "",
		"第6号":               "",
		"〔2017〕6号":          "",
		"杭〔2017〕6号":         "",
		"杭政办函〔2017〕6":       "",
		"杭政办函〔2017〕号":       "",
		"杭政办函〔217〕6号":       "",
		"杭政办函〔2017〕0号":      "",
		"杭政办函〔2017〕123456号": "",
		"杭政办函2017年6号":       "",
		"杭政办函〔2017〕6号文":     "",
		"关于杭政办函〔2017〕6号、7号": "",
		"主席令五十七号":           "",
		"主席令第五十十号":          "",
		"中华人民共和国令第3号":       "",
	} {
		got, ok := docnumber.Key(s)
		if got != want || ok != (want != "") {
			t.Errorf("Key(%q) = %q, %v; want %q", s, got, ok, want)
		}
	}
}

func TestDisplay(t *testing.T) {
	for s, want := range map[string]string{
		"杭政办函[2017]第 6 号": "杭政办函〔2017〕6号",
		"中华人民共和国主席令第57号":  "主席令第五十七号",
		"主席令第10号":         "主席令第十号",
		"主席令第105号":        "主席令第一百零五号",
		"主席令第20号":         "主席令第二十号",
		"国务院第六百三十七号令":     "国务院令第637号",
		"征求意见稿":           "征求意见稿",
	} {
		if got := docnumber.Display(s); got != want {
			t.Errorf("Display(%q) = %q, want %q", s, got, want)
		}
	}
}

func library(keys ...string) func(string) bool {
	return func(key string) bool { return slices.Contains(keys, key) }
}

func TestFind(t *testing.T) {
	known := library("杭政办函〔2017〕6号", "政办函〔2017〕6号", "外专发〔2017〕36号", "主席令第57号", "国务院令第637号")
	// Each match is written as its text, with a ! where the library has it,
	// and with its key where that reads otherwise.
	for text, want := range map[string]string{
		"根据杭政办函〔2017〕6号，":              "!杭政办函〔2017〕6号",
		"见《意见》（杭政办函[2017]第6号）。":        "!杭政办函[2017]第6号=杭政办函〔2017〕6号",
		"由外专发〔2017〕36号和外专发〔2017〕40号规定": "!外专发〔2017〕36号 外专发〔2017〕40号",
		"按照主席令第五十七号":                   "!主席令第五十七号=主席令第57号",
		"中华人民共和国主席令第57号公布":             "!中华人民共和国主席令第57号=主席令第57号",
		"国务院第637号令":                    "!国务院第637号令=国务院令第637号",
		"杭政办函〔2017〕\n6号":               "!杭政办函〔2017〕\n6号=杭政办函〔2017〕6号",
		"杭政办函〔2017〕6号楼":                "!杭政办函〔2017〕6号",

		"依据国办发〔2017〕47号":             "国办发〔2017〕47号",
		"参照浙教外〔2015〕3号文件":            "浙教外〔2015〕3号",
		"杭州市教育局杭教高教〔2018〕9号":         "杭教高教〔2018〕9号",
		"以及教育部令第45号":                 "教育部令第45号",
		"依照中华人民共和国公安部令第3号":           "公安部令第3号",
		"教外厅〔2020〕1号，国办发（2021）2号":    "教外厅〔2020〕1号 国办发（2021）2号=国办发〔2021〕2号",
		"under 国办发〔2017〕47号 of 2017": "国办发〔2017〕47号",

		"第6号":                "",
		"地铁2017年6号线":         "",
		"（2017）6号楼":          "",
		"建设路（2017）6号楼":       "",
		"文一路2017号，（2017）浙6号": "",
		"下达命令第3号":            "",
		"《办法》（2017）6号":       "",
		"号":                  "",
		"6号":                 "",
		"〔2017〕6号":           "",
		"甲乙丙丁〔1900〕6号":       "",
	} {
		var got []string
		for _, m := range docnumber.Find([]byte(text), known) {
			s := m.Text
			if m.Known {
				s = "!" + s
			}
			if m.Key != m.Text {
				s += "=" + m.Key
			}
			if text[m.Start:m.End] != m.Text {
				t.Errorf("%q: text %q is not at %d:%d", text, m.Text, m.Start, m.End)
			}
			got = append(got, s)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("Find(%q)\n got %q\nwant %q", text, g, want)
		}
	}
}

func TestAnUnknownAgencyIsOfSensibleLength(t *testing.T) {
	m := docnumber.Find([]byte(strings.Repeat("甲乙丙丁戊己", 10)+"〔2017〕6号"), nil)
	if len(m) != 1 || m[0].Key != "甲乙丙丁戊己甲乙丙丁戊己〔2017〕6号" {
		t.Errorf("%+v", m)
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"根据杭政办函〔2017〕6号，见主席令第五十七号", "国务院第637号令", "（2017）6号楼", "第一百零五号", "号号", "\xe5\x8f号令第三号"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, known := range []func(string) bool{nil, func(key string) bool { return len(key)%2 == 0 }} {
			end := 0
			for _, m := range docnumber.Find([]byte(s), known) {
				if m.Start < end || m.End <= m.Start || m.End > len(s) || s[m.Start:m.End] != m.Text {
					t.Fatalf("match %+v is out of place in %q", m, s)
				}
				end = m.End
				if key, ok := docnumber.Key(m.Key); !ok || key != m.Key {
					t.Fatalf("key %q reads as %q", m.Key, key)
				}
				if key, ok := docnumber.Key(m.Text); !m.Known && (!ok || key != m.Key) {
					t.Fatalf("text %q of key %q reads as %q", m.Text, m.Key, key)
				}
			}
		}
		if key, ok := docnumber.Key(s); ok {
			if again, ok := docnumber.Key(docnumber.Display(key)); !ok || again != key {
				t.Fatalf("%q: key %q displayed as %q reads as %q", s, key, docnumber.Display(key), again)
			}
		}
	})
}

func BenchmarkFindNone(b *testing.B) {
	text := []byte(strings.Repeat("学校聘用外籍教师，应当先在系统注册账号，再提交材料。", 50))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		docnumber.Find(text, nil)
	}
}
