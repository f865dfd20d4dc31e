package receipt

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"consent-receipts/shared/receipt/sdjwt"
)

// parseToken parses a compact JWS as strictly as a receipt's first part.
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

// ClaimedIssuer is the issuer that a compact JWS names, for a verifier that knows none
// beforehand; "" if it names none. Whether that issuer signed it, VerifyToken says.
func ClaimedIssuer(compact string) string {
	var claims struct {
		Issuer string `json:"iss"`
	}
	if part := strings.Split(compact, "."); len(part) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(part[1]) // what it is not, VerifyToken refuses
		_ = json.Unmarshal(payload, &claims)
	}
	return claims.Issuer
}
