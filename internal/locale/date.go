package locale

import (
	"fmt"
	"strconv"
	"time"
)

// Beijing is the time zone of the house: eight hours ahead of UTC all year. It
// is fixed, so that no program needs a time zone database.
func Beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// Date is a day of the calendar, without a time or a zone. Its zero value
// means that no day is known. A Date without a Day is a whole month.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD (RFC 3339, full-date). A day that does not exist,
// such as 2026-02-30, is an error.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day of the form YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// ParseMonth reads YYYY-MM or YYYY-MM-DD.
func ParseMonth(s string) (Date, error) {
	if t, err := time.Parse("2006-01", s); err == nil {
		return Date{Year: t.Year(), Month: t.Month()}, nil
	}
	return ParseDate(s)
}

// DateOf returns the day on which t falls, in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Today returns the day that it is in Beijing at the time t.
func Today(t time.Time) Date { return DateOf(t.In(Beijing())) }

// IsZero tells whether no day is known.
func (d Date) IsZero() bool { return d.Year == 0 }

// Compare returns -1, 0 or +1 as d comes before, is, or comes after e. No day
// comes before every day.
func (d Date) Compare(e Date) int {
	switch a, b := d.ordinal(), e.ordinal(); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Before tells whether d comes before e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

func (d Date) ordinal() int { return d.Year*10000 + int(d.Month)*100 + d.Day }

// Start returns the first moment of the day in Beijing.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, max(d.Day, 1), 0, 0, 0, 0, Beijing())
}

// String writes YYYY-MM-DD, or YYYY-MM for a month, or nothing for no day.
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// In writes the day as the language does: 2026年3月1日, 1 March 2026.
func (d Date) In(l Lang) string {
	if d.IsZero() {
		return ""
	}
	y, m, day := strconv.Itoa(d.Year), strconv.Itoa(int(d.Month)), strconv.Itoa(d.Day)
	if l == EN {
		if d.Day == 0 {
			return d.Month.String() + " " + y
		}
		return day + " " + d.Month.String() + " " + y
	}
	if d.Day == 0 {
		return y + "年" + m + "月"
	}
	return y + "年" + m + "月" + day + "日"
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD, YYYY-MM or nothing.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseMonth(string(b))
	return err
}
