package portal

import (
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"

	"consent-receipts/shared/api"
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
	wanted := v.r.URL.Query().Get("format")
	for i, c := range copies {
		if c.Format == wanted || wanted == "" && i == 0 {
			return v.download(v.receiptPath(c.Format), c.mediaType, "")
		}
	}
	return refusal(http.StatusNotFound, "not-found")
}

// printReceipt shows the API's own page of the receipt: it is made for paper.
func (v *visit) printReceipt() error {
	a, err := v.call(http.MethodGet, v.receiptPath("html"), nil)
	if err != nil {
		return err // in the portal's own style, which the policy of that page forbids
	}
	v.w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
	return v.hand(a.Body, "text/html; charset=utf-8", "")
}

// download hands what the API has at a path over to the person, as a file of this name;
// "" is the name that the API gives it. Headers come in pairs.
func (v *visit) download(path, mediaType, name string, headers ...string) error {
	a, err := v.call(http.MethodGet, path, nil, headers...)
	if err != nil {
		return err
	}
	return v.handFile(a, mediaType, name)
}

// handFile hands an answer of the API over.
func (v *visit) handFile(a *client.Answer, mediaType, name string) error {
	if name == "" {
		_, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
		if err != nil {
			return fmt.Errorf("the API's name of a file: %w", err)
		}
		name = params["filename"]
	}
	return v.hand(a.Body, mediaType, name)
}

// hand answers with a document: to be kept as a file, if it has a name.
func (v *visit) hand(body []byte, mediaType, name string) error {
	v.w.Header().Set("Content-Type", mediaType)
	if name != "" {
		v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	_, _ = v.w.Write(body) // a reader that has gone gets nothing
	return nil
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
		a, err := v.call(http.MethodGet, client.With("/v1/receipts/bundle", api.BundleQuery{Cursor: cursor, Language: v.words.Language}), nil)
		if err != nil {
			return err
		}
		next := nextCursor.FindStringSubmatch(a.Header.Get("Link"))
		if part != "" || next == nil && len(p.Parts) == 0 {
			return v.handFile(a, "application/zip", "")
		}
		p.Parts = append(p.Parts, bundlePart{len(p.Parts) + 1, cursor})
		if next == nil {
			break
		}
		cursor = next[1]
	}
	return v.render(http.StatusOK, "bundle", v.words.Say("bundle.title"), p)
}
