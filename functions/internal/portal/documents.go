package portal

import (
	"bytes"
	"html/template"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

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

// rootPath is where the API publishes the issuer's root certificates.
const rootPath = "/.well-known/consent-receipt/root.pem"

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
func (v *visit) names(digest string) (*page.Names, error) {
	find := v.currentCatalogue
	if digest != "" {
		find = func() (*catalogue.Catalogue, error) { return v.catalogue(digest) }
	}
	cat, err := find()
	if err != nil {
		return nil, err
	}
	return &page.Names{Words: v.words.InZone(cat.DataRequests.Timezone), Catalogue: cat}, nil
}

// namesOf says what a receipt states. Receipts from before they had words of their own
// need the catalogue that they cite.
func (v *visit) namesOf(rec *receipt.Receipt) (*page.Names, error) {
	if rec.Controller != nil {
		return page.NamesOf(rec, nil, v.words), nil
	}
	cat, err := v.catalogue(rec.Catalogue)
	if err != nil {
		return nil, err
	}
	return page.NamesOf(rec, cat, v.words), nil
}

func (v *visit) catalogue(digest string) (*catalogue.Catalogue, error) {
	return byDigest(v, "/v1/catalogue/", digest, catalogue.Parse)
}

func (v *visit) currentCatalogue() (*catalogue.Catalogue, error) {
	return published(v, "/v1/catalogue", currentFor, catalogue.Parse)
}

// roots are the issuer's root certificates, newest first, as the API publishes them: it
// has them from the deployment and not from the table.
func (v *visit) roots() (receipt.Roots, error) {
	return published(v, rootPath, currentFor, receipt.ParseRoots)
}

// notice returns a notice as HTML.
func (v *visit) notice(digest string) (template.HTML, error) {
	return byDigest(v, "/v1/notices/", digest, markdown)
}

// byDigest returns a document that never changes. The digest in an offer's token has been
// through the browser.
func byDigest[D any](v *visit, path, digest string, parse func([]byte) (D, error)) (doc D, err error) {
	if !statement.ValidDigest(digest) {
		return doc, refusal(http.StatusNotFound, "not-found")
	}
	return published(v, path+digest, math.MaxInt64, parse)
}

// published returns a public document that is at hand and not too old, or fetches it.
func published[D any](v *visit, path string, life time.Duration, parse func([]byte) (D, error)) (doc D, err error) {
	kept, now := v.documents, v.Now()
	kept.mu.Lock()
	found, ok := kept.at[path]
	kept.mu.Unlock()
	if ok && now.Sub(found.fetched) < life {
		return found.parsed.(D), nil
	}
	a, err := v.call(http.MethodGet, path, nil)
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

// headingsBelow is the level of the heading that a notice stands under.
const headingsBelow = 2

// markdown renders a notice. Raw HTML and dangerous links are left out, and its
// headings become those of a part of the page.
func markdown(source []byte) (template.HTML, error) {
	md := goldmark.New()
	doc := md.Parser().Parse(text.NewReader(source))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+headingsBelow, 6)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, source, doc); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // goldmark escapes; its safe mode is the default
}
