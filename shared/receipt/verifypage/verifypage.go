// Package verifypage contains verify.html: one page that checks receipts, bundles and saved
// renderings on a person's own device, without a network. It gives the verdicts of package
// check. build.mjs makes it from src/.
package verifypage

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"

	"consent-receipts/shared/receipt"
)

// FileName is the file name of the page.
const FileName = "verify.html"

// Page is the whole page. It loads and sends nothing: its policy allows its own script and
// style, each by its hash, and no connection.
//
//go:embed verify.html
var Page []byte

// block is the element in which an issuer that serves the page states its domain and roots.
// It holds data and no script, so the page's policy does not name it.
const block = `<script type="application/json" id="issuer-roots">%s</script>`

// ServedBy returns the page as an issuer serves it at its domain (a host, with a port if it
// is not the default). Only at that domain the page confirms receipts under the issuer's
// roots, and it does not show the content of receipts that others signed.
func ServedBy(domain string, roots receipt.Roots) ([]byte, error) {
	who, err := json.Marshal(map[string]string{"domain": domain, "roots": string(roots.PEM())}) // json.Marshal escapes <
	if err != nil {
		return nil, err
	}
	return bytes.Replace(Page, fmt.Appendf(nil, block, "{}"), fmt.Appendf(nil, block, who), 1), nil
}
