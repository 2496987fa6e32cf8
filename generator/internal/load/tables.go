package load

import (
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// tables reads the directory: districts first, since all others name them.
func (l *loader) tables() error {
	entries, err := l.listing("directory")
	if err != nil {
		return err
	}
	readers := []struct {
		name    string
		columns string
		read    func(*directory, *table)
	}{
		{"districts.csv", "code,name_zh,name_en,column,row", (*directory).district},
		{"zones.csv", "id,name_zh,name_en,district,lead_school,hours_total,hours_taken,since,sample", (*directory).zone},
		{"schools.csv", "id,name_zh,name_en,district,stages,ownership,zone,teachers,website,sample", (*directory).school},
		{"teachers.csv", "id,name_zh,name_en,nationality,mother_tongue,languages,subjects,stages,district,zone,school,star,star_year,years,degree,certificates,available_from,consent,sample", (*directory).teacher},
		{"vacancies.csv", "id,school,title_zh,title_en,subject,stages,type,hours,from,to,pay_min,pay_max,housing,opens,closes,sample", (*directory).vacancy},
		{"coverage.csv", "year,district,schools,schools_with_teacher,teachers,as_of,sample", (*directory).coverage},
	}
	var names []string
	for _, r := range readers {
		names = append(names, r.name)
	}
	for _, e := range entries {
		if e.IsDir() || !slices.Contains(names, e.Name()) {
			l.list = append(l.list, stray("directory/"+e.Name(), slices.Clone(names)))
		}
	}
	d := &directory{loader: l, ids: map[string]map[string]int{}, partial: map[string]bool{}, rows: map[any]*row{}}
	for _, r := range readers {
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == r.name && !e.IsDir() }) {
			continue
		}
		raw, err := l.file("directory/" + r.name)
		if err != nil {
			return err
		}
		s, ok := newSource("directory/"+r.name, raw)
		d.sources = append(d.sources, s)
		d.partial[r.name] = true
		if ok {
			t := readTable(s, strings.Split(r.columns, ","))
			d.partial[r.name] = t.partial
			r.read(d, t)
		}
	}
	d.references()
	for _, s := range d.sources {
		l.list = append(l.list, s.list...)
	}
	return nil
}

// directory is the tables on their way into the site.
type directory struct {
	*loader
	sources []*source
	ids     map[string]map[string]int // by table: id to line
	partial map[string]bool           // tables that could not be read in full
	rows    map[any]*row              // where each value of the site stands
}

func stages() vocabulary {
	return vocabulary{what: locale.T("学段", "stage"), keys: []string{"preschool", "primary", "junior", "senior"}}
}

// fixed makes a vocabulary whose keys are part of the program.
func fixed(what locale.Text, keys ...string) vocabulary { return vocabulary{what: what, keys: keys} }

// taken returns the ids of a table that have been read.
func (d *directory) taken(name string) map[string]int {
	if d.ids[name] == nil {
		d.ids[name] = map[string]int{}
	}
	return d.ids[name]
}

func (d *directory) district(t *table) {
	for _, r := range t.rows {
		v := &site.District{Row: r.place(), Name: r.name(), Column: r.count("column", 0, 30), Top: r.count("row", 0, 30)}
		v.Code = r.id("code", d.taken("districts"))
		if v.Code != "" && (len(v.Code) != 6 || strings.Trim(v.Code, "0123456789") != "") {
			r.bad("code", "bad-district-code", locale.T("不是行政区划代码", "is not a district code"),
				locale.T("写 GB/T 2260 的六位数字，例如 330106", "write the six digits of GB/T 2260, such as 330106"))
			continue
		}
		if v.Code == "" {
			continue
		}
		for _, other := range d.site.Districts {
			if other.Column == v.Column && other.Top == v.Top {
				r.bad("column", "same-place", locale.Tf("和“%s”在地图的同一格", "stands on the same tile of the map as “%s”", other.Name.ZH),
					locale.T("换一个 column 或 row", "give another column or row"))
			}
		}
		d.site.Districts = append(d.site.Districts, v)
	}
}

func (d *directory) zone(t *table) {
	for _, r := range t.rows {
		v := &site.Zone{Row: r.place(), ID: r.id("id", d.taken("zones")), Name: r.name(), District: r.need("district"),
			LeadSchool: r.need("lead_school"), HoursTotal: r.count("hours_total", 0, 10000), HoursTaken: r.count("hours_taken", 0, 10000),
			Since: r.date("since", true), Sample: r.flag("sample")}
		r.need("since")
		r.most("hours_taken", v.HoursTaken, "hours_total", v.HoursTotal)
		d.site.Zones = append(d.site.Zones, v)
		d.rows[v] = r
	}
}

