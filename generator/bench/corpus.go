package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"waijiao/generator/internal/load"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// write makes n documents in each language below the content folder: policies,
// notices and guides by turns. The same n gives the same bytes.
func write(content string, n int) error {
	for i := range n {
		kind := []site.Kind{site.KindPolicy, site.KindNotice, site.KindGuide}[i%3]
		dir := filepath.Join(content, string(kind), slug(i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		zh := document(kind, locale.ZH, i, n, "")
		stamp, ok := load.Fingerprint(kind, []byte(zh))
		if !ok {
			return fmt.Errorf("%s: the front matter cannot be read", dir)
		}
		for name, text := range map[string]string{"zh.md": zh, "en.md": document(kind, locale.EN, i, n, stamp)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func slug(i int) string { return fmt.Sprintf("bench-%05d", i) }

func path(i int) string {
	return "/" + []string{"policies", "notices", "guides"}[i%3] + "/" + slug(i) + "/"
}

// number is the document number of the i-th document, if it is a policy.
func number(i int) string { return fmt.Sprintf("杭教示〔%d〕%d号", 2001+i%25, i+1) }

// writer draws sentences of one language.
type writer struct {
	*rand.Rand
	lang locale.Lang
	n    int
}

func (w *writer) in(t locale.Text) string { return t.In(w.lang) }

func (w *writer) pick(list []locale.Text) string { return w.in(list[w.IntN(len(list))]) }

func (w *writer) sentences(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 && w.lang == locale.EN {
			b.WriteByte(' ')
		}
		b.WriteString(w.pick(sentences()))
	}
	return b.String()
}

// document writes one document: front matter, then sections with paragraphs,
// lists, a table, a quotation, links and a footnote until it is long enough.
func document(kind site.Kind, lang locale.Lang, i, n int, stamp string) string {
	seed := uint64(i)
	if lang == locale.EN {
		seed += 1 << 32
	}
	w := &writer{rand.New(rand.NewPCG(20260301, seed)), lang, n}
	var b strings.Builder
	w.front(&b, kind, i, stamp)
	want := 3100 + w.IntN(1500)
	b.WriteString("\n" + w.sentences(3) + "\n")
	for section := 0; b.Len() < want; section++ {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", w.in(headings()[section%len(headings())]), w.sentences(2+w.IntN(2)))
		switch section {
		case 0:
			for range 4 {
				b.WriteString("\n- " + w.pick(sentences()))
			}
			b.WriteString("\n")
		case 1:
			b.WriteString("\n" + w.in(locale.T("| 序号 | 材料 | 份数 |\n| ---: | --- | :---: |\n", "| No. | Material | Copies |\n| ---: | --- | :---: |\n")))
			for row := range 5 {
				fmt.Fprintf(&b, "| %d | %s | %d |\n", row+1, w.pick(materials()), 1+w.IntN(3))
			}
		case 2:
			for step := range 3 {
				fmt.Fprintf(&b, "\n%d. %s", step+1, w.pick(sentences()))
			}
			other := w.IntN(n)
			fmt.Fprintf(&b, w.in(locale.T("\n\n### 请注意\n\n参见[相关文件](%s)和[全部指南](/guides/)。%s[^1]\n\n> %s\n",
				"\n\n### Please note\n\nSee [a related document](%s) and [all guides](/guides/). %s[^1]\n\n> %s\n")), path(other), w.sentences(2), w.pick(sentences()))
			b.WriteString("\n[^1]: " + w.pick(sentences()) + "\n")
		}
	}
	return b.String()
}

func (w *writer) front(b *strings.Builder, kind site.Kind, i int, stamp string) {
	name := w.pick(materials())
	fmt.Fprintf(b, "---\ntitle: \"%s\"\nsummary: \"%s\"\n", w.in(locale.Tf("关于%[1]s的第%[2]d号文件", "Document %[2]d on the %[1]s", name, i)), plain(w.pick(sentences())))
	if stamp != "" {
		fmt.Fprintf(b, "translates: \"%s\"\n", stamp)
	}
	if w.lang == locale.ZH {
		day := time.Date(2001+i%25, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%360)
		fmt.Fprintf(b, "date: %s\ntags: [hiring, %s]\n", day.Format(time.DateOnly), []string{"visa", "zone", "residence"}[i/3%3])
		switch kind {
		case site.KindPolicy:
			fmt.Fprintf(b, "number: %s\nissuer: 杭州市教育局\ntopic: planning\nissued: %s\nstatus: in-force\n", number(i), day.Format(time.DateOnly))
			if i >= 3 {
				fmt.Fprintf(b, "cites: [%s]\n", number(i-3))
			}
		case site.KindNotice:
			b.WriteString("column: training\n")
		case site.KindGuide:
			b.WriteString("audience: [school, teacher]\n")
			if i >= 2 {
				fmt.Fprintf(b, "basis: [%s]\n", number(i-2))
			}
		}
	}
	if kind == site.KindGuide {
		w.guide(b, i)
	}
	b.WriteString("---\n")
}

// guide writes the keys of a guide. What both languages share does not depend
// on the language's own dice.
func (w *writer) guide(b *strings.Builder, i int) {
	b.WriteString("conditions:\n")
	for range 2 {
		fmt.Fprintf(b, "  - \"%s\"\n", plain(w.pick(sentences())))
	}
	b.WriteString("materials:\n")
	for m := range 3 {
		fmt.Fprintf(b, "  - {name: \"%s\", copies: %d, form: copy}\n", w.in(materials()[(i+m)%len(materials())]), 1+m)
	}
	b.WriteString("steps:\n")
	for s := range 2 {
		fmt.Fprintf(b, "  - {who: \"%s\", what: \"%s\", days: {working: %d}}\n", w.in(locale.T("学校", "School")), plain(w.pick(sentences())), 5*(s+1))
	}
	fmt.Fprintf(b, "time_limit: \"%s\"\nfee: \"%s\"\ncontact: \"office@example.org\"\n",
		w.in(locale.T("十五个工作日。", "Fifteen working days.")), w.in(locale.T("不收费。", "Free of charge.")))
}

// plain takes the signs of markdown out of a sentence.
func plain(s string) string { return strings.NewReplacer("**", "", "*", "", "`", "").Replace(s) }

func headings() []locale.Text {
	return []locale.Text{
		locale.T("一、适用范围", "Who this is for"), locale.T("二、需要的材料", "Papers to bring"), locale.T("三、办理步骤", "Steps"),
		locale.T("四、时限和费用", "Time and cost"), locale.T("五、监督", "Supervision"), locale.T("六、其他", "Other matters"),
		locale.T("七、补充说明", "Further remarks"),
	}
}

func materials() []locale.Text {
	return []locale.Text{
		locale.T("聘用合同", "employment contract"), locale.T("学位证书", "degree certificate"), locale.T("体检证明", "medical report"),
		locale.T("无犯罪记录证明", "certificate of no criminal record"), locale.T("教学计划", "teaching plan"), locale.T("课时安排", "timetable"),
		locale.T("住宿登记", "registration of residence"), locale.T("学校情况说明", "description of the school"),
	}
}

func sentences() []locale.Text {
	return []locale.Text{
		locale.T("学校在学期开始前两个月提出下一学期的聘用需求。", "Schools file their needs for the next term two months before it begins."),
		locale.T("外籍教师到岗后，由教研组安排一位同事作为联系人。", "When the teacher arrives, the subject group names a colleague to turn to."),
		locale.T("同一片区的学校可以共用一名教师，课时由牵头学校协调。", "Schools of one zone may share a teacher, and the lead school settles the hours."),
		locale.T("材料的**原件**在核对以后当场退还，复印件留存备查。", "The **originals** are handed back once they have been compared; copies are kept on file."),
		locale.T("申请人对所填内容的真实性负责。", "Whoever applies answers for the truth of what is filed."),
		locale.T("每学年组织*两次*集中培训，内容包括课堂管理和安全常识。", "There are *two* courses each school year, on managing a class and on safety."),
		locale.T("工作许可到期前三十日办理延期，逾期需要重新申请。", "A work permit is renewed thirty days before it ends; after that a new one has to be applied for."),
		locale.T("收到材料后五个工作日内答复是否受理。", "An answer on whether the papers are accepted follows within five working days."),
		locale.T("课程表中的外教课以`周`为单位填写。", "Lessons with the teacher are entered in the timetable by the `week`."),
		locale.T("对结果有不同意见的，可以在十日内书面提出。", "Whoever disagrees with the result may say so in writing within ten days."),
		locale.T("住房可以由学校提供，也可以折成补贴随工资发放。", "Housing is either provided by the school or paid as an allowance with the salary."),
		locale.T("离任时，双方共同填写交接清单，并在系统中办理注销。", "At the end both sides sign a list of what is handed over, and the permit is cancelled in the system."),
		locale.T("区教育局每季度汇总一次各校在岗人数，报中心备案。", "Every quarter the district's bureau counts the teachers at work and reports to the centre."),
		locale.T("合同应当写明岗位、报酬、工作地点和起止日期。", "The contract names the post, the pay, the place of work, and the first and last day."),
		locale.T("星级评定看教学效果、学生反馈和同行评议三个方面。", "The star rating looks at results, at what pupils say, and at the judgement of colleagues."),
		locale.T("个人信息只用于办理本事项，事项办结后按期删除。", "Personal data are used for this matter alone and deleted in due time when it is closed."),
		locale.T("“一站式服务”是指一次提交、一处受理、一并答复。", "“One-stop service” means one filing, one counter and one answer."),
		locale.T("上课地点有变化的（含临时调整），要提前告知中心。", "Tell the centre beforehand when lessons move, even for a short time."),
	}
}
