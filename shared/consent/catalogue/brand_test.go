package catalogue_test

import (
	"io/fs"
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
)

// TestBrandIn: pages wear what the catalogue says, in their language, and no picture but the
// one that it cites.
func TestBrandIn(t *testing.T) {
	compiled, problems := source.Compile(sample.FS, "sample-general-hospital.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	cat, picture := compiled.Catalogue, compiled.Logo.PNG
	worn := cat.BrandIn("es", picture)
	if worn.Controller != "Sample General Hospital" || worn.Service != "Mis permisos" || worn.Accent != "#274b8f" ||
		worn.Logo == nil || worn.Logo.Digest != cat.Brand.Logo.Digest || worn.Links[1].Label != "Ayuda" {
		t.Errorf("%+v", worn)
	}
	if other := cat.BrandIn("fr", picture); other.Service != "My permissions" {
		t.Errorf("in another language: %+v", other)
	}
	another, err := fs.ReadFile(sample.FS, "logos/sample-street-shop.png")
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{"none": nil, "another": another, "no picture": []byte("<svg/>")} {
		if worn := cat.BrandIn("en", b); worn.Logo != nil {
			t.Errorf("%s: it is worn", what)
		}
	}
	plain := &catalogue.Catalogue{Controller: "c", Parties: map[string]catalogue.Party{"c": {Name: "Controller"}}}
	if worn := plain.BrandIn("en", picture); worn.Controller != "Controller" || worn.Service != "" || worn.Accent != brand.Neutral || worn.Logo != nil || worn.Links != nil {
		t.Errorf("without a brand: %+v", worn)
	}
}
