package desk

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestReferencesCheckThemselves(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		ref, err := reference(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[ref] {
			t.Fatalf("%s came twice", ref)
		}
		seen[ref] = true
		s := strings.ReplaceAll(strings.TrimPrefix(ref, "HZ-"), "-", "")
		if len(ref) != 14 || len(s) != 9 || s[8] != check(s[:8]) || strings.ContainsAny(s, "01IOLS5B8Z2UV") {
			t.Fatal(ref)
		}
	}
	// Every slip of one character and every exchange of neighbours shows.
	const s = "7K3F9QXT"
	for i := range len(s) {
		for j := range len(alphabet) {
			other := s[:i] + alphabet[j:j+1] + s[i+1:]
			if other != s && check(other) == check(s) {
				t.Errorf("%s and %s have one check character", s, other)
			}
		}
		if i > 0 {
			other := s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:]
			if other != s && check(other) == check(s) {
				t.Errorf("%s and %s have one check character", s, other)
			}
		}
	}
	if _, err := reference(strings.NewReader("")); err == nil {
		t.Error("a reference came from no randomness")
	}
}

func TestANumberIsReadHoweverItIsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"HZ-7K3F-9QXT-C": "HZ-7K3F-9QXT-C", " hz-7k3f-9qxt-c ": "HZ-7K3F-9QXT-C", "7k3f9qxtc": "HZ-7K3F-9QXT-C", "hz 7K3F 9QXT C": "HZ-7K3F-9QXT-C",
		"ＨＺ－７Ｋ３Ｆ－９ＱＸＴ－Ｃ": "HZ-7K3F-9QXT-C", "HZ—7K3F–9QXT‐C": "HZ-7K3F-9QXT-C",
		"": "", "HZ-7K3F": "HZ-7K3F", "HZ-0K3F-9QXT-C": "HZ-0K3F-9QXT-C", "' OR 1=1": "' OR 1=1",
	} {
		if got := Normal(typed); got != want {
			t.Errorf("Normal(%q) = %q, want %q", typed, got, want)
		}
	}
	if Slip("HZ-7K3F-9QXT-C") != (check("7K3F9QXT") != 'C') || !Slip("HZ-7K3F-9QXT-"+string(other(check("7K3F9QXT")))) || Slip("nonsense") {
		t.Error("slips are not told from numbers")
	}
}

func other(c byte) byte {
	if c == alphabet[0] {
		return alphabet[1]
	}
	return alphabet[0]
}
