package receipt

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"consent-receipts/shared/receipt/sdjwt"
)

// Part is an element of a receipt that a person may choose to show.
type Part struct {
	Array   string
	Index   int
	Element Element
}

// Parts lists the elements of a receipt, in the order of the payload.
func (r *Receipt) Parts() []Part {
	var out []Part
	for _, a := range r.arrays() {
		for i, e := range *a.elements {
			out = append(out, Part{a.name, i, e})
		}
	}
	return out
}

// ErrPart is wrapped when a chosen part does not exist, or is already withheld.
var ErrPart = errors.New("no such part")

var partPattern = regexp.MustCompile(`^([a-z]+)(?:\[(\d{1,4})\])?$`)

// Present returns the receipt with only the chosen parts disclosed (RFC 9901, section 4). A
// choice is the name of an array, such as standing, or of one element, such as standing[0].
// Without a choice, all elements are withheld.
func (r *Receipt) Present(choices []string) (string, error) {
	shown := map[string]bool{} // by digest
	for _, choice := range choices {
		m := partPattern.FindStringSubmatch(choice)
		if m == nil {
			return "", fmt.Errorf("%w: %q; write a name such as changes or standing[0]", ErrPart, choice)
		}
		found := false
		for _, p := range r.Parts() {
			if p.Array != m[1] || (m[2] != "" && strconv.Itoa(p.Index) != m[2]) {
				continue
			}
			if p.Element.Value == nil {
				return "", fmt.Errorf("%w: %s[%d] is withheld in this file", ErrPart, p.Array, p.Index)
			}
			shown[p.Element.Digest], found = true, true
		}
		if !found {
			return "", fmt.Errorf("%w: %q", ErrPart, choice)
		}
	}
	jws, rest, _ := strings.Cut(r.Raw, "~")
	var out strings.Builder
	out.WriteString(jws + "~")
	for _, encoded := range strings.Split(strings.TrimSuffix(rest, "~"), "~") {
		if encoded != "" && shown[sdjwt.Digest(encoded)] {
			out.WriteString(encoded + "~")
		}
	}
	return out.String(), nil
}
