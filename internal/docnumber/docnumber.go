// Package docnumber reads document numbers (发文字号), the names by which
// official documents of China cite one another, in any of the forms that
// people type.
//
// The national standard for official documents (GB/T 9704) writes the year in
// 〔 〕; people write [ ], 【 】, ( ), ［ ］, （ ） and full-width digits too,
// and put spaces between. All of them mean the same document, and Key gives
// the same key for all of them.
//
// Two forms are read:
//
//   - the code of an agency, a year, a number: 杭政办函〔2017〕6号. A 第 before
//     the number and Chinese numerals are read too.
//   - an order, by its agency and its number: 国务院令第637号, 主席令第五十七号,
//     国务院第637号令, 国务院令（第637号）. 中华人民共和国 before it is left out of
//     the key.
//
// A key is itself a number in the standard form with Arabic digits, so it can
// be shown where nothing better is at hand; Display writes it as it is printed.
//
//	key, ok := docnumber.Key("杭政办函[２０１７] 第 6 号") // 杭政办函〔2017〕6号
//
// Find looks for numbers in running text. Chinese has no spaces between words,
// so in 根据杭政办函〔2017〕6号 only the caller's library can tell where the
// number begins: Find asks it for the longest run of characters before the
// year that makes a known number, and where none is known judges by words that
// commonly stand before a number.
package docnumber

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Match is a document number in a running text.
type Match struct {
	Start, End int    // byte offsets in the text
	Key        string // canonical
	Text       string // as written
	Known      bool   // the caller's library has it
}

const (
	republic = "中华人民共和国"
	hao      = "号"

	minAgency = 2  // Han characters in the code of an agency
	maxAgency = 12 // in one that no library vouches for
	maxRun    = 24 // Han characters looked at before the year
)

// Key returns the canonical key of s, which must be one document number and
// nothing else but spaces around it.
func Key(s string) (key string, ok bool) {
	text := []byte(strings.TrimSpace(s))
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(hao))
		if i < 0 {
			return "", false
		}
		at += i
		c, ok := read(text, at)
		at += len(hao)
		if !ok || c.run != 0 || c.end != len(text) {
			continue
		}
		agency := string(text[:c.runEnd])
		if c.order {
			agency = strings.TrimPrefix(agency, republic)
		}
		if utf8.RuneCountInString(agency) < minAgency {
			return "", false
		}
		return agency + c.tail(), true
	}
}

// Display writes a number, typed in any form, as it is printed: the year in
// 〔 〕, numbers in Arabic digits, but those of the President's orders in
// Chinese numerals. What is no document number is returned as it is.
func Display(s string) string {
	key, ok := Key(s)
	if !ok {
		return s
	}
	const president = "主席令第"
	if rest, ok := strings.CutPrefix(key, president); ok {
		if n, err := strconv.Atoi(strings.TrimSuffix(rest, hao)); err == nil {
			return president + numeral(n) + hao
		}
	}
	return key
}

// Find returns the document numbers in text, in order and without overlaps.
// known tells whether the library has a key; nil means that it has none.
//
// A match that is not known looks like a number and may still be none, so it
// is worth a warning at most.
func Find(text []byte, known func(key string) bool) []Match {
	var found []Match
	for from, at := 0, 0; ; {
		i := bytes.Index(text[at:], []byte(hao))
		if i < 0 {
			return found
		}
		at += i
		c, ok := read(text, at)
		at += len(hao)
		if !ok || c.runEnd <= from {
			continue
		}
		c.run = max(c.run, from)
		if m, ok := c.match(text, known); ok {
			found = append(found, m)
			from, at = m.End, max(at, m.End)
		}
	}
}

// candidate is what read found: Han characters from run to runEnd that end in
// the code of an agency, a year unless it is an order, and a number.
type candidate struct {
	run, runEnd, end int
	order            bool
	year, number     int
}

// tail is the key without the agency.
func (c candidate) tail() string {
	if c.order {
		return "令第" + strconv.Itoa(c.number) + hao
	}
	return "〔" + strconv.Itoa(c.year) + "〕" + strconv.Itoa(c.number) + hao
}

// match decides where in the run the agency begins.
func (c candidate) match(text []byte, known func(string) bool) (Match, bool) {
	run := string(text[c.run:c.runEnd])
	full := run + c.tail()
	if known != nil {
		for i := range run {
			if c.order && strings.HasPrefix(full[i:], republic) || utf8.RuneCountInString(run[i:]) < minAgency || !known(full[i:]) {
				continue
			}
			start := i
			if c.order {
				start = len(strings.TrimSuffix(run[:i], republic))
			}
			return c.result(text, c.run+start, full[i:], true), true
		}
	}
	if !c.order && followedByPlace(text[c.end:]) {
		return Match{}, false
	}
	at := afterLeadIn(run)
	if c.order {
		if i := strings.LastIndex(run, republic); i >= 0 {
			at = i + len(republic)
		}
		if !issuesOrders(run[at:]) {
			return Match{}, false
		}
	}
	if n := utf8.RuneCountInString(run[at:]); n < minAgency {
		return Match{}, false
	} else if n > maxAgency {
		at = len(run)
		for range maxAgency {
			_, size := utf8.DecodeLastRuneInString(run[:at])
			at -= size
		}
	}
	return c.result(text, c.run+at, full[at:], false), true
}

func (c candidate) result(text []byte, start int, key string, known bool) Match {
	return Match{Start: start, End: c.end, Key: key, Text: string(text[start:c.end]), Known: known}
}
