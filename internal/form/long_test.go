package form_test

import (
	"net/url"
	"strings"
	"testing"

	"waijiao/internal/form"
)

// A domain as long as a whole body would keep a processor busy for an hour, and
// the test with it.
func TestADomainThatIsMuchTooLongIsNotTried(t *testing.T) {
	var domain strings.Builder
	for i := 0; domain.Len() < 1<<20; i++ {
		domain.WriteRune(rune(0x4e00 + i%20_000))
	}
	f, _ := form.Parse("forms/x.yaml", []byte(`audience: school
title: {zh: 甲, en: A}
summary: {zh: 甲, en: A}
next: [{zh: 甲, en: A}]
submit: {zh: 甲, en: A}
privacy: {zh: 甲, en: A}
sections:
  - title: {zh: 甲, en: A}
    why: {zh: 甲, en: A}
    fields:
      - {name: email, type: email, label: {zh: 甲, en: A}, role: email}
`), form.Env{})
	a := f.Bind(url.Values{"email": {"sample@" + domain.String() + ".cn"}}, nil)
	if faults := f.Validate(a, now()); len(faults) != 1 || faults[0].Field != "email" {
		t.Errorf("%v", faults)
	}
}
