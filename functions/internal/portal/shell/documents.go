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

// Bounds of the public documents that are kept in memory.
const (
	maxDocuments = 256
	currentFor   = time.Minute // a new catalogue or root is used after this time at the latest
)

// RootPath is the API's path of the issuer's root certificates.
const RootPath = "/.well-known/consent-receipt/root.pem"

// documents keeps parsed public documents by their path. A document that a digest names is kept
// for good, and one that may change only for a while.
type documents struct {
	mu sync.Mutex
	at map[string]document
}

// document is one parsed document.
type document struct {
	parsed  any
	fetched time.Time
}

// Names says ids in the words of the catalogue with this digest; empty: of the current one.
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

// NamesOf says ids in the words of a receipt. Old receipts have no words inside. They need the
// catalogue that they cite.
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

// Catalogue returns the catalogue with this digest.
func (v *Visit) Catalogue(digest string) (*catalogue.Catalogue, error) {
	return ByDigest(v, "/v1/catalogue/", digest, catalogue.Parse)
}

// CurrentCatalogue returns the catalogue that is used now.
func (v *Visit) CurrentCatalogue() (*catalogue.Catalogue, error) {
	return published(v, "/v1/catalogue", currentFor, catalogue.Parse)
}

// Roots are the issuer's root certificates, newest first. The API publishes those of the
// deployment and not those of the table.
func (v *Visit) Roots() (receipt.Roots, error) {
	return published(v, RootPath, currentFor, receipt.ParseRoots)
}

// ByDigest returns the document that a digest names. It checks the form of the digest, because
// the digest in an offer's token comes from the browser.
func ByDigest[D any](v *Visit, path, digest string, parse func([]byte) (D, error)) (doc D, err error) {
	if !statement.ValidDigest(digest) {
		return doc, Refusal(http.StatusNotFound, "not-found")
	}
	return published(v, path+digest, math.MaxInt64, parse)
}

// published returns a public document. It is fetched unless a copy is kept that is not too old.
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
