package receipt

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"consent-receipts/shared/receipt/sdjwt"
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
