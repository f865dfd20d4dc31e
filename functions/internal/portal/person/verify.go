package person

import (
	"strconv"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/verifypage"
)

// verify serves the page that checks receipts on a person's own device, with the roots of the
// issuer inside. The page has its own policy, which names its script by hash. Only the rule that
// nobody may frame the page has to be in a header.
func verify(v *shell.Visit, roots receipt.Roots) error {
	page, err := verifypage.ServedBy(v.Host(), roots)
	if err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Set("Content-Security-Policy", "frame-ancestors 'none'")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Referrer-Policy", "no-referrer")
	return v.Hand(page, "text/html; charset=utf-8", "")
}
