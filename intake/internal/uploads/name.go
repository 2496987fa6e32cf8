package uploads

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cleanName makes of what a client calls a file a name that is safe to show, to
// write into a mail and to save under: no path of any system, one line, nothing
// that controls or hides or turns the direction of the text (exe.gpj for
// jpg.exe), and no longer than systems allow, with its ending kept.
func cleanName(name string) string {
	const longest, ending = 255, 24
	name = strings.ReplaceAll(norm.NFC.String(strings.ToValidUTF8(name, "\ufffd")), `\`, "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case r == '\u200c' || r == '\u200d': // some scripts cannot be written without
			return r
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, name)), " ")
	if strings.Trim(name, ". \u200c\u200d") == "" {
		return "file"
	}
	if runes := []rune(name); len(runes) > longest {
		return string(runes[:longest-ending-1]) + "…" + string(runes[len(runes)-ending:])
	}
	return name
}
