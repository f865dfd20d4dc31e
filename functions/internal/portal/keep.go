package portal

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// copies are the forms in which a receipt can be kept. The first is what people are
// offered: it can be read, and the signed receipt and its root are inside. What the API
// learns to write under ?format= is a line here; its words are copy.<format>.
var copies = []copyForm{
	{"pdf", "application/pdf"},
	{"html", "text/html; charset=utf-8"},
	{"text", "text/plain; charset=utf-8"},
	{"sd-jwt", receipt.MediaType},
	{"json", "application/json"},
}

// copyForm is one of them: as the API's ?format= names it, and its media type.
type copyForm struct{ Format, mediaType string }

// downloadReceipt hands over the receipt in the form that ?format= names, or in the first.
func (v *visit) downloadReceipt() error {
	seq, err := v.seq()
	if err != nil {
		return err
	}
	wanted := v.r.URL.Query().Get("format")
	for i, c := range copies {
		if c.Format == wanted || wanted == "" && i == 0 {
			return v.pass(v.receiptPath(seq, c.Format), c.mediaType)
		}
	}
	return refusal(http.StatusNotFound, "not-found")
}

// printReceipt shows the API's own page of the receipt: it is made for paper.
func (v *visit) printReceipt() error {
	seq, err := v.seq()
	if err != nil {
		return err
	}
	a, err := v.call(http.MethodGet, v.receiptPath(seq, "html"), nil)
	if err != nil {
		return err // in the portal's own style, which the policy of that page forbids
	}
	v.w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
	v.hand(a.Body, "text/html; charset=utf-8", "")
	return nil
}

// pass hands what the API has at a path over to the person.
func (v *visit) pass(path, mediaType string) error {
	a, err := v.call(http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return v.handFile(a, mediaType)
}

// handFile hands an answer of the API over, as the file that the API calls it.
func (v *visit) handFile(a *client.Answer, mediaType string) error {
	_, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
	if err != nil {
		return fmt.Errorf("the API's name of a file: %w", err)
	}
	v.hand(a.Body, mediaType, params["filename"])
	return nil
}

// hand answers with a document: to be kept as a file, if it has a name.
func (v *visit) hand(body []byte, mediaType, name string) {
	v.w.Header().Set("Content-Type", mediaType)
	if name != "" {
		v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	_, _ = v.w.Write(body) // a reader that has gone gets nothing
}

// bundlePage lists the parts of everything that the person keeps.
type bundlePage struct{ Parts []bundlePart }

// maxParts bounds how many bundles are looked for.
const maxParts = 100

type bundlePart struct {
	Number int
	Cursor string
}

var nextCursor = regexp.MustCompile(`<[^>]*[?&]cursor=(\d+)[^>]*>\s*;\s*rel="next"`)

// bundle hands over the ZIP of everything, or lists its parts where one ZIP
// does not hold it.
func (v *visit) bundle() error {
	cursor, part := "1", v.r.URL.Query().Get("cursor")
	if part != "" {
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return refusal(http.StatusNotFound, "not-found")
		}
		cursor = strconv.FormatUint(n, 10)
	}
	p := bundlePage{}
	for len(p.Parts) < maxParts {
		a, err := v.call(http.MethodGet, "/v1/receipts/bundle?"+url.Values{"cursor": {cursor}, "language": {v.words.Language}}.Encode(), nil)
		if err != nil {
			return err
		}
		next := nextCursor.FindStringSubmatch(a.Header.Get("Link"))
		switch {
		case part != "", next == nil && len(p.Parts) == 0:
			return v.handFile(a, "application/zip")
		}
		p.Parts = append(p.Parts, bundlePart{len(p.Parts) + 1, cursor})
		if next == nil {
			break
		}
		cursor = next[1]
	}
	return v.render(http.StatusOK, "bundle", v.words.Say("bundle.title"), p)
}
