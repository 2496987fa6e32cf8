package form_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func FuzzGroup(f *testing.F) {
	definition := small(f, zone)
	f.Add("members.1.school_name=%E7%A4%BA%E4%BE%8B%E5%B0%8F%E5%AD%A6&members.1.kind=public&members.3.kind=private&members.3.licence=%E2%80%AE1")
	f.Add("members.2.kind=public&members.2.licence=x&members.9999.school_name=y&members.10000.school_name=y&_add=members")
	f.Add("members.1.joined=2020-01-01&members.1.founded=2021-01-01&_drop=members.1&members.1.school_name=%00")
	f.Add("members.1.kind=public&members.1.kind=private&members.01.kind=public&members.+1.kind=public&members.1.place=330106")
	f.Fuzz(func(t *testing.T, query string) {
		in, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if r, turned := definition.Rows(in); turned {
			v := form.View{Lang: locale.EN, Answers: definition.BindAll(r.Values, nil), Rows: r.Count, Focus: r.Focus}
			if found := audit(t, draw(t, definition, v)); len(found) > 0 {
				t.Fatal(found)
			}
		}
		a := definition.Bind(in, nil)
		if again := definition.Bind(a.Values, nil); !reflect.DeepEqual(again.Values, a.Values) {
			t.Fatalf("cleaning twice differs: %q, then %q", a.Values, again.Values)
		}
		faults := definition.Validate(a, now())
		for _, fault := range faults {
			if !fault.Message.Has(locale.ZH) || !fault.Message.Has(locale.EN) || definition.Field(fault.Field) == nil {
				t.Fatalf("%+v", fault)
			}
		}
		// What was typed comes back in the row that a fault names.
		all := definition.BindAll(in, nil)
		for name, v := range a.Values {
			if !slices.Equal(all.Values[name], v) {
				t.Fatalf("%s is %q, and shown again as %q", name, v, all.Values[name])
			}
		}
		out := draw(t, definition, form.View{Lang: locale.EN, Answers: all, Faults: faults})
		if found := audit(t, out); len(found) > 0 {
			t.Fatal(found)
		}
		if len(faults) == 0 {
			arrives(t, definition, a)
		}
	})
}

// arrives holds for all answers that were taken: they survive JSON, and each of
// them stands in the report and in the table.
func arrives(t *testing.T, f *form.Form, a form.Answers) {
	t.Helper()
	body := map[string]any{}
	rows := []map[string]string{}
	for name, v := range a.Values {
		var n int
		var key string
		if _, err := fmt.Sscanf(strings.ReplaceAll(name, ".", " "), "members %d %s", &n, &key); err != nil {
			body[name] = v[0]
			continue
		}
		for len(rows) < n {
			rows = append(rows, map[string]string{})
		}
		rows[n-1][key] = v[0]
	}
	body["members"] = rows
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.BindJSON(b); err != nil || !reflect.DeepEqual(again.Values, a.Values) {
		t.Fatalf("as JSON %q became %q: %v", a.Values, again.Values, err)
	}
	reported, cells := map[string]bool{}, map[string]bool{}
	for _, s := range f.Report(a, locale.EN) {
		for _, r := range s.Rows {
			reported[r.Field] = true
		}
	}
	for _, c := range f.Columns() {
		cells[c.Key] = f.Cell(a, c.Key, locale.EN) != ""
	}
	for name := range a.Values {
		if !reported[name] || !cells[name] {
			t.Fatalf("%s is lost on the way", name)
		}
	}
}
