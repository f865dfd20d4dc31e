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

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/page"
)

// box is drawn for a letter that the fonts lack. The fonts have the box.
const box = "□"

// drawable returns a document that the fonts can draw: accents are joined to their letter
// (Unicode NFC), control characters become blanks, each letter that the fonts lack becomes one
// box, and numbers stay on one line. It reports whether there is a box.
func drawable(d *page.Document) (out *page.Document, boxes bool) {
	var l letters
	out = rewritten(d, l.drawable)
	return out, l.boxes
}

// letters rewrites texts to letters that the fonts have.
type letters struct {
	buffer sfnt.Buffer
	boxes  bool // the fonts lacked a letter
}

func (l *letters) drawable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, freetext.Unbroken(norm.NFC.String(strings.ToValidUTF8(text, "\ufffd"))))
	if _, ok := encode(text); ok { // most texts pass here
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

// unstyled drops characters that only select another style of the letter before.
func unstyled(r rune) rune {
	if unicode.Is(unicode.Variation_Selector, r) {
		return -1
	}
	return r
}

// has reports whether both fonts draw a letter, that is, a grapheme cluster (Unicode Standard
// Annex 29). The library knows the first 65,536 characters only, and draws one character
// after the other from left to right, so it would misdraw scripts that run from the right or
// whose letters join.
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

// whole returns the fonts for letters that the prepared fonts lack.
var whole = sync.OnceValue(func() (fonts []*sfnt.Font) {
	for _, file := range [][]byte{dejavusans.TTF, dejavusansbold.TTF} {
		font, err := sfnt.Parse(file)
		if err != nil {
			panic(err) // the fonts are embedded, and a test reads them
		}
		fonts = append(fonts, font)
	}
	return fonts
})
