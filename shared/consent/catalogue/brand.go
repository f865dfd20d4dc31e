package catalogue

import "consent-receipts/shared/brand"

// Brand says how the controller's pages look. Each member may be absent. It is part of the
// catalogue, but no receipt states it.
type Brand struct {
	Service Text        `json:"service,omitempty"` // what the pages are called, beside the controller's name
	Logo    *Logo       `json:"logo,omitempty"`
	Accent  string      `json:"accent,omitempty"` // #rrggbb, see brand.CheckAccent; absent: brand.Neutral
	Links   []BrandLink `json:"links,omitempty"`
}

// Logo cites the exact bytes of a picture, see brand.NewLogo.
type Logo struct {
	Digest string `json:"digest"` // sha256:<hex>
}

// BrandLink is a link at the foot of a page.
type BrandLink struct {
	Label Text   `json:"label"`
	URL   string `json:"url"` // https
}

// LogoDigest returns the digest of the picture that BrandIn takes, or "" if there is none.
func (c *Catalogue) LogoDigest() string {
	if c.Brand == nil || c.Brand.Logo == nil {
		return ""
	}
	return c.Brand.Logo.Digest
}

// BrandIn is what pages in one of the catalogue's languages wear. The picture is that of the
// cited logo, or nil; a picture that is not the cited one, or no logo at all, is left out.
func (c *Catalogue) BrandIn(language string, picture []byte) brand.Brand {
	worn := brand.Brand{Controller: c.Parties[c.Controller].Name, Accent: brand.Neutral}
	b := c.Brand
	if b == nil {
		return worn
	}
	worn.Service = b.Service.In(language, c.Languages...)
	if b.Accent != "" {
		worn.Accent = b.Accent
	}
	if logo, err := brand.NewLogo(picture); err == nil && logo.Digest == c.LogoDigest() {
		worn.Logo = logo
	}
	for _, l := range b.Links {
		worn.Links = append(worn.Links, brand.Link{Label: l.Label.In(language, c.Languages...), URL: l.URL})
	}
	return worn
}

// Layout says how the questions of an offer stand on the pages.
type Layout string

// The layouts. Whatever the layout, people see all their answers before they send them.
const (
	OneByOne Layout = ""       // a question a page
	Single   Layout = "single" // all questions on one page
)
