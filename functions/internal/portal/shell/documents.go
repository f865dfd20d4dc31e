package shell

import (
	"math"
	"net/http"
	"sync"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// Bounds of what is kept of the public documents.
const (
	maxDocuments = 256
	currentFor   = time.Minute // a new catalogue, or root, shows after this at the latest
)

// RootPath is where the API publishes the issuer's root certificates.
const RootPath = "/.well-known/consent-receipt/root.pem"

// documents keeps what the API publishes, by its path: what a digest names for good, and
// for a while what may change.
type documents struct {
	mu sync.Mutex
	at map[string]document
}

// document is one of them, as it was parsed.
type document struct {
	parsed  any
	fetched time.Time
}

// names says ids as the catalogue with this digest does; "" is the current one.
func (v *Visit) Names(digest string) (*page.Names, error) {
	find := v.CurrentCatalogue
	if digest != "" {
		find = func() (*catalogue.Catalogue, error) { return v.Catalogue(digest) }
	}
	cat, err := find()
	if err != nil {
		return nil, err
	}
	return &page.Names{Words: v.Words.InZone(cat.DataRequests.Timezone), Catalogue: cat}, nil
}

// namesOf says what a receipt states. Receipts from before they had words of their own
// need the catalogue that they cite.
func (v *Visit) NamesOf(rec *receipt.Receipt) (*page.Names, error) {
	if rec.Controller != nil {
		return page.NamesOf(rec, nil, v.Words), nil
	}
	cat, err := v.Catalogue(rec.Catalogue)
	if err != nil {
		return nil, err
	}
	return page.NamesOf(rec, cat, v.Words), nil
}

func (v *Visit) Catalogue(digest string) (*catalogue.Catalogue, error) {
	return ByDigest(v, "/v1/catalogue/", digest, catalogue.Parse)
}

func (v *Visit) CurrentCatalogue() (*catalogue.Catalogue, error) {
	return published(v, "/v1/catalogue", currentFor, catalogue.Parse)
}

// roots are the issuer's root certificates, newest first, as the API publishes them: it
// has them from the deployment and not from the table.
func (v *Visit) Roots() (receipt.Roots, error) {
	return published(v, RootPath, currentFor, receipt.ParseRoots)
}

// ByDigest returns a document that never changes. The digest in an offer's token has been
// through the browser.
func ByDigest[D any](v *Visit, path, digest string, parse func([]byte) (D, error)) (doc D, err error) {
	if !statement.ValidDigest(digest) {
		return doc, Refusal(http.StatusNotFound, "not-found")
	}
	return published(v, path+digest, math.MaxInt64, parse)
}

// published returns a public document that is at hand and not too old, or fetches it.
func published[D any](v *Visit, path string, life time.Duration, parse func([]byte) (D, error)) (doc D, err error) {
	kept, now := v.documents, v.Now()
	kept.mu.Lock()
	found, ok := kept.at[path]
	kept.mu.Unlock()
	if ok && now.Sub(found.fetched) < life {
		return found.parsed.(D), nil
	}
	a, err := v.Call(http.MethodGet, path, nil)
	if err != nil {
		return doc, err
	}
	if doc, err = parse(a.Body); err != nil {
		return doc, err
	}
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if len(kept.at) == 0 || len(kept.at) >= maxDocuments {
		kept.at = map[string]document{}
	}
	kept.at[path] = document{doc, now}
	return doc, nil
}
