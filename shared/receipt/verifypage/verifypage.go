// Package verifypage has verify.html: one page that checks receipts, bundles and
// saved renderings on a person's own device, without a network. It gives the
// verdicts of package check. build.mjs makes it from src/.
package verifypage

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"

	"consent-receipts/shared/receipt"
)

// FileName is what the page is called wherever it is handed out.
const FileName = "verify.html"

// Page is the whole page. It loads nothing and sends nothing: its policy allows
// its own script and style, each by its hash, and no connection.
//
//go:embed verify.html
var Page []byte

// block is where an issuer that serves the page says who it is. It holds data and no
// script, so that the page's policy does not name it.
const block = `<script type="application/json" id="issuer-roots">%s</script>`

// ServedBy is the page as an issuer serves it at its domain (a host, with a port if it is
// not the usual one): there, and nowhere else, it confirms what leads to the issuer's
// roots, and shows nothing of what others signed.
func ServedBy(domain string, roots receipt.Roots) ([]byte, error) {
	who, err := json.Marshal(map[string]string{"domain": domain, "roots": string(roots.PEM())}) // which escapes <
	if err != nil {
		return nil, err
	}
	return bytes.Replace(Page, fmt.Appendf(nil, block, "{}"), fmt.Appendf(nil, block, who), 1), nil
}
