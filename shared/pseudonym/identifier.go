package pseudonym

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxID bounds an identifier, in bytes of UTF-8.
const MaxID = 256

// ErrID is wrapped by every refusal of Check. No refusal repeats the identifier.
var ErrID = errors.New("not an identifier")

// Refusals of Check.
var (
	ErrEmpty      = fmt.Errorf("%w: it is empty", ErrID)
	ErrTooLong    = fmt.Errorf("%w: it is over %d bytes", ErrID, MaxID)
	ErrWhiteSpace = fmt.Errorf("%w: it begins or ends with white space", ErrID)
	ErrInvisible  = fmt.Errorf("%w: it has a character that does not print", ErrID)
	ErrForm       = fmt.Errorf("%w: it is not in Unicode Normalization Form KC", ErrID)
)

// Check says whether a text can be the identifier of a person. Every entrance applies this
// one rule. Without it, two spellings that look alike to a reader, because one has a blank
// at its end, a character of no width or another form of the same letter, would be two
// ledgers, and a no in one would leave the yes in the other in force. An identifier that is
// refused names nobody. Nothing is trimmed or rewritten, so that all entrances agree with
// each other, and with whoever computes pseudonyms outside. An identifier
//
//   - has 1 to MaxID bytes, which are UTF-8;
//   - neither begins nor ends with white space (the property White_Space of Unicode);
//   - consists of letters, marks, numbers, punctuation, symbols and the blank U+0020:
//     general categories L, M, N, P and S. So it has no control characters (Cc), no format
//     characters (Cf: zero-width joiners, marks of direction, the byte order mark, the
//     soft hyphen, tags), no separators of lines or paragraphs (Zl, Zp), no blanks other
//     than U+0020 (Zs), and nothing that Unicode gives no meaning (Cn, Co, Cs);
//   - has none of the marks and letters that show nothing all the same: what Unicode
//     lists as Default_Ignorable_Code_Point (the combining grapheme joiner, variation
//     selectors, fillers of Hangul), the blank of Braille (U+2800), and the replacement
//     character (U+FFFD), which stands for whatever a decoder could not read;
//   - is in Normalization Form KC (UAX #15): no full-width or encircled digits, no
//     ligatures, and letters with their accents composed.
//
// Characters are those of Unicode 15.0 (unicode.Version, norm.Version); a later version
// adds some and takes none away. Case counts, and letters of two scripts that look alike
// stay two letters: customer-0001 and Customer-0001 are two people.
func Check(id string) error {
	switch {
	case id == "":
		return ErrEmpty
	case len(id) > MaxID:
		return ErrTooLong
	}
	first, _ := utf8.DecodeRuneInString(id)
	last, _ := utf8.DecodeLastRuneInString(id)
	if unicode.IsSpace(first) || unicode.IsSpace(last) {
		return ErrWhiteSpace
	}
	for _, r := range id { // a byte that is not UTF-8 comes as U+FFFD
		if !unicode.IsPrint(r) || unicode.In(r, blank...) {
			return ErrInvisible
		}
	}
	if !norm.NFKC.IsNormalString(id) {
		return ErrForm
	}
	return nil
}

// blank has the characters that unicode.IsPrint accepts although they show nothing.
var blank = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: utf8.RuneError, Hi: utf8.RuneError, Stride: 1}}},
}
