package site

import "waijiao/internal/locale"

// Row is where a table's entry stands in its file.
type Row struct {
	File string // path below content/
	Line int    // line on which the row begins
	// SampleLine and SampleColumn are where its cell in the column sample
	// stands; 0 in a table without that column.
	SampleLine, SampleColumn int
}

// District is a row of districts.csv.
type District struct {
	Row
	Code        string // GB/T 2260
	Name        locale.Text
	Column, Top int // place on the tile map; Top is the column "row"
}

// Teacher is a row of teachers.csv. Everything here may be public.
type Teacher struct {
	Row
	ID            string
	Name          locale.Text
	Nationality   string   // ISO 3166-1 alpha-2
	MotherTongue  string   // ISO 639-1
	Languages     []string // ISO 639-1
	Subjects      []string
	Stages        []string
	District      string // code
	Zone          string // id, may be empty
	School        string // id, empty without the school's consent
	Star          int    // 0, 3, 4, 5
	StarYear      int
	Years         int // of teaching
	Degree        string
	Certificates  []string
	AvailableFrom locale.Date // zero: not available
	Consent       locale.Date
	Sample        bool
}

// Path is the profile's Chinese address.
func (t *Teacher) Path() string { return "/teachers/" + t.ID + "/" }

// School is a row of schools.csv.
type School struct {
	Row
	ID        string
	Name      locale.Text
	District  string
	Stages    []string
	Ownership string // public, private
	Zone      string
	Teachers  int
	Website   string
	Sample    bool
}

// Path is the school's Chinese address.
func (s *School) Path() string { return "/schools/" + s.ID + "/" }

// Zone is a row of zones.csv: neighbouring schools that share teachers.
type Zone struct {
	Row
	ID         string
	Name       locale.Text
	District   string
	LeadSchool string
	HoursTotal int // a week
	HoursTaken int
	Since      locale.Date // a day or a month
	Sample     bool
}

// Path is the zone's Chinese address.
func (z *Zone) Path() string { return "/zones/" + z.ID + "/" }

// Vacancy is a row of vacancies.csv.
type Vacancy struct {
	Row
	ID       string
	School   string
	Title    locale.Text
	Subject  string
	Stages   []string
	Type     string // full-time, part-time, zone
	Hours    int    // a week
	From, To locale.Date
	PayMin   int // yuan a month before tax; 0: not said
	PayMax   int
	Housing  string // provided, allowance, none
	Opens    locale.Date
	Closes   locale.Date
	Sample   bool
}

// Path is the vacancy's Chinese address.
func (v *Vacancy) Path() string { return "/vacancies/" + v.ID + "/" }

// Open tells whether applications are taken on the day.
func (v *Vacancy) Open(day locale.Date) bool {
	return !day.Before(v.Opens) && (v.Closes.IsZero() || !v.Closes.Before(day))
}

// Coverage is a row of coverage.csv: one district in one year.
type Coverage struct {
	Row
	Year               int
	District           string
	Schools            int
	SchoolsWithTeacher int
	Teachers           int
	AsOf               locale.Date
	Sample             bool
}
