// Package page writes a receipt as one self-contained HTML page that a person
// understands, that prints on paper, and that names what is withheld. The page
// is a rendering: only the receipt itself is signed.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page/wording"
)

var (
	//go:embed words.*.json
	files embed.FS
	//go:embed page.html
	layout string
	//go:embed page.css
	style string

	texts = wording.MustLoad(files)
	pages = template.Must(template.New("page").Parse(layout))
)

// ContentSecurityPolicy is the header to serve a page with: it has no script,
// loads nothing, and its one style is named by its hash.
var ContentSecurityPolicy = "default-src 'none'; style-src '" + styleHash() +
	"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func styleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Render writes a verified receipt as a page in the language that suits. The
// catalogue is the one that the receipt names; where it does not know a purpose
// or a party, its id is shown.
func Render(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error {
	v, err := newView(rec, &Names{Words: texts.In(language), Catalogue: cat})
	if err != nil {
		return err
	}
	var b bytes.Buffer // nothing is written of a page that fails
	if err := pages.Execute(&b, v); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}
