package receipt

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"consent-receipts/shared/receipt/sdjwt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// Type is the `typ` of a receipt.
const Type = "consent-receipt+sd-jwt"

// MediaType is the media type of a compact receipt (RFC 9901, 10.2).
const MediaType = "application/sd-jwt"

// MaxBytes is the maximum size of a receipt with all its disclosures, in bytes.
const MaxBytes = 64 << 10

// Receipt is a receipt that passed verification.
type Receipt struct {
	Claims
	Raw    string // the verified text, byte for byte
	Digest string // "sha256:" and the hex SHA-256 of the ASCII of header.payload, without the signature and the disclosures
	Leaf   string // fingerprint of the signing key
	Root   string // fingerprint of the root that certified the leaf; "" when no root was given
}

// Verify checks a compact receipt offline, in the order of docs/receipt-format.md: size and
// form, header, leaf, chain to a given root at iat, signature, issuer, disclosures, schema.
// Withheld elements are no error. Every error is a *Refusal.
func (v *Verifier) Verify(raw string) (*Receipt, error) {
	parsed, err := sdjwt.Parse(raw, MaxBytes)
	if err != nil {
		return nil, refusedParse(err)
	}
	if parsed.KeyBinding != "" {
		return nil, refuse(CodeKeyBinding, "a key-binding JWT follows the disclosures; a receipt has none")
	}
	claims, err := parsePayload(parsed.Payload)
	if err != nil {
		return nil, err
	}
	signed, err := v.checkJWS(parsed, Type, claims.Time())
	if err != nil {
		return nil, err
	}
	if claims.Issuer != signed.issuer {
		return nil, refuse(CodeIssuer, "iss is %q, but the leaf may sign for %q only", claims.Issuer, signed.issuer)
	}
	whole, err := disclose(claims, parsed)
	if err != nil {
		return nil, err
	}
	if err := checkSchema(claims, whole); err != nil {
		return nil, err
	}
	return &Receipt{
		Claims: *claims, Raw: raw, Digest: statement.Digest([]byte(parsed.SigningInput())),
		Leaf: signed.leaf, Root: signed.root,
	}, nil
}

// parsePayload decodes the issuer-signed payload, in which every array element is a digest.
func parsePayload(payload strictjson.Value) (*Claims, error) {
	c := new(Claims)
	// Decode also refuses `_sd`: every disclosable element has a name in clear.
	if err := strictjson.Decode([]byte(payload.Raw()), c); err != nil {
		return nil, refuse(CodePayload, "the payload is not that of a receipt: %v", err)
	}
	if c.IssuedAt <= 0 || c.IssuedAt > maxTime {
		return nil, refuse(CodePayload, "iat %d is out of range", c.IssuedAt)
	}
	if _, err := url.Parse(c.Issuer); err != nil || c.Issuer == "" {
		return nil, refuse(CodePayload, "iss is not a URL")
	}
	return c, nil
}

// maxTime is the last second of the year 9999.
var maxTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()

// UnmarshalJSON reads an element of the issuer-signed payload, which is a digest and nothing
// else. The person could not withhold a value in clear.
func (e *Element) UnmarshalJSON(b []byte) error {
	var p placeholder
	if err := strictjson.Decode(b, &p); err != nil || p.Digest == "" {
		return fmt.Errorf("an array element is not exactly a digest")
	}
	e.Digest = p.Digest
	return nil
}

// disclose fills in the values of the disclosed elements (RFC 9901, section 7.1), and returns
// the payload with these values in their places.
func disclose(c *Claims, parsed *sdjwt.SDJWT) (strictjson.Value, error) {
	byDigest := make(map[string]strictjson.Value, len(parsed.Disclosures))
	for i, d := range parsed.Disclosures {
		if !d.IsElement {
			return strictjson.Value{}, refuse(CodeDisclosure, "disclosure %d is of an object member; a receipt has array elements only", i+1)
		}
		byDigest[d.Digest] = d.Value
	}
	whole, err := sdjwt.Process(parsed.Payload, parsed.Disclosures, true)
	if err != nil {
		return strictjson.Value{}, refusedDisclosure(err)
	}
	used := 0
	for _, a := range c.arrays() {
		for i := range *a.elements {
			e := &(*a.elements)[i]
			if value, ok := byDigest[e.Digest]; ok {
				e.Value = json.RawMessage(value.Raw())
				used++
			}
		}
	}
	if used != len(parsed.Disclosures) { // a disclosure is nested in the value of another
		return strictjson.Value{}, refuse(CodeDisclosure, "a disclosure is nested in another; a receipt has none such")
	}
	return whole, nil
}
