package pdf

import (
	"strings"
	"sync"
	"unicode"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/rivo/uniseg"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"

	"consent-receipts/shared/receipt/page"
)

// box is drawn for a letter that the fonts do not have. They have the box.
const box = "□"

// drawable is a document with what the fonts can draw: accents are one with their letter
// (Unicode NFC), controls are blanks, and each letter that cannot be drawn is one box. It
// says whether there is a box.
func drawable(d *page.Document) (out *page.Document, boxes bool) {
	var l letters
	out = rewritten(d, l.drawable)
	return out, l.boxes
}

// letters draws texts as far as the fonts go.
type letters struct {
	buffer sfnt.Buffer
	boxes  bool // there was a letter that they do not have
}

func (l *letters) drawable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(text, "\ufffd")))
	if _, ok := encode(text); ok { // most are
		return text
	}
	var b strings.Builder
	for rest, state := text, -1; rest != ""; {
		var letter string
		letter, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if letter = strings.Map(unstyled, letter); !l.has(letter) {
			l.boxes, letter = true, box
		}
		b.WriteString(letter)
	}
	return b.String()
}

// unstyled leaves out what only asks for another style of the letter before.
func unstyled(r rune) rune {
	if unicode.Is(unicode.Variation_Selector, r) {
		return -1
	}
	return r
}

// has reports whether both fonts draw a letter, that is a grapheme cluster (Unicode Standard
// Annex 29). The library knows no character beyond the first 65,536, and draws from left to
// right, one character after the other: of scripts that are written from the right, or
// whose letters join, it would make something else.
func (l *letters) has(letter string) bool {
	for _, r := range letter {
		if r == '\n' {
			continue
		}
		properties, _ := bidi.LookupRune(r)
		if class := properties.Class(); r > 0xffff || class == bidi.R || class == bidi.AL {
			return false
		}
		for _, font := range whole() {
			if glyph, err := font.GlyphIndex(&l.buffer, r); err != nil || glyph == 0 {
				return false
			}
		}
	}
	return true
}

// whole are the fonts for letters that the prepared ones do not have.
var whole = sync.OnceValue(func() (fonts []*sfnt.Font) {
	for _, file := range [][]byte{dejavusans.TTF, dejavusansbold.TTF} {
		font, err := sfnt.Parse(file)
		if err != nil {
			panic(err) // embedded: a test reads it
		}
		fonts = append(fonts, font)
	}
	return fonts
})
