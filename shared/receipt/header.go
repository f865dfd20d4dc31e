package receipt

import (
	"encoding/base64"
	"maps"

	"consent-receipts/shared/strictjson"
)

// header is the protected header of every token that a leaf signs; other members are refused.
type header struct {
	Alg string   `json:"alg"`
	Typ string   `json:"typ"`
	X5C []string `json:"x5c"`
}

// algorithm is ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4), the only one.
const algorithm = "ES256"

// signatureBytes is the size of a signature: R and S, each in half of it.
const signatureBytes = 64

// parseHeader reads a protected header of the given typ, and returns the leaf in DER.
func parseHeader(v strictjson.Value, typ string) (der []byte, err error) {
	h, err := readHeader(v)
	switch {
	case err != nil:
		return nil, err
	case h.Alg != algorithm:
		return nil, refuse(CodeAlg, "alg is %q, not %s", h.Alg, algorithm)
	case h.Typ != typ:
		return nil, refuse(CodeTyp, "typ is %q, not %q", h.Typ, typ)
	case len(h.X5C) != 1:
		return nil, refuse(CodeX5C, "x5c has %d certificates; it must have the leaf alone", len(h.X5C))
	}
	der, err = base64.StdEncoding.Strict().DecodeString(h.X5C[0])
	if err != nil || base64.StdEncoding.EncodeToString(der) != h.X5C[0] {
		return nil, refuse(CodeX5C, "the certificate is not canonical base64")
	}
	return der, nil
}

// readHeader reads the members of a header. Their names match exactly; null is empty.
func readHeader(v strictjson.Value) (h header, err error) {
	members := maps.Collect(v.Members())
	for _, name := range []string{"alg", "typ", "x5c"} {
		if _, ok := members[name]; !ok {
			return h, refuse(CodeHeader, "the protected header lacks %s", name)
		}
	}
	if len(members) != 3 {
		return h, refuse(CodeHeader, "the protected header has %d members; it must have exactly alg, typ and x5c", len(members))
	}
	for name, to := range map[string]*string{"alg": &h.Alg, "typ": &h.Typ} {
		if *to, err = headerText(members[name]); err != nil {
			return h, err
		}
	}
	if kind := members["x5c"].Kind(); kind != strictjson.Array && kind != strictjson.Null {
		return h, errHeader
	}
	for each := range members["x5c"].Elements() {
		text, err := headerText(each)
		if err != nil {
			return h, err
		}
		h.X5C = append(h.X5C, text)
	}
	return h, nil
}

var errHeader = refuse(CodeHeader, "the protected header is not an object of alg, typ and x5c")

func headerText(v strictjson.Value) (string, error) {
	switch v.Kind() {
	case strictjson.String:
		return v.Text(), nil
	case strictjson.Null:
		return "", nil
	}
	return "", errHeader
}
