package check

import (
	"fmt"
	"strings"
	"testing"

	"waijiao/internal/problem"
)

// Numbers that look like people's are put together here from parts, so that
// none stands in the source; the ID of the first is the standard's own example.
const (
	idPlace, idBirth = "110105", "19491231"
	idEnd            = "002X"
)

func privateIn(text string) string {
	var got []string
	for _, p := range private(newScanner([]string{"office@example.org", "@allowed.example.org"}), "f.md", []byte(text)) {
		if p.Severity != problem.Error || !p.Message.Has("zh") || !p.Hint.Has("en") {
			got = append(got, "bad problem")
		}
		got = append(got, fmt.Sprintf("%s %d:%d", strings.TrimPrefix(p.Code, "private-"), p.Line, p.Column))
	}
	return strings.Join(got, ", ")
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, s)
}

func TestPrivateData(t *testing.T) {
	id := idPlace + idBirth + idEnd
	mobile := "138" + "0013" + "8000"
	mail := "someone" + "@" + "mail.example.net"
	for _, c := range []struct{ text, want string }{
		// Resident IDs.
		{"身份证号" + id, "resident-id 1:5"},
		{"第一行\n证件：" + strings.ToLower(id) + "。", "resident-id 2:4"},
		{idPlace + " " + idBirth + " " + idEnd, "resident-id 1:1"},
		{idPlace + "-" + idBirth + "-002-X", "resident-id 1:1"},
		{"x " + fullWidth(id) + " y", "resident-id 1:3"},
		{"1 " + id, "resident-id 1:3"},
		{id + " " + mobile, "resident-id 1:1, mobile 1:20"},
		{"t001,示例," + id + ",2026-07-21", "resident-id 1:9"},
		{"11010119900307" + "0054", "resident-id 1:1"},
		{"11010119900307" + "0055", ""},                 // one digit off
		{idPlace + idBirth + "0021", ""},                // wrong check digit
		{"110105" + "19491331" + "0028", ""},            // month 13
		{"9133010" + "0MA2ABCDE5X", ""},                 // unified social credit code
		{"1" + id, ""},                                  // nineteen characters
		{"订单 6222 0212 0200 3456 789", ""},              // a bank card
		{"2026-04-07 至 2027-07-05，共 16000-20000 元", ""}, // dates and pay
		// Mobile numbers.
		{"电话：" + mobile, "mobile 1:4"},
		{"tel:+86" + mobile, "mobile 1:6"},
		{"+86 " + mobile, "mobile 1:5"},
		{"(+86)138-0013-8000", "mobile 1:6"},
		{"0086-138 0013 8000", "mobile 1:6"},
		{"138.0013.8000", "mobile 1:1"},
		{"138 00138000", "mobile 1:1"},
		{"手机" + fullWidth(mobile), "mobile 1:3"},
		{"wx" + mobile, "mobile 1:3"},
		{mobile + "a", ""},                   // part of an id
		{"1" + mobile, ""},                   // twelve digits
		{"128" + "00138000", ""},             // no such prefix
		{"0." + mobile, ""},                  // a fraction
		{"0571-" + "88000000", ""},           // an office line
		{"13 800 13 8000", ""},               // not in the groups of a telephone
		{"薪酬 15000-200000 元", ""},            // a range of pay
		{"1990-2000 300", ""},                // years
		{"| 138 | 0013 | 8000 |", ""},        // cells of a table
		{"330106,138,0013,8000", ""},         // cells of a CSV file
		{"外专发〔2017〕36号，1380013", ""},         // short
		{"发文 2026-04-07T13:80:01+08:00", ""}, // a time
		// Passports.
		{"护照号 E" + "12345678", "passport 1:5"},
		{"Passport no.: " + "123456789", "passport 1:15"},
		{"his PASSPORT is GA " + "1234567", "passport 1:17"},
		{"AB" + "123456 （护照）", "passport 1:1"},
		{"护照有效期至 20301231", ""},
		{"护照 E" + "1234567890", ""},
		{"护照事宜请致电 0571-" + "880000000", ""},
		{"护照在下一行\nE" + "12345678", ""},
		{"准考证 E" + "12345678", ""},
		{"护照" + strings.Repeat("，距离太远", 6) + "E" + "12345678", ""},
		// E-mail.
		{"写信给 " + mail + "。", "email 1:5"},
		{"<" + mail + ">", "email 1:2"},
		{"someone＠mail.example.net", "email 1:1"},
		{mail + ".", "email 1:1"},
		{"Office@Example.ORG", ""},
		{"any.body@allowed.example.org", ""},
		{"office2@example.org", "email 1:1"},
		{"office@example.org.cn", "email 1:1"},
		{"any@sub.allowed.example.org", "email 1:1"},
		{"@example", ""}, {"a@b", ""}, {"kong@1.17.0", ""}, {"photo@2x.png", ""}, {"@media (x.y)", ""},
	} {
		if got := privateIn(c.text); got != c.want {
			t.Errorf("%q: found %q, want %q", c.text, got, c.want)
		}
	}
}

func TestScanNeverReadsBeyondItsText(t *testing.T) {
	whole := "护照 E" + "12345678 +86 138-0013-8000 ＠１２３Ｘ a@b.cn 11010519491231002X"
	for i := range len(whole) {
		for j := i; j <= len(whole); j++ {
			newScanner(nil).scan([]byte(whole[i:j]), func(f find) {
				if f.start < 0 || f.end > j-i || f.start >= f.end {
					t.Fatalf("%q: %+v", whole[i:j], f)
				}
			})
		}
	}
}

func BenchmarkPrivate(b *testing.B) {
	text := []byte(strings.Repeat("聘请外籍教师的学校应当在合同开始之日30个工作日前提交申请材料，时间是2026-04-07。\n", 35))
	scan := newScanner(nil)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		scan.scan(text, func(find) {})
	}
}