func (d *directory) school(t *table) {
	for _, r := range t.rows {
		v := &site.School{Row: r.place(), ID: r.id("id", d.taken("schools")), Name: r.name(), District: r.need("district"),
			Stages: r.words("stages", stages()), Zone: r.text("zone"), Teachers: r.count("teachers", 0, 1000), Sample: r.flag("sample")}
		r.need("stages")
		if r.need("ownership") != "" {
			v.Ownership = r.word("ownership", fixed(locale.T("办学性质", "ownership"), "public", "private"))
		}
		v.Website = r.website("website")
		d.site.Schools = append(d.site.Schools, v)
		d.rows[v] = r
	}
}

func (d *directory) teacher(t *table) {
	thisYear := d.opt.Now.In(locale.Beijing()).Year()
	for _, r := range t.rows {
		v := &site.Teacher{Row: r.place(), ID: r.id("id", d.taken("teachers"), "subject", "stage"), Name: r.name(), Nationality: r.region("nationality"),
			Subjects: r.words("subjects", d.words.subjects), Stages: r.words("stages", stages()), District: r.need("district"),
			Zone: r.text("zone"), School: r.text("school"), StarYear: r.number("star_year", 2000, max(thisYear, 2100)),
			Years: r.count("years", 0, 70), Certificates: r.words("certificates", d.words.certificates),
			AvailableFrom: r.date("available_from", false), Consent: r.date("consent", false), Sample: r.flag("sample")}
		if s := r.need("mother_tongue"); s != "" && r.tongue("mother_tongue", s) {
			v.MotherTongue = s
		}
		v.Languages = slices.DeleteFunc(r.list("languages"), func(s string) bool { return !r.tongue("languages", s) })
		r.need("subjects")
		r.need("stages")
		if star := r.word("star", fixed(locale.T("星级", "star rating"), "3", "4", "5")); star != "" {
			v.Star = int(star[0] - '0')
		}
		if (r.text("star") == "") != (r.text("star_year") == "") {
			r.bad("star_year", "star-without-year", locale.T("与 star 不配套", "does not go with star"),
				locale.T("star 和 star_year 要么都填，要么都空着", "fill in both star and star_year, or neither"))
		}
		if r.need("degree") != "" {
			v.Degree = r.word("degree", fixed(locale.T("学位", "degree"), "bachelor", "master", "doctor"))
		}
		if r.text("consent") == "" {
			r.at(r.get("consent"), "no-consent", locale.T("没有本人同意公开的日期", "there is no date of the teacher's consent"),
				locale.T("得到书面同意以后填日期；没有同意就删去这一行", "fill it in when you have the written consent; without it, delete the row"))
		}
		if !v.Sample && locale.Today(d.opt.Now).Before(v.Consent) {
			r.bad("consent", "future-consent", locale.T("还没有到", "is still to come"),
				locale.T("填本人签署同意书的日期", "give the day on which the teacher signed the consent"))
		}
		d.site.Teachers = append(d.site.Teachers, v)
		d.rows[v] = r
	}
}

func (d *directory) vacancy(t *table) {
	for _, r := range t.rows {
		v := &site.Vacancy{Row: r.place(), ID: r.id("id", d.taken("vacancies")), School: r.need("school"),
			Title: locale.Text{ZH: r.need("title_zh"), EN: r.need("title_en")}, Stages: r.words("stages", stages()),
			Hours: r.number("hours", 1, 60), From: r.date("from", false), To: r.date("to", false),
			PayMin: r.number("pay_min", 0, 1000000), PayMax: r.number("pay_max", 0, 1000000),
			Opens: r.date("opens", false), Closes: r.date("closes", false), Sample: r.flag("sample")}
		if r.need("subject") != "" {
			v.Subject = r.word("subject", d.words.subjects)
		}
		r.need("stages")
		if r.need("type") != "" {
			v.Type = r.word("type", fixed(locale.T("岗位类型", "type of post"), "full-time", "part-time", "zone"))
		}
		v.Housing = r.word("housing", fixed(locale.T("住房安排", "housing"), "provided", "allowance", "none"))
		r.need("opens")
		r.order("from", v.From, "to", v.To)
		r.order("opens", v.Opens, "closes", v.Closes)
		if v.PayMax > 0 {
			r.most("pay_min", v.PayMin, "pay_max", v.PayMax)
		}
		d.site.Vacancies = append(d.site.Vacancies, v)
		d.rows[v] = r
	}
}

