package person

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"sync"

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

// bundlePage is one part of the bundle of all receipts, and the way to the next. Making a part
// is work, so the page says nothing of the parts behind the next.
type bundlePage struct {
	Part   int
	Cursor uint64 // number of its first receipt
	Next   string // address of the page of the next part, or empty
	Path   string // of the page
}

var nextCursor = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`<[^>]*[?&]cursor=(\d+)[^>]*>\s*;\s*rel="next"`)
})

// bundle hands over the ZIP of all receipts, or the part that ?cursor= names. If one ZIP does not
// hold them, there is a page for each part.
func bundle(v *shell.Visit) error {
	query := v.R.URL.Query()
	cursor, notCursor := strconv.ParseUint(cmp.Or(query.Get("cursor"), query.Get("from"), "1"), 10, 64)
	part, notPart := strconv.Atoi(cmp.Or(query.Get("part"), "1"))
	if notCursor != nil || notPart != nil {
		return shell.Refusal(http.StatusNotFound, "not-found")
	}
	p := bundlePage{Part: part, Cursor: cursor, Path: v.R.URL.Path}
	a, err := v.Call(http.MethodGet, client.With(v.Ledger().At("/receipts/bundle"), api.BundleQuery{Cursor: strconv.FormatUint(p.Cursor, 10), Language: v.Words.Language}), nil)
	if err != nil {
		return err
	}
	next := nextCursor().FindStringSubmatch(a.Header.Get("Link"))
	if query.Has("cursor") || next == nil && p.Part == 1 {
		return v.HandFile(a, "application/zip", "")
	}
	if next != nil {
		p.Next = p.Path + "?" + url.Values{"part": {strconv.Itoa(p.Part + 1)}, "from": {next[1]}}.Encode()
	}
	return v.Render(http.StatusOK, "bundle", v.Words.Say("bundle.title"), p)
}
