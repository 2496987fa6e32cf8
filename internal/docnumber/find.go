package docnumber

// Match is a document number in a running text.
type Match struct {
	Start, End int    // offsets in the text
	Key        string // canonical
	Text       string // as written
	Known      bool   // the caller's library has it
}

// Key returns the canonical key of s, which must be one document number and
// nothing else but spaces around it.
func Key(s string) (key string, ok bool) { return "", false }

// Display writes a number, typed in any form, as the national standard does.
// What is no document number is returned as it is.
func Display(s string) string { return s }

// Find returns the document numbers in text, in order.
func Find(text []byte, known func(key string) bool) []Match { return nil }
