package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/charmap"

	"consent-receipts/shared/errtest"
)

// TestFonts: the prepared fonts draw every character of their encoding as the Go fonts
// do, and as wide. The one exception is the hyphen.
func TestFonts(t *testing.T) {
	for name, c := range map[string]struct{ whole, definition, file []byte }{
		"regular": {goregular.TTF, regular, regularFile}, "bold": {gobold.TTF, bold, boldFile},
	} {
		unpacked, err := zlib.NewReader(bytes.NewReader(c.file))
		must(t, err)
		cut, err := io.ReadAll(unpacked)
		must(t, err)
		ours, err := sfnt.Parse(cut)
		must(t, err)
		theirs, err := sfnt.Parse(c.whole)
		must(t, err)
		var definition struct{ Cw []int }
		must(t, json.Unmarshal(c.definition, &definition))
		for b := 0x20; b < 0x100; b++ {
			r := charmap.Windows1252.DecodeByte(byte(b))
			if b == arrow {
				r = '→'
			}
			if encoded, ok := encode(string(r)); !ok || r >= 0x7f && r < 0xa0 {
				continue // nothing has this place
			} else if encoded != string([]byte{byte(b)}) {
				t.Errorf("%s: %q is encoded as %x, not %x", name, r, encoded, b)
			}
			source := r
			if r == '-' {
				source = '\u00ad'
			}
			got, gotWidth := glyph(t, ours, r)
			want, wantWidth := glyph(t, theirs, source)
			if !slices.Equal(got, want) || gotWidth != wantWidth || definition.Cw[b] != gotWidth.Round() {
				t.Errorf("%s: %q is another, or %d wide, want %d", name, r, definition.Cw[b], wantWidth.Round())
			}
		}
	}
}

// glyph is the outline of a character, and how wide it is in thousandths of its size.
func glyph(t *testing.T, f *sfnt.Font, r rune) (sfnt.Segments, fixed.Int26_6) {
	t.Helper()
	index, err := f.GlyphIndex(nil, r)
	must(t, err)
	if index == 0 {
		t.Errorf("there is no %q", r)
	}
	segments, err := f.LoadGlyph(nil, index, fixed.I(1000), nil)
	must(t, err)
	width, err := f.GlyphAdvance(nil, index, fixed.I(1000), font.HintingNone)
	must(t, err)
	return slices.Clone(segments), width
}

var must = errtest.None
