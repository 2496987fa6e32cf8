package render

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

type coverageView struct {
	*listView
	Year      string
	AsOf      locale.Date
	Total     site.Coverage
	Share     string
	Rows      []coverageRow
	Years     []string
	History   []coverageHistory
	CityYears []string
}

// coverageRow is a district in the newest year.
type coverageRow struct {
	*site.District
	*site.Coverage
	Name  string
	Share string
	Meter template.HTML
	Place template.HTMLAttr
}

// coverageHistory is a district's share in each year.
type coverageHistory struct {
	Name   string
	Shares []string
}

func (t *tongue) drawCoverage(w *worker) error {
	p, list := t.section("/coverage/", "coverage")
	p.template = "coverage"
	year := t.lastYear()
	v := &coverageView{listView: list, Year: t.year(year), Total: t.total(year)}
	v.AsOf, list.Sample = v.Total.AsOf, v.Total.Sample
	v.Share = percent(v.Total.SchoolsWithTeacher, v.Total.Schools)
	years := t.coverageYears()
	for _, y := range years {
		v.Years = append(v.Years, fmt.Sprint(y))
		sum := t.total(y)
		v.CityYears = append(v.CityYears, percent(sum.SchoolsWithTeacher, sum.Schools))
	}
	for _, d := range t.s.Districts {
		h := coverageHistory{Name: d.Name.In(t.L)}
		for _, y := range years {
			share := "–"
			if c := t.coverage(y, d.Code); c != nil {
				share = percent(c.SchoolsWithTeacher, c.Schools)
			}
			h.Shares = append(h.Shares, share)
		}
		v.History = append(v.History, h)
		if c := t.coverage(year, d.Code); c != nil {
			v.Rows = append(v.Rows, coverageRow{
				District: d, Coverage: c, Name: d.Name.In(t.L),
				Share: percent(c.SchoolsWithTeacher, c.Schools), Meter: meter(c.SchoolsWithTeacher, c.Schools),
				Place: template.HTMLAttr(fmt.Sprintf(`class="tile-district col-%d row-%d"`, d.Column, d.Top)),
			})
		}
	}
	if len(years) > 0 && !slices.ContainsFunc(t.s.Coverage, func(c *site.Coverage) bool { return c.Sample }) {
		p.data = func(b *buf) { t.coverageData(b, p, years, v.Total.AsOf) }
	}
	p.view = v
	return w.draw(p)
}

// coverageData describes the table. Made-up figures are no data set: whoever
// collects these would not see the label beside them.
func (t *tongue) coverageData(b *buf, p *page, years []int, asOf locale.Date) {
	b.html(`,"@type":"Dataset"`)
	b.jsonField("name", p.title)
	b.jsonField("description", cmp.Or(p.desc, t.word("coverage.history.text")))
	b.jsonField("url", p.canonical())
	b.jsonField("inLanguage", t.L.Tag())
	b.jsonField("dateModified", asOf.String())
	b.jsonField("temporalCoverage", fmt.Sprintf("%d/%d", years[0], years[len(years)-1]))
	b.html(`,"isAccessibleForFree":true,"spatialCoverage":{"@type":"City"`)
	b.jsonField("name", locale.T("杭州市", "Hangzhou").In(t.L))
	b.html("}")
	t.office(b, "creator")
}

// lastYear is the newest year of the coverage table, 0 where it is empty.
func (t *tongue) lastYear() int {
	year := 0
	for _, c := range t.s.Coverage {
		year = max(year, c.Year)
	}
	return year
}

func (t *tongue) coverageYears() []int {
	var years []int
	for _, c := range t.s.Coverage {
		if !slices.Contains(years, c.Year) {
			years = append(years, c.Year)
		}
	}
	slices.Sort(years)
	return years
}

func (t *tongue) coverage(year int, district string) *site.Coverage {
	for _, c := range t.s.Coverage {
		if c.Year == year && c.District == district {
			return c
		}
	}
	return nil
}

// total sums the districts up. Its date is the newest of theirs; it is a
// sample where any of them is.
func (t *tongue) total(year int) site.Coverage {
	sum := site.Coverage{Year: year}
	for _, c := range t.s.Coverage {
		if c.Year != year {
			continue
		}
		sum.Schools += c.Schools
		sum.SchoolsWithTeacher += c.SchoolsWithTeacher
		sum.Teachers += c.Teachers
		sum.Sample = sum.Sample || c.Sample
		if sum.AsOf.Before(c.AsOf) {
			sum.AsOf = c.AsOf
		}
	}
	return sum
}

// percent writes a share to the nearest whole percent.
func percent(part, whole int) string {
	if whole <= 0 {
		return "–"
	}
	return fmt.Sprintf("%d%%", (part*200+whole)/(2*whole))
}

// meter draws a share as a bar. Its number stands beside it in words, so that
// the drawing is hidden from those who do not see it.
func meter(part, whole int) template.HTML {
	if whole <= 0 {
		return ""
	}
	width := min(1000, part*1000/whole)
	return template.HTML(fmt.Sprintf(`<svg class="meter" viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true" focusable="false">`+
		`<rect class="meter-rest" width="1000" height="40" fill="currentColor"/><rect width="%d" height="40" fill="currentColor"/></svg>`, width))
}
