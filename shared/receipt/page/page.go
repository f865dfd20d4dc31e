// Package page writes a receipt as one self-contained HTML page that a person understands,
// that prints on paper, and that names the withheld elements; and as plain text. Both are
// renderings: only the receipt itself is signed. The page carries it.
package page

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"net/url"
	"strings"
	"sync"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/wording"
)

var (
	//go:embed page.html
	layout string
	// Card is the style of a receipt's card, which page, portal and verify.html share.
	//
	//go:embed card.css
	Card string

	//go:embed page.css
	own string

	style = Card + own

	texts = wording.Load(wording.Page)
	pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(layout)) })
)

// PolicyFor returns the Content-Security-Policy to serve a page with that wears a brand: it has
// no script, loads nothing, its one style is named by its hash, and its one picture is in it.
func PolicyFor(worn brand.Brand) string {
	return "default-src 'none'; style-src '" + StyleHash(style+worn.CSS()) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// LanguageOf returns the language of the receipt's notice, or else of its own words, or else
// English.
func LanguageOf(rec *receipt.Receipt) string {
	for _, elements := range [][]receipt.Element{rec.Records, rec.Changes, rec.Request, rec.Standing} {
		values, _ := receipt.Values(elements)
		for _, value := range values {
			var v struct {
				Language string
				Labels   struct{ Language string }
			}
			if json.Unmarshal(value, &v) == nil && v.Language+v.Labels.Language != "" {
				return cmp.Or(v.Language, v.Labels.Language)
			}
		}
	}
	return wording.Fallback
}

const rootMediaType = "application/x-pem-file"

// escapeAll escapes a text for a URL, including + and =, so that a program that saves the
// page finds no further character to escape.
func escapeAll(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// StyleHash returns the source expression that allows a style in a page's policy (CSP Level
// 3, 2.3.1).
func StyleHash(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Render writes a verified receipt as a page in the best language available. The catalogue is
// as for NewDocument. The page carries the root that certified the receipt's leaf, and wears
// the brand.
func Render(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string, worn brand.Brand) error {
	d, err := NewDocument(rec, cat, language)
	if err != nil {
		return err
	}
	d.Brand = worn
	return d.WriteHTML(w, roots)
}

// WriteHTML writes the document as a page.
func (d *Document) WriteHTML(w io.Writer, roots receipt.Roots) error {
	// The characters are those of base64url, the dot and the tilde, so a URL needs no escapes
	// for them (RFC 2397).
	v := sheet{Document: d, W: d.w, Style: template.CSS(style + d.Brand.CSS()), Signed: template.URL("data:" + receipt.MediaType + "," + d.rec.Raw), RootFile: inside.RootFile}
	if root := roots.Of(d.rec); root != nil {
		v.Root = template.URL("data:" + rootMediaType + "," + escapeAll(string(root.PEM())))
	}
	var b bytes.Buffer // buffered, so that a failing page writes nothing
	if err := pages().Execute(&b, &v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// sheet holds the values of the template.
type sheet struct {
	*Document
	W        *wording.Words
	Style    template.CSS
	Signed   template.URL // the receipt itself, for saving from the page
	Root     template.URL
	RootFile string
}

// Logo returns the address of the brand's picture.
func (s *sheet) Logo() template.URL { return LogoURL(s.Brand.Logo) }

// LogoURL returns a logo as an address that loads nothing (RFC 2397), or "" for none.
func LogoURL(logo *brand.Logo) template.URL {
	if logo == nil {
		return ""
	}
	return template.URL("data:" + brand.LogoMediaType + ";base64," + base64.StdEncoding.EncodeToString(logo.PNG))
}

// ISO returns the moment of the event for machines (RFC 3339).
func (s *sheet) ISO() string { return iso(s.rec.Event.OccurredAt) }
