package render_test

import (
	"testing"

	"waijiao/generator/internal/render"
)

// The privacy notice promises that a profile says when consent was given.
func TestProfileSaysWhenConsentWasGiven(t *testing.T) {
	s := small(t)
	s.Teachers[0].Consent = day(2026, 8, 27)
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"teachers/t1/index.html":    {"<dt>同意公开日期</dt><dd><time datetime=\"2026-08-27\">2026年8月27日</time></dd>"},
		"en/teachers/t1/index.html": {"<dt>Consent given</dt><dd><time datetime=\"2026-08-27\">27 August 2026</time></dd>"},
	})
}