func (d *directory) coverage(t *table) {
	before := map[string]int{}
	for _, r := range t.rows {
		v := &site.Coverage{Row: r.place(), Year: r.count("year", 2000, 2100), District: r.need("district"),
			Schools: r.count("schools", 0, 100000), SchoolsWithTeacher: r.count("schools_with_teacher", 0, 100000),
			Teachers: r.count("teachers", 0, 100000), AsOf: r.date("as_of", false), Sample: r.flag("sample")}
		r.need("as_of")
		r.most("schools_with_teacher", v.SchoolsWithTeacher, "schools", v.Schools)
		key := r.text("year") + " " + v.District
		if first, taken := before[key]; taken {
			r.bad("district", "duplicate-id", locale.Tf("在同一年已经有第 %d 行", "has line %d for the same year", first),
				locale.T("每个区每年只写一行", "write one row for a district and year"))
			continue
		}
		before[key] = r.line
		d.site.Coverage = append(d.site.Coverage, v)
		d.rows[v] = r
	}
}

// most reports a number that is larger than one it is part of.
func (r *row) most(column string, n int, limit string, most int) {
	if n > most && r.text(limit) != "" {
		r.bad(column, "wrong-order", locale.Tf("大于列“%s”的 %d", "is larger than the %[2]d of column “%[1]s”", limit, most),
			locale.T("核对两个数", "check the two numbers"))
	}
}

// order reports an end before its beginning.
func (r *row) order(first string, from locale.Date, last string, to locale.Date) {
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		r.bad(last, "wrong-order", locale.Tf("早于列“%s”的 %s", "comes before the %[2]s of column “%[1]s”", first, from),
			locale.T("核对两个日期", "check the two dates"))
	}
}

func (r *row) website(column string) string {
	s := r.text(column)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		r.bad(column, "bad-address", locale.T("不是网址", "is no address of a website"),
			locale.T("写完整的网址，以 https:// 开头", "write the full address, beginning with https://"))
		return ""
	}
	return s
}

// references checks what the tables say of one another, when all are read.
func (d *directory) references() {
	names := func(what locale.Text, file string, ids func(yield func(string))) vocabulary {
		v := vocabulary{what: what, open: d.partial[file]}
		ids(func(id string) { v.keys = append(v.keys, id) })
		return v
	}
	s := d.site
	districts := names(locale.T("区、县（市）", "district"), "districts.csv", func(yield func(string)) {
		for _, v := range s.Districts {
			yield(v.Code)
		}
	})
	schools := map[string]*site.School{}
	schoolIDs := names(locale.T("学校编号", "school"), "schools.csv", func(yield func(string)) {
		for _, v := range s.Schools {
			yield(v.ID)
			schools[v.ID] = v
		}
	})
	zoneIDs := names(locale.T("片区编号", "zone"), "zones.csv", func(yield func(string)) {
		for _, v := range s.Zones {
			yield(v.ID)
		}
	})
	same := func(r *row, column, district string, school *site.School) {
		if school != nil && school.District != district && district != "" && school.District != "" {
			r.bad(column, "district-differs", locale.Tf("在 %s，这一行写的是 %s", "lies in %s, but this row says %s", school.District, district),
				locale.T("核对 district 和学校编号", "check district and the school's id"))
		}
	}
	for _, v := range s.Zones {
		r := d.rows[v]
		r.refer("district", districts)
		r.refer("lead_school", schoolIDs)
		lead := schools[v.LeadSchool]
		same(r, "lead_school", v.District, lead)
		if lead != nil && lead.Zone != v.ID && v.ID != "" {
			r.bad("lead_school", "zone-differs", locale.T("不属于这个片区", "does not belong to this zone"),
				locale.T("在 schools.csv 里给这所学校填上片区编号", "give the school this zone in schools.csv"))
		}
	}
	for _, v := range s.Schools {
		r := d.rows[v]
		r.refer("district", districts)
		r.refer("zone", zoneIDs)
	}
	for _, v := range s.Teachers {
		r := d.rows[v]
		r.refer("district", districts)
		r.refer("zone", zoneIDs)
		r.refer("school", schoolIDs)
		same(r, "school", v.District, schools[v.School])
	}
	for _, v := range s.Vacancies {
		d.rows[v].refer("school", schoolIDs)
	}
	for _, v := range s.Coverage {
		d.rows[v].refer("district", districts)
	}
	// Rows without an id have no address.
	s.Zones = slices.DeleteFunc(s.Zones, func(v *site.Zone) bool { return v.ID == "" })
	s.Schools = slices.DeleteFunc(s.Schools, func(v *site.School) bool { return v.ID == "" })
	s.Teachers = slices.DeleteFunc(s.Teachers, func(v *site.Teacher) bool { return v.ID == "" })
	s.Vacancies = slices.DeleteFunc(s.Vacancies, func(v *site.Vacancy) bool { return v.ID == "" })
}

// refer reports an id that no row of its table has.
func (r *row) refer(column string, v vocabulary) {
	s := r.text(column)
	if s == "" || v.has(s) {
		return
	}
	message, hint := v.unknown(s)
	r.at(r.get(column), "unknown-reference", locale.Tf("列“%[1]s”：%[2]s", "column “%[1]s”: %[3]s", column, message.ZH, message.EN), hint)
}
