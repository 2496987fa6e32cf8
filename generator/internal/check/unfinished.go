package check

import (
	"bytes"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// placeholders finds what is still to be supplied: （待补：…） in Chinese,
// (to be supplied: …) in English.
func (c *checker) placeholders(file string, src []byte) problem.List {
	var places []int
	for _, mark := range []string{"（待补：", "（待补:", "(待补：", "(待补:", "(to be supplied:", "（to be supplied:", "(To be supplied:"} {
		for from := 0; ; {
			i := bytes.Index(src[from:], []byte(mark))
			if i < 0 {
				break
			}
			places = append(places, from+i)
			from += i + len(mark)
		}
	}
	if len(places) == 0 {
		return nil
	}
	if !c.opt.Live {
		first := places[0]
		for _, pos := range places {
			first = min(first, pos)
		}
		return problem.List{problem.Problem{Code: "placeholder", Severity: problem.Warning, File: file,
			Message: counted(len(places), locale.T("还有 %d 处待补", "%d things are still to be supplied"), "one thing is still to be supplied"),
			Hint:    locale.T("正式发布（--live）以前要补全", "supply them before the site goes live (--live)"),
		}.Locate(src, first, 1)}
	}
	var list problem.List
	for _, pos := range places {
		list = append(list, problem.Problem{Code: "placeholder", Severity: problem.Error, File: file,
			Message: locale.T("这里还没有补上", "this is still to be supplied"),
			Hint:    locale.T("写上真实的内容，或者删去这一处", "write what belongs here, or remove it"),
		}.Locate(src, pos, 1))
	}
	return list
}

// unconfirmed reports a document marked as a sample or for review. The mark is
// a fact, so it stands once, in the first edition.
func (c *checker) unconfirmed(d *site.Document, e *site.Edition) problem.List {
	if e != firstEdition(d) {
		return nil
	}
	severity := problem.Warning
	if c.opt.Live {
		severity = problem.Error
	}
	var list problem.List
	if d.Sample {
		list = append(list, at(problem.Problem{Code: "sample", Severity: severity,
			Message: locale.T("这是示例文档", "this document is a sample"),
			Hint:    locale.T("正式发布以前换成真实内容，或者删去", "replace it with a real one, or remove it, before the site goes live"),
		}, e, e.Keys["sample"]))
	}
	if d.Review {
		list = append(list, at(problem.Problem{Code: "review", Severity: severity,
			Message: locale.T("这份文档还有内容待核实", "this document rests on facts that are still to be confirmed"),
			Hint:    locale.T("核实以后删去 review", "confirm them, then remove review"),
		}, e, e.Keys["review"]))
	}
	return list
}

// rows reports the sample rows of the directory.
func (c *checker) rows() problem.List {
	byFile := map[string][]site.Row{}
	var files []string
	note := func(r site.Row, sample bool) {
		if !sample {
			return
		}
		if byFile[r.File] == nil {
			files = append(files, r.File)
		}
		byFile[r.File] = append(byFile[r.File], r)
	}
	for _, r := range c.site.Teachers {
		note(r.Row, r.Sample)
	}
	for _, r := range c.site.Schools {
		note(r.Row, r.Sample)
	}
	for _, r := range c.site.Zones {
		note(r.Row, r.Sample)
	}
	for _, r := range c.site.Vacancies {
		note(r.Row, r.Sample)
	}
	for _, r := range c.site.Coverage {
		note(r.Row, r.Sample)
	}
	var list problem.List
	for _, file := range files {
		rows := byFile[file]
		mark := func(r site.Row, p problem.Problem) {
			p.Code, p.File, p.Line, p.Column, p.Source = "sample", file, r.SampleLine, r.SampleColumn, c.line(file, r.SampleLine)
			list = append(list, p)
		}
		if !c.opt.Live {
			mark(rows[0], problem.Problem{Severity: problem.Warning,
				Message: counted(len(rows), locale.T("有 %d 行示例数据", "%d rows are sample data"), "one row is sample data"),
				Hint:    locale.T("正式发布（--live）以前换成真实数据", "replace them with real data before the site goes live (--live)"),
			})
			continue
		}
		for _, r := range rows {
			mark(r, problem.Problem{Severity: problem.Error,
				Message: locale.T("这一行是示例数据", "this row is sample data"),
				Hint:    locale.T("换成真实数据，或者删去这一行", "replace it with real data, or remove the row"),
			})
		}
	}
	return list
}

// counted puts a number into a text; English has a wording of its own for one.
func counted(n int, many locale.Text, one string) locale.Text {
	t := locale.Tf(many.ZH, many.EN, n)
	if n == 1 {
		t.EN = one
	}
	return t
}
