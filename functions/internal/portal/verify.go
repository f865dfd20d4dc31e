package portal

import (
	"strconv"
	"strings"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/verifypage"
)

// verify serves the page that checks receipts on a person's own device: it knows the
// issuer's roots. Its policy is in the page itself, and names its script by its hash; that
// nobody may frame it can only be said in a header.
func (v *visit) verify(roots receipt.Roots) error {
	page, err := verifypage.ServedBy(strings.ToLower(v.base.Host), roots) // as browsers write it
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Set("Content-Security-Policy", "frame-ancestors 'none'")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Referrer-Policy", "no-referrer")
	return v.hand(page, "text/html; charset=utf-8", "")
}
