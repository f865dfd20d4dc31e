package shell

import (
	"regexp"
	"strings"
	"testing"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue/source"
)

var (
	printed = regexp.MustCompile(`(?s)@media print \{.*?\n\}\n`)
	roots   = regexp.MustCompile(`(@media \(prefers-color-scheme: ?dark\) ?\{\s*)?:root ?\{([^}]*)\}`)
	colour  = regexp.MustCompile(`--([a-z-]+): ?#([0-9a-f]{3}|[0-9a-f]{6})\b`)
)

// colours are the colours of a style sheet by role, on a light screen or on a dark one.
func colours(sheet string, dark bool) map[string]string {
	sheet = printed.ReplaceAllString(sheet, "")
	found := map[string]string{}
	for _, r := range roots.FindAllStringSubmatch(sheet, -1) {
		if r[1] != "" && !dark {
			continue
		}
		for _, c := range colour.FindAllStringSubmatch(r[2], -1) {
			hex := c[2]
			if len(hex) == 3 {
				hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
			}
			found[c[1]] = "#" + hex
		}
	}
	return found
}

const edges = 3 // the least contrast of what can be operated (WCAG 2.2, 1.4.11)

// pairs are the colours of texts and edges, each with what stands behind it somewhere.
var pairs = []struct {
	front string
	least float64
	backs string
}{
	{"ink", brand.MinContrast, "ground paper tint good-bg warn-bg bad-bg"},
	{"soft", brand.MinContrast, "ground paper tint bad-bg"},
	{"accent", brand.MinContrast, "ground paper tint"},
	{"on-accent", brand.MinContrast, "accent"},
	{"paper", brand.MinContrast, "ink"},
	{"good", brand.MinContrast, "good-bg"},
	{"warn", brand.MinContrast, "warn-bg"},
	{"bad", brand.MinContrast, "bad-bg ground paper"},
	{"edge", edges, "ground paper"},
}

// TestContrast: in the brand of each sample and in none, on light and on dark screens, people can
// read every text on what is behind it (WCAG 2.2, 1.4.3), and see what they can operate.
func TestContrast(t *testing.T) {
	worn := map[string]brand.Brand{"no brand": {}}
	for _, file := range []string{"first-example-bank.yaml", "sample-general-hospital.yaml", "sample-street-shop.yaml"} {
		compiled, problems := source.Compile(samples.FS, file)
		if len(problems) > 0 || compiled.Catalogue.Brand == nil {
			t.Fatalf("%s has no brand: %v", file, problems)
		}
		worn[file] = compiled.Catalogue.BrandIn("en", nil)
	}
	for name, of := range worn {
		text, _ := sheet(of)
		for scheme, want := range map[string]brand.Scheme{"light": brand.Light, "dark": brand.Dark} {
			c := colours(string(text), scheme == "dark")
			if c["ground"] != want.Ground || c["paper"] != want.Paper {
				t.Errorf("%s: the sheet has the ground %s and the paper %s, brands are made for %v", scheme, c["ground"], c["paper"], want)
			}
			for _, pair := range pairs {
				for _, back := range strings.Fields(pair.backs) {
					if c[pair.front] == "" || c[back] == "" {
						t.Fatalf("%s: no colour %s or %s: %v", scheme, pair.front, back, c)
					}
					if got := brand.Contrast(c[pair.front], c[back]); got < pair.least {
						t.Errorf("%s, %s: %s on %s has a contrast of %.2f, at least %.1f", name, scheme, pair.front, back, got, pair.least)
					}
				}
			}
		}
	}
}
