package freetext

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Mark begins every line of a text that is shown as somebody's words.
const Mark = "| "

// maxInline is how many columns of a text are shown within a line.
const maxInline = 64

// hidden reports whether a character moves, hides or reorders what is around it, or is
// not to be seen itself: controls (Cc), format characters (Cf), line and paragraph
// separators, and what Unicode calls Default_Ignorable_Code_Point. verify.html has the
// same set, and a test compares them.
func hidden(r rune) bool {
	if r < 0x7f { // most texts have ASCII alone
		return r < ' '
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// marker is shown in place of a hidden character. All have the same form, whose characters
// are in every font.
func marker(r rune) string { return fmt.Sprintf("‹U+%04X›", r) }

// Visible returns a text as one line: every hidden character, line breaks and tabs too,
// is shown as ‹U+202E›. A byte that is not UTF-8 is shown as U+FFFD.
func Visible(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) { // most texts
		return s
	}
	var out strings.Builder
	for _, r := range s { // of invalid UTF-8, range gives U+FFFD
		if hidden(r) {
			out.WriteString(marker(r))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Unbroken keeps the digits of a number, such as one to call, on one line: a blank between two digits
// becomes one at which no line breaks (U+00A0).
func Unbroken(s string) string {
	digit := func(i int) bool { return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' }
	var b strings.Builder
	from := 0
	for i := range len(s) {
		if s[i] == ' ' && digit(i-1) && digit(i+1) {
			b.WriteString(s[from:i] + "\u00a0")
			from = i + 1
		}
	}
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}

// Lines returns the lines of a text as they are shown, each without a hidden character;
// a tab is a space. Whoever shows them marks each: by Mark, or as a block quotation.
func Lines(s string) []string {
	lines := strings.Split(strings.ReplaceAll(lineBreaks.Replace(s), "\t", " "), "\n")
	for i, line := range lines {
		lines[i] = Visible(line)
	}
	return lines
}

// Block lays out what Lines returns in a fixed pitch: each line has its Mark and is at
// most columns wide, so that no terminal breaks one anew. It breaks at spaces, and a word
// that is too long anywhere.
func Block(lines []string, columns int) (out []string) {
	for _, line := range lines {
		for _, piece := range wrap(line, columns-len(Mark)) {
			out = append(out, strings.TrimRight(Mark+piece, " "))
		}
	}
	return out
}

// wrap breaks a line into pieces that are at most so many columns wide.
func wrap(line string, columns int) (pieces []string) {
	for {
		used, space, end := 0, 0, len(line)
		for i, r := range line {
			if used += columnsOf(r); used > columns && i > 0 {
				end = i
				break
			}
			if r == ' ' {
				space = i
			}
		}
		if end < len(line) && space > 0 && line[end] != ' ' {
			end = space
		}
		pieces = append(pieces, line[:end])
		if line = strings.TrimPrefix(line[end:], " "); line == "" {
			return pieces
		}
	}
}

// columnsOf is how many columns of a terminal a character takes (Unicode Standard Annex
// 11).
func columnsOf(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Inline shows a text within a line, such as the name of a file. One of ASCII letters,
// digits and the signs of a path or a URL stands as it is. Any other stands in double
// quotes, as Visible shows it, with \ before a quote; if it has more than 64 columns, its
// middle is left out, so that no terminal breaks it.
func Inline(s string) string {
	if plain(s) {
		return s
	}
	var pieces []string
	var columns []int
	total := 0
	for _, r := range s {
		piece, n := escaped(r)
		pieces, columns = append(pieces, piece), append(columns, n)
		total += n
	}
	first, last := len(pieces), len(pieces)
	if total > maxInline {
		used := 0
		for first = 0; used+columns[first] <= maxInline/2; first++ {
			used += columns[first]
		}
		for used = 0; used+columns[last-1] < maxInline/2; last-- {
			used += columns[last-1]
		}
		pieces[first] = "…"
		first++
	}
	return `"` + strings.Join(append(pieces[:first:first], pieces[last:]...), "") + `"`
}

// escaped is a character as Inline shows it, and how many columns that takes.
func escaped(r rune) (shown string, columns int) {
	switch {
	case hidden(r):
		shown = marker(r)
		return shown, utf8.RuneCountInString(shown)
	case r == '"', r == '\\':
		return `\` + string(r), 2
	}
	return string(r), columnsOf(r)
}

func plain(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~/:@+%=&?#*", r)
	})
}

// EscapeJSON writes the hidden characters of valid JSON as \u escapes, which say the same
// (RFC 8259, section 7). Its own line breaks and tabs stay.
func EscapeJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		switch {
		case r < ' ' || !hidden(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// Terminal returns a writer of text to w that passes no hidden character but line feed and
// tab: others become visible. It is the last guard: Block and Inline have made texts
// visible before.
func Terminal(w io.Writer) io.Writer { return &terminal{w: w} }

type terminal struct {
	w    io.Writer
	rest []byte // the beginning of a character that the next write completes
}

func (t *terminal) Write(b []byte) (int, error) {
	var out strings.Builder
	text := append(t.rest, b...)
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		if text = text[size:]; r != '\n' && r != '\t' && hidden(r) {
			out.WriteString(marker(r))
		} else {
			out.WriteRune(r)
		}
	}
	t.rest = text
	if _, err := io.WriteString(t.w, out.String()); err != nil {
		return 0, err
	}
	return len(b), nil
}
