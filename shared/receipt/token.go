package receipt

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"consent-receipts/shared/receipt/sdjwt"
	"consent-receipts/shared/strictjson"
)

// parseToken parses a compact JWS as strictly as the JWS of a receipt.
func parseToken(compact string, maxBytes int) (*sdjwt.SDJWT, error) {
	if strings.Contains(compact, "~") {
		return nil, refuse(CodeForm, "not a compact JWS")
	}
	parsed, err := sdjwt.Parse(compact+"~", maxBytes)
	if err != nil {
		return nil, refusedParse(err)
	}
	return parsed, nil
}

// VerifyToken checks a compact JWS of the given typ that a leaf signed for the issuer, and
// returns its payload. The payload must have iss and iat; the caller checks its other claims.
func (v *Verifier) VerifyToken(typ, issuer, compact string, maxBytes int) (strictjson.Value, error) {
	payload, _, err := v.verifyToken(typ, issuer, compact, maxBytes)
	return payload, err
}

// VerifyClaimed does the same as VerifyToken, for the issuer that the token names. It also
// returns the fingerprint of the root, or "" if the verifier has no roots.
func (v *Verifier) VerifyClaimed(typ, compact string, maxBytes int) (payload strictjson.Value, root string, err error) {
	return v.verifyToken(typ, ClaimedIssuer(compact), compact, maxBytes)
}

func (v *Verifier) verifyToken(typ, issuer, compact string, maxBytes int) (payload strictjson.Value, root string, err error) {
	parsed, err := parseToken(compact, maxBytes)
	if err != nil {
		return payload, "", err
	}
	claimed, iat, ok := issuedBy(parsed.Payload)
	if !ok {
		return payload, "", refuse(CodePayload, "the payload has no iss and iat")
	}
	s, err := v.checkJWS(parsed, typ, time.Unix(iat, 0).UTC())
	if err != nil {
		return payload, "", err
	}
	if claimed != issuer || s.issuer != issuer {
		return payload, "", refuse(CodeIssuer, "signed for another issuer")
	}
	return parsed.Payload, s.root, nil
}

// issuedBy returns the members iss and iat of a payload.
func issuedBy(payload strictjson.Value) (issuer string, iat int64, ok bool) {
	iss, named := payload.Member("iss")
	at, timed := payload.Member("iat")
	if !named || !timed || iss.Kind() != strictjson.String {
		return "", 0, false
	}
	iat, err := strconv.ParseInt(at.Raw(), 10, 64)
	return iss.Text(), iat, err == nil && iat > 0 && iat <= maxTime
}

// ClaimedIssuer returns the issuer that a compact JWS names, or "", for a verifier that does
// not know the issuer beforehand. It checks no signature; VerifyToken does.
func ClaimedIssuer(compact string) string {
	var claims struct {
		Issuer string `json:"iss"`
	}
	if part := strings.Split(compact, "."); len(part) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(part[1]) // malformed text is refused by VerifyToken
		_ = json.Unmarshal(payload, &claims)
	}
	return claims.Issuer
}
