package shell

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/receipt/page"
)

// These are the paths of what pages load: the style sheet and the logo.
const (
	StylePath = "/assets/portal.css"
	LogoPath  = "/assets/logo.png"
)

//go:embed assets/portal.css
var stylesheet []byte

// brand is what the pages wear: the brand of the current catalogue. If the API does not answer,
// the page is neutral, because the page that says what went wrong must not fail too.
func (v *Visit) brand() brand.Brand {
	cat, err := v.CurrentCatalogue()
	if err != nil {
		return brand.Brand{Controller: v.Words.Say("site.name"), Accent: brand.Neutral}
	}
	worn := cat.BrandIn(v.Words.Language, nil)
	if cat.Brand != nil && cat.Brand.Logo != nil {
		logo, err := ByDigest(v, "/v1/logos/", cat.Brand.Logo.Digest, brand.NewLogo)
		if err == nil && logo.Digest == cat.Brand.Logo.Digest {
			worn.Logo = logo
		}
	}
	return worn
}

// sheet is the style sheet in the colours of a brand, and a version that changes with it.
func sheet(worn brand.Brand) (text []byte, version string) {
	text = slices.Concat([]byte(page.Card), stylesheet, []byte(worn.CSS()))
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:6])
}

// ServeStyle answers with the style sheet.
func ServeStyle(v *Visit) error {
	text, version := sheet(v.brand())
	v.keep(version)
	return v.Hand(text, "text/css; charset=utf-8", "")
}

// ServeLogo answers with the logo.
func ServeLogo(v *Visit) error {
	logo := v.brand().Logo
	if logo == nil {
		return Refusal(http.StatusNotFound, "not-found")
	}
	v.keep(logo.Digest)
	return v.Hand(logo.PNG, brand.LogoMediaType, "")
}

// keep lets browsers keep the file for good, if the address names the version that they get.
func (v *Visit) keep(version string) {
	if v.R.URL.Query().Get("v") == version {
		v.W.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
}

// initials are the first letters of a name, at most two.
func initials(name string) (letters string) {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range words[:min(len(words), 2)] {
		first, _ := utf8.DecodeRuneInString(word)
		letters += string(unicode.ToUpper(first))
	}
	return letters
}
