package form

import (
	"encoding/json"
	"strconv"
	"strings"
)

// check is one entry of data-checks: what is tried, with what, and the words
// for an answer that does not hold.
type check [3]string

// checks writes what a script can check as a person leaves the field, with the
// server's own words: see the head of control.go.
func (p *page) checks(x *Field) {
	var list []check
	say := func(code, param string) {
		list = append(list, check{code, param, x.say(code, param).In(p.lang)})
	}
	if !x.Optional {
		list = append(list, check{"missing", "", x.missing().In(p.lang)})
	}
	if x.Type != Number && x.Limits.MaxLength > 0 {
		say("max", strconv.Itoa(x.Limits.MaxLength))
	}
	switch x.Type {
	case Email:
		say("email-local", "")
		say("email", "")
	case Number:
		say("number", "")
		if x.Limits.Decimals == 0 {
			say("whole", "")
		} else {
			say("decimals", strconv.Itoa(x.Limits.Decimals))
		}
	case Date:
		say("date", "")
	case Upload:
		if x.Limits.Files > 1 {
			say("too-many-files", strconv.Itoa(x.Limits.Files))
		}
		list = append(list,
			check{"file-size", strconv.FormatInt(x.Limits.Size, 10), x.tooLarge("{file}").In(p.lang)},
			check{"file-type", strings.Join(x.extensions(), ","), x.wrongKind("{file}").In(p.lang)})
	}
	for _, r := range p.form.made.rules[x.Name] {
		// The words of the rules between two fields name the other's answer; a
		// length that is said already is not said twice.
		if _, takes := ruleSpec(r.tag); takes != another && !(r.tag == "max" && x.Type != Number && x.Limits.MaxLength > 0) {
			say(r.tag, r.text())
		}
	}
	if len(list) == 0 {
		return
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // texts and nothing else
	}
	p.attr("data-checks", string(b))
}
