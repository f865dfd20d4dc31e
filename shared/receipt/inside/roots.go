package inside

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"regexp"
	"slices"

	"consent-receipts/shared/receipt"
)

// maxRoots bounds how many certificates are looked at in one text.
const maxRoots = 16

// certificate is one in PEM (RFC 7468), as it is or with escapes for a URL.
var certificate = regexp.MustCompile(`-----BEGIN(?: |%20)CERTIFICATE-----[A-Za-z0-9+/=%\s]*-----END(?: |%20)CERTIFICATE-----`)

// Roots returns the root certificates that a page or a PDF carries beside the receipt, each
// once. They vouch for nobody. What is no root of consent receipts is passed over: somebody's
// own words may look like one.
func Roots(file []byte) (found receipt.Roots) {
	if len(file) > MaxFile {
		return nil
	}
	take := func(text []byte) {
		for _, m := range certificate.FindAll(text, maxRoots) {
			root := rootIn(m)
			if root != nil && !slices.ContainsFunc(found, root.Equal) {
				found = append(found, root)
			}
		}
	}
	if KindOf(file) == PDF {
		_ = streams(file, take) // Find says what is wrong with it
		return found
	}
	if isMHTML(bytes.ToLower(file[:min(len(file), 64)])) {
		file = softBreak.ReplaceAll(file, nil)
	}
	take(file)
	return found
}

func rootIn(text []byte) *x509.Certificate {
	plain, err := url.PathUnescape(string(text))
	if err != nil {
		return nil
	}
	block, _ := pem.Decode([]byte(plain))
	if block == nil {
		return nil
	}
	root, err := receipt.ParseRoot(block.Bytes)
	if err != nil {
		return nil
	}
	return root
}
