// Package trust reads the roots that a function trusts.
package trust

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/shared/receipt"
)

// Roots reads the variable ROOTS: root certificates, DER in base64, separated by commas,
// newest first. They come from the deployment and never from the table, so that nobody can
// name a root by writing to the table.
func Roots(env *boot.Env) (receipt.Roots, error) {
	var roots receipt.Roots
	for text := range strings.SplitSeq(env.String("ROOTS"), ",") {
		der, err := base64.StdEncoding.DecodeString(text)
		var root *x509.Certificate
		if err == nil {
			root, err = receipt.ParseRoot(der)
		}
		if err != nil {
			return nil, fmt.Errorf("ROOTS: %w", err)
		}
		roots = append(roots, root)
	}
	return roots, nil
}
