package person

import (
	"net/http"
	"regexp"
	"strconv"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt"
)

// receiptPage is one receipt, with the ways to keep and show it.
type receiptPage struct {
	cards.Receipt
	New      bool       // the receipt was made just now
	OptedOut string     // of a new receipt: the date since which an opt-out of sale and sharing is in force, if one is
	Copies   []copyForm // the forms beside the first
}

func showReceipt(v *shell.Visit, rec *receipt.Receipt) (err error) {
	p := receiptPage{New: v.R.URL.Query().Has("new"), Copies: copies[1:]}
	if p.Receipt, err = cards.Tell(v, rec); err != nil {
		return err
	}
	if p.New {
		if p.OptedOut, err = optedOut(v); err != nil {
			return err
		}
	}
	return v.Render(http.StatusOK, "receipt", v.Words.Say("receipt.title", "n", rec.Seq, "event", p.Heading), p)
}

// optedOut is the date since which the person's opt-out of sale and sharing is in force, or "".
func optedOut(v *shell.Visit) (string, error) {
	standing, err := cards.Standing(v)
	if err != nil || standing.OptOutSince == nil {
		return "", err
	}
	n, err := v.Names("")
	if err != nil {
		return "", err
	}
	return n.Words.Date(*standing.OptOutSince), nil
}

// copies are the forms in which a person can keep a receipt. The first form is the one that the
// page offers first: people can read it, and the signed receipt and its root are inside. Each
// value of the API's ?format= has a line here, and its words are copy.<format>.
var copies = []copyForm{
	{"pdf", "application/pdf"},
	{"html", "text/html; charset=utf-8"},
	{"text", "text/plain; charset=utf-8"},
	{"sd-jwt", receipt.MediaType},
	{"json", "application/json"},
}

// copyForm is one form of a receipt: its name in the API's ?format=, and its media type.
type copyForm struct{ Format, mediaType string }

// downloadReceipt hands over the receipt in the form that ?format= names, or in the first form.
func downloadReceipt(v *shell.Visit) error {
	wanted := v.R.URL.Query().Get("format")
	for i, c := range copies {
		if c.Format == wanted || wanted == "" && i == 0 {
			return v.Download(cards.ReceiptPath(v, c.Format), c.mediaType, "")
		}
	}
	return shell.Refusal(http.StatusNotFound, "not-found")
}

// printReceipt shows the API's own page of the receipt, which is made for paper.
func printReceipt(v *shell.Visit) error {
	a, err := v.Call(http.MethodGet, cards.ReceiptPath(v, "html"), nil)
	if err != nil {
		return err // before the header: the policy of that page forbids the portal's style sheet
	}
	const policy = "Content-Security-Policy"
	if of := a.Header.Get(policy); of != "" { // it allows the style of the brand that the page wears
		v.W.Header().Set(policy, of)
	}
	return v.Hand(a.Body, "text/html; charset=utf-8", "")
}

// bundlePage lists the parts of the bundle of all receipts.
type bundlePage struct{ Parts []bundlePart }

// maxParts bounds the number of parts that are listed.
const maxParts = 100

type bundlePart struct {
	Number int
	Cursor string
}

var nextCursor = regexp.MustCompile(`<[^>]*[?&]cursor=(\d+)[^>]*>\s*;\s*rel="next"`)

// bundle hands over the ZIP of all receipts. If one ZIP does not hold them, it lists the parts.
func bundle(v *shell.Visit) error {
	cursor, part := "1", v.R.URL.Query().Get("cursor")
	if part != "" {
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return shell.Refusal(http.StatusNotFound, "not-found")
		}
		cursor = strconv.FormatUint(n, 10)
	}
	p := bundlePage{}
	for len(p.Parts) < maxParts {
		a, err := v.Call(http.MethodGet, client.With("/v1/receipts/bundle", api.BundleQuery{Cursor: cursor, Language: v.Words.Language}), nil)
		if err != nil {
			return err
		}
		next := nextCursor.FindStringSubmatch(a.Header.Get("Link"))
		if part != "" || next == nil && len(p.Parts) == 0 {
			return v.HandFile(a, "application/zip", "")
		}
		p.Parts = append(p.Parts, bundlePart{len(p.Parts) + 1, cursor})
		if next == nil {
			break
		}
		cursor = next[1]
	}
	return v.Render(http.StatusOK, "bundle", v.Words.Say("bundle.title"), p)
}
