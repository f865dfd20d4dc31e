package receipt

import (
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
