package portal

import (
	"bytes"
	"html/template"
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

// documents keeps what never changes: catalogues and notices, by digest; and for a while
// what may.
type documents struct {
	mu         sync.Mutex
	catalogues map[string]*catalogue.Catalogue
	notices    map[string]template.HTML
	current    fresh[*catalogue.Catalogue]
	roots      fresh[receipt.Roots]
}

// fresh is a document that may change: it is fetched anew after currentFor.
type fresh[D any] struct {
	mu      sync.Mutex
	doc     D
	fetched time.Time // zero: never
}

// get returns the document that is at hand, or fetches it.
func (f *fresh[D]) get(now time.Time, fetch func() (D, error)) (D, error) {
	f.mu.Lock()
	doc, fetched := f.doc, f.fetched
	f.mu.Unlock()
	if !fetched.IsZero() && now.Sub(fetched) < currentFor {
		return doc, nil
	}
	doc, err := fetch()
	if err != nil {
		return doc, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.doc, f.fetched = doc, now
	return doc, nil
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
	return cached(v, &v.documents.catalogues, digest, fetch(v, "/v1/catalogue/"+digest, catalogue.Parse))
}

func (v *visit) currentCatalogue() (*catalogue.Catalogue, error) {
	return v.documents.current.get(v.Now(), fetch(v, "/v1/catalogue", catalogue.Parse))
}

// roots are the issuer's root certificates, newest first, as the API publishes them: it
// has them from the deployment and not from the table.
func (v *visit) roots() (receipt.Roots, error) {
	return v.documents.roots.get(v.Now(), fetch(v, rootPath, receipt.ParseRoots))
}

// notice returns a notice as HTML.
func (v *visit) notice(digest string) (template.HTML, error) {
	return cached(v, &v.documents.notices, digest, fetch(v, "/v1/notices/"+digest, markdown))
}

// fetch gets a public document from the API when it is called.
func fetch[D any](v *visit, path string, parse func([]byte) (D, error)) func() (D, error) {
	return func() (none D, err error) {
		a, err := v.call(http.MethodGet, path, nil)
		if err != nil {
			return none, err
		}
		return parse(a.Body)
	}
}

// cached returns a document that is at hand, or fetches it. The digest in an offer's token
// has been through the browser.
func cached[D any](v *visit, at *map[string]D, digest string, fetch func() (D, error)) (D, error) {
	v.documents.mu.Lock()
	doc, ok := (*at)[digest]
	v.documents.mu.Unlock()
	if ok {
		return doc, nil
	}
	if !statement.ValidDigest(digest) {
		return doc, refusal(http.StatusNotFound, "not-found")
	}
	doc, err := fetch()
	if err != nil {
		return doc, err
	}
	v.documents.mu.Lock()
	defer v.documents.mu.Unlock()
	if len(*at) == 0 || len(*at) >= maxDocuments {
		*at = map[string]D{}
	}
	(*at)[digest] = doc
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
