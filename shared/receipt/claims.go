package receipt

import (
	"encoding/json"
	"iter"
	"time"

	"consent-receipts/shared/statement"
)

// Claims is the payload of a receipt. The members in clear come first; the arrays follow,
// whose elements can each be withheld.
type Claims struct {
	Issuer        string `json:"iss"`
	Subject       string `json:"sub"`            // pseudonym
	ID            string `json:"jti"`            // UUIDv4
	IssuedAt      int64  `json:"iat"`            // seconds since the epoch; never less than the previous receipt's
	Nonce         string `json:"nonce"`          // 128 random bits, base64url
	SchemaVersion string `json:"schema_version"` // URL of the published JSON Schema
	Seq           uint64 `json:"seq"`            // 1, 2, 3 ...; the order of receipts depends on this number alone
	Prev          string `json:"prev,omitempty"` // digest of the previous receipt; absent at 1
	Event         Event  `json:"event"`
	Catalogue     string `json:"catalogue"` // digest

	Controller *statement.Controller `json:"controller,omitempty"` // absent in receipts issued before this member existed

	SDAlg    string    `json:"_sd_alg"`
	Changes  []Element `json:"changes"`
	Records  []Element `json:"records"`
	Standing []Element `json:"standing"`
	Actor    []Element `json:"actor"`
	Evidence []Element `json:"evidence"`
	Request  []Element `json:"request"`
	Note     []Element `json:"note"`
}

// Event states in clear what kind of event happened, and when.
type Event struct {
	Type       statement.EventType   `json:"type"`
	OccurredAt time.Time             `json:"occurred_at"`
	Channel    string                `json:"channel"`
	Late       bool                  `json:"late,omitempty"`
	Corrects   *statement.Correction `json:"corrects,omitempty"`
}

// Element is an array element of a receipt. A disclosed element has a value; of a withheld
// element only the digest is known.
type Element struct {
	Digest string          // base64url SHA-256 of the disclosure (RFC 9901, 4.2.3)
	Value  json.RawMessage // nil when withheld
}

// Disclosed wraps values as elements to be issued.
func Disclosed[T any](values ...T) ([]Element, error) {
	out := make([]Element, 0, len(values))
	for _, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out = append(out, Element{Value: b})
	}
	return out, nil
}

// MarshalJSON writes the value, or the placeholder of a withheld element.
func (e Element) MarshalJSON() ([]byte, error) {
	if e.Value != nil {
		return e.Value, nil
	}
	return json.Marshal(placeholder{e.Digest})
}

// placeholder stands for a disclosable array element (RFC 9901, 4.2.4.2).
type placeholder struct {
	Digest string `json:"..."`
}

// array is one of the disclosable arrays, under its name in clear.
type array struct {
	name     string
	elements *[]Element
}

// arrays lists the disclosable arrays in the order of the payload.
func (c *Claims) arrays() []array {
	return []array{
		{"changes", &c.Changes}, {"records", &c.Records}, {"standing", &c.Standing}, {"actor", &c.Actor},
		{"evidence", &c.Evidence}, {"request", &c.Request}, {"note", &c.Note},
	}
}

// Elements yields the elements of all disclosable arrays, in the order of the payload.
func (c *Claims) Elements() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for _, a := range c.arrays() {
			for _, e := range *a.elements {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Withheld counts the withheld elements by array; it is empty for a receipt
// with all its disclosures.
func (c *Claims) Withheld() map[string]int {
	out := map[string]int{}
	for _, a := range c.arrays() {
		for _, e := range *a.elements {
			if e.Value == nil {
				out[a.name]++
			}
		}
	}
	return out
}

// Complete reports whether every element is disclosed.
func (c *Claims) Complete() bool {
	for e := range c.Elements() {
		if e.Value == nil {
			return false
		}
	}
	return true
}

// Values returns the values of the disclosed elements, and reports whether all are disclosed.
func Values(elements []Element) (values []json.RawMessage, all bool) {
	all = true
	for _, e := range elements {
		if e.Value == nil {
			all = false
			continue
		}
		values = append(values, e.Value)
	}
	return values, all
}

// Time is the receipt's iat.
func (c *Claims) Time() time.Time { return time.Unix(c.IssuedAt, 0).UTC() }
