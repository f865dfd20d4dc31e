package consent

import (
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"consent-receipts/shared/freetext"
)

var (
	idPattern    = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	labelPattern = regexp.MustCompile(`^[•*xX. -]{0,24}[0-9A-Za-z]{0,4}$`)

	// casePattern matches a case reference, which is no free text.
	casePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$`)
)

// ValidID reports whether a caller may use s as an id.
func ValidID(s string) bool { return idPattern.MatchString(s) }

func checkIDs(ids ...string) error {
	for _, id := range ids {
		if !ValidID(id) {
			return fmt.Errorf("%w: an id must match %s", ErrInvalid, idPattern)
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

// ValidCase reports whether a text has the form of a case reference.
func ValidCase(s string) bool { return casePattern.MatchString(s) }

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
