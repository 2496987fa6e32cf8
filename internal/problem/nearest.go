package problem

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the known word that the author of word may have meant, for a
// hint: the one that differs in the fewest characters, upper and lower case
// being the same. It returns nothing where even that one differs in more than
// a third of word, or in more than three characters. Of two that are equally
// near, the first in the order of the alphabet is taken.
func Nearest(word string, known []string) string {
	limit := min((utf8.RuneCountInString(word)+1)/3, 3)
	lower := strings.ToLower(word)
	best := ""
	for _, k := range slices.Sorted(slices.Values(known)) {
		n := utf8.RuneCountInString(k)
		if off := n - utf8.RuneCountInString(word); max(off, -off) > limit {
			continue
		}
		if d := levenshtein.ComputeDistance(lower, strings.ToLower(k)); d <= limit {
			best, limit = k, d-1
		}
	}
	return best
}
