package consent

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"consent-receipts/shared/freetext"
)

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyz"
	capital = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

	maxID = 64 // characters of an id, or of a case reference
)

// labelPattern matches a label of at most 28 characters that shows at most the last four.
var labelPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[•*xX. -]{0,24}[0-9A-Za-z]{0,4}$`) })

// ValidID reports whether a caller may use s as an id.
func ValidID(s string) bool {
	return s != "" && len(s) <= maxID && strings.Trim(s, letters+digits+"-") == ""
}

func checkIDs(ids ...string) error {
	for _, id := range ids {
		if !ValidID(id) {
			return fmt.Errorf("%w: an id has 1 to %d small letters, digits and hyphens", ErrInvalid, maxID)
		}
	}
	return nil
}

// keptText returns a text in the form that a receipt keeps. It refuses a text with forbidden
// characters, or one that is too long, with its name.
func keptText(name, text string) (string, error) {
	text, err := freetext.Check(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
	case utf8.RuneCountInString(text) > MaxText:
		return "", fmt.Errorf("%w: %s: more than %d characters", ErrCap, name, MaxText)
	}
	return text, nil
}

// ValidCase reports whether a text has the form of a case reference, which is no free text: it
// begins with a letter or a digit.
func ValidCase(s string) bool {
	return s != "" && len(s) <= maxID && strings.Trim(s[:1], letters+capital+digits) == "" && strings.Trim(s, letters+capital+digits+"._/-") == ""
}

// clip shortens a caller's text for quotation in an error.
func clip(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}

func unique(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}
