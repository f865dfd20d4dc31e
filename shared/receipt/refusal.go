package receipt

import (
	"errors"
	"fmt"

	"consent-receipts/shared/receipt/sdjwt"
	"consent-receipts/shared/strictjson"
)

// Code states the reason of a refusal. Codes are stable: the test vectors cite them, and
// other verifiers can use them.
type Code string

// These are the codes, in the order of the checks.
const (
	CodeSize       Code = "size"        // larger than MaxBytes
	CodeForm       Code = "form"        // not <header>.<payload>.<signature>~<disclosure>~...
	CodeBase64     Code = "base64"      // not canonical, unpadded base64url
	CodeJSON       Code = "json"        // not strict JSON
	CodeDuplicate  Code = "duplicate"   // a JSON object has a member twice
	CodeKeyBinding Code = "key-binding" // a key-binding JWT, which receipts do not have
	CodePayload    Code = "payload"     // the payload is not that of a receipt
	CodeHeader     Code = "header"      // not exactly alg, typ, x5c
	CodeAlg        Code = "alg"         // not ES256
	CodeTyp        Code = "typ"         // another kind of token
	CodeX5C        Code = "x5c"         // not exactly one certificate
	CodeLeaf       Code = "leaf"        // the certificate differs from those that an Authority makes
	CodeLeafUsage  Code = "leaf-usage"  // wrong key usage or extended key usage
	CodeLeafName   Code = "leaf-name"   // not exactly one URI as its name
	CodeLeafTime   Code = "leaf-time"   // the leaf is valid for too long
	CodeChain      Code = "chain"       // no given root signed the leaf, or the receipt does not follow the one before
	CodeIssuedAt   Code = "iat"         // issued while the leaf or the root was not valid
	CodeSignature  Code = "signature"   // the signature does not verify
	CodeIssuer     Code = "issuer"      // iss is not the leaf's name
	CodeDisclosure Code = "disclosure"  // the disclosures violate RFC 9901, 7.1, or are no array elements
	CodeSchema     Code = "schema"      // the claims violate the published schema
)

// Refusal is a refusing verdict with its reason.
type Refusal struct {
	Code   Code
	Reason string
}

func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Reason }

func refuse(code Code, format string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(format, args...)}
}

// refusedParse maps an error of sdjwt.Parse to a refusal.
func refusedParse(err error) error {
	for _, c := range []struct {
		sentinel error
		code     Code
	}{
		{sdjwt.ErrSize, CodeSize},
		{sdjwt.ErrBase64, CodeBase64},
		{strictjson.ErrDuplicate, CodeDuplicate},
		{sdjwt.ErrDisclosure, CodeDisclosure},
		{strictjson.ErrSyntax, CodeJSON},
	} {
		if errors.Is(err, c.sentinel) {
			return &Refusal{c.code, err.Error()}
		}
	}
	return &Refusal{CodeForm, err.Error()}
}

func refusedDisclosure(err error) error { return &Refusal{CodeDisclosure, err.Error()} }

// AsRefusal returns the refusal in err, if there is one.
func AsRefusal(err error) (*Refusal, bool) {
	return errors.AsType[*Refusal](err)
}
