package portal

import (
	"net/http"
	"strconv"

	"consent-receipts/shared/receipt/verifypage"
)

// VerifyPage serves the page that checks receipts on a person's own device. Its policy
// is in the page itself, and names its script by its hash; that nobody may frame it can
// only be said in a header.
func VerifyPage() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(verifypage.Page)))
		h.Set("Content-Security-Policy", "frame-ancestors 'none'")
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		_, _ = w.Write(verifypage.Page)
	})
}
