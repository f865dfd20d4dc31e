package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// maxParts bounds how many bundles are looked for.
const maxParts = 100

// receiptPage is one receipt in a few words, with the ways to keep it.
type receiptPage struct {
	Seq                 uint64
	New                 bool
	Heading, When, Late string
	Changes             []changeCard
	Requests            []requestCard
	Digest              string
}

type changeCard struct {
	Verb, Purpose, Recipient string
	Added, Removed           []string
	GPC                      bool
}

// decodedReceipt is what is read of the API's decoded receipt.
type decodedReceipt struct {
	Digest  string `json:"digest"`
	Receipt struct {
		Catalogue string                     `json:"catalogue"`
		Event     receipt.Event              `json:"event"`
		Changes   []consent.Change           `json:"changes"`
		Request   []consent.RequestStatement `json:"request"`
	} `json:"receipt"`
}

// receiptPath is the API's address of the receipt that the page is about.
func (v *visit) receiptPath(format string) (path string, seq uint64, err error) {
	seq, err = strconv.ParseUint(v.r.PathValue("seq"), 10, 64)
	if err != nil {
		return "", 0, &problem{Status: http.StatusNotFound, Slug: "not-found"}
	}
	query := url.Values{"format": {format}, "language": {v.words.Language}}
	return fmt.Sprintf("/v1/receipts/%d?%s", seq, query.Encode()), seq, nil
}

func (v *visit) showReceipt() error {
	path, seq, err := v.receiptPath("json")
	if err != nil {
		return err
	}
	rec, err := get[decodedReceipt](v, path)
	if err != nil {
		return err
	}
	n, err := v.names(rec.Receipt.Catalogue)
	if err != nil {
		return err
	}
	event := rec.Receipt.Event
	p := receiptPage{
		Seq: seq, New: v.r.URL.Query().Has("new"), Digest: rec.Digest,
		Heading: v.words.Term("event", event.Type), When: v.words.Moment(event.OccurredAt),
	}
	if event.Late {
		p.Late = v.words.Say("receipt.late")
	}
	for _, c := range rec.Receipt.Changes {
		p.Changes = append(p.Changes, v.changeCard(n, event.Type, c))
	}
	for _, r := range rec.Receipt.Request {
		p.Requests = append(p.Requests, v.requestCard(r.Request))
	}
	return v.render(http.StatusOK, "receipt", v.words.Say("receipt.title", "n", seq, "event", p.Heading), p)
}

func (v *visit) changeCard(n *page.Names, event string, c consent.Change) changeCard {
	card := changeCard{
		Verb: v.words.Term("said", c.To), Purpose: n.Purpose(c.Purpose), Recipient: n.Party(c.Recipient),
		Added: n.Delta(c.Added), Removed: n.Delta(c.Removed), GPC: c.Cause == consent.CauseGPC,
	}
	if c.From == consent.Given && c.To == consent.Given {
		card.Verb = v.words.Say("said.changed")
		if event == string(consent.EventAmendment) {
			card.Verb = v.words.Say("said.narrowed")
		}
	}
	if c.Purpose == "" { // an opt-out that named a consent nobody knows
		card.Purpose = c.ConsentID
	}
	return card
}

// printReceipt shows the API's own page of the receipt: it is made for paper.
func (v *visit) printReceipt() error {
	path, _, err := v.receiptPath("html")
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
	return v.pass(path, "text/html; charset=utf-8", "")
}

// downloadReceipt hands over the signed receipt.
func (v *visit) downloadReceipt() error {
	path, seq, err := v.receiptPath("sd-jwt")
	if err != nil {
		return err
	}
	return v.pass(path, receipt.MediaType, fmt.Sprintf("receipt-%010d.sd-jwt", seq))
}

// decodedReceipt shows what the receipt states, as JSON.
func (v *visit) decodedReceipt() error {
	path, _, err := v.receiptPath("json")
	if err != nil {
		return err
	}
	a, err := v.call(http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	var decoded json.RawMessage
	if err := json.Unmarshal(a.body, &decoded); err != nil {
		return err
	}
	if a.body, err = json.MarshalIndent(decoded, "", "  "); err != nil {
		return err
	}
	return v.hand(a, "application/json", "")
}

// pass hands an answer of the API over to the person.
func (v *visit) pass(path, mediaType, name string) error {
	a, err := v.call(http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	return v.hand(a, mediaType, name)
}

func (v *visit) hand(a *answer, mediaType, name string) error {
	v.w.Header().Set("Content-Type", mediaType)
	if name != "" {
		v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	_, _ = v.w.Write(a.body) // a reader that has gone gets nothing
	return nil
}

// bundlePage lists the parts of everything that the person keeps.
type bundlePage struct{ Parts []bundlePart }

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
			return &problem{Status: http.StatusNotFound, Slug: "not-found"}
		}
		cursor = strconv.FormatUint(n, 10)
	}
	p := bundlePage{}
	for len(p.Parts) < maxParts {
		a, err := v.call(http.MethodGet, "/v1/receipts/bundle?"+url.Values{"cursor": {cursor}, "language": {v.words.Language}}.Encode(), nil, "")
		if err != nil {
			return err
		}
		next := nextCursor.FindStringSubmatch(a.header.Get("Link"))
		switch {
		case part != "":
			return v.hand(a, "application/zip", "consent-receipts-from-"+cursor+".zip")
		case next == nil && len(p.Parts) == 0:
			return v.hand(a, "application/zip", "consent-receipts.zip")
		}
		p.Parts = append(p.Parts, bundlePart{len(p.Parts) + 1, cursor})
		if next == nil {
			break
		}
		cursor = next[1]
	}
	return v.render(http.StatusOK, "bundle", v.words.Say("bundle.title"), p)
}
