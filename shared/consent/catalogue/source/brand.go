package source

import (
	"errors"
	"fmt"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
)

// brandFile is a brand as an operator writes it: the logo is named by its file.
type brandFile struct {
	Service catalogue.Text        `json:"service"`
	Logo    string                `json:"logo"` // a path
	Accent  string                `json:"accent"`
	Links   []catalogue.BrandLink `json:"links"`
}

// brand checks the brand, and returns what the catalogue cites of it and the logo itself.
func (l *linter) brand(f *file) (*catalogue.Brand, *brand.Logo) {
	b := f.Brand
	if b == nil {
		return nil, nil
	}
	if b.Service != nil {
		l.label(f, "brand/service", "the name of the service", b.Service)
	}
	if err := brand.CheckAccent(b.Accent); b.Accent != "" && err != nil {
		fix := ""
		if refused := (*brand.AccentError)(nil); errors.As(err, &refused) {
			fix = fmt.Sprintf(`write "%s", the nearest colour that passes`, refused.Nearest)
		}
		l.report("brand/accent", fmt.Sprintf("the accent %.20q %v", b.Accent, err), fix)
	}
	l.want(len(b.Links) <= brand.MaxLinks, "brand/links", fmt.Sprintf("%d links, at most %d", len(b.Links), brand.MaxLinks), "keep those that people look for")
	for i, link := range b.Links {
		where := at("brand/links", i)
		what := fmt.Sprintf("link %d of the brand", i+1)
		l.label(f, at(where, "label"), "the label of "+what, link.Label)
		l.link(at(where, "url"), what, link.URL, false)
	}
	out := &catalogue.Brand{Service: b.Service, Accent: b.Accent, Links: b.Links}
	logo := l.logo(b.Logo)
	if logo != nil {
		out.Logo = &catalogue.Logo{Digest: logo.Digest}
	}
	return out, logo
}

func (l *linter) logo(name string) *brand.Logo {
	if name == "" {
		return nil
	}
	b, ok := l.beside("brand/logo", "the logo", name, brand.MaxLogoBytes)
	if !ok {
		return nil
	}
	logo, err := brand.NewLogo(b)
	if err != nil {
		l.report("brand/logo", fmt.Sprintf("%q is %v", name, err),
			fmt.Sprintf("save it as a still PNG without metadata, not interlaced, each side %d to %d pixels", brand.MinLogoSide, brand.MaxLogoSide))
	}
	return logo
}
