package portal

import (
	"bytes"
	"html/template"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// Bounds of what is kept of the public documents.
const (
	maxDocuments = 256
	currentFor   = time.Minute // a new catalogue shows after this at the latest
)

// documents keeps what never changes: catalogues and notices, by digest.
type documents struct {
	mu         sync.Mutex
	catalogues map[string]*catalogue.Catalogue
	notices    map[string]template.HTML
	current    *catalogue.Catalogue
	fetched    time.Time
}

// names says ids as the catalogue with this digest does; "" is the current one.
func (v *visit) names(digest string) (*page.Names, error) {
	fetch := v.catalogue
	if digest == "" {
		fetch = func(string) (*catalogue.Catalogue, error) { return v.currentCatalogue() }
	}
	cat, err := fetch(digest)
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
	return cached(v, &v.documents.catalogues, digest, func() (*catalogue.Catalogue, error) {
		a, err := v.call(http.MethodGet, "/v1/catalogue/"+digest, nil)
		if err != nil {
			return nil, err
		}
		return catalogue.Parse(a.body)
	})
}

func (v *visit) currentCatalogue() (*catalogue.Catalogue, error) {
	d := v.documents
	d.mu.Lock()
	cat, fetched := d.current, d.fetched
	d.mu.Unlock()
	if cat != nil && v.Now().Sub(fetched) < currentFor {
		return cat, nil
	}
	a, err := v.call(http.MethodGet, "/v1/catalogue", nil)
	if err != nil {
		return nil, err
	}
	if cat, err = catalogue.Parse(a.body); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current, d.fetched = cat, v.Now()
	return cat, nil
}

// notice returns a notice as HTML.
func (v *visit) notice(digest string) (template.HTML, error) {
	return cached(v, &v.documents.notices, digest, func() (template.HTML, error) {
		a, err := v.call(http.MethodGet, "/v1/notices/"+digest, nil)
		if err != nil {
			return "", err
		}
		return markdown(a.body)
	})
}

// digestForm is what a document is addressed by. The one in an offer's token has
// been through the browser.
var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// cached returns a document that is at hand, or fetches it.
func cached[D any](v *visit, at *map[string]D, digest string, fetch func() (D, error)) (D, error) {
	v.documents.mu.Lock()
	doc, ok := (*at)[digest]
	v.documents.mu.Unlock()
	if ok {
		return doc, nil
	}
	if !digestForm.MatchString(digest) {
		return doc, &problem{Status: http.StatusNotFound, Slug: "not-found"}
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
