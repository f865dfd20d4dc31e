// Package brand says how the pages of one controller look: what it calls them, a logo, the
// colours that follow from one accent colour, and the links at the foot.
//
// A brand is part of a catalogue and of no receipt: it says nothing of what was agreed. It
// is for portal, page, PDF and bundle. A page that judges a receipt wears none before it
// knows who signed.
package brand

import "strings"

// MaxLinks bounds the links at the foot of a page.
const MaxLinks = 8

// Brand is what the pages of one controller wear, in one language.
type Brand struct {
	Controller string // its name
	Service    string // what the controller calls these pages, such as "Your data, your say"; "": nothing
	Logo       *Logo  // nil: none
	Accent     string // #rrggbb; one that [CheckAccent] refuses counts as Neutral
	Links      []Link
}

// Link is a link at the foot of a page.
type Link struct {
	Label string
	URL   string // https
}

// Colours gives the roles of the brand's colours in the light scheme and in the dark one.
// Whatever the accent, people can read them.
func (b Brand) Colours() (light, dark Colours) {
	accent := b.Accent
	if CheckAccent(accent) != nil {
		accent = Neutral
	}
	return lightOf(accent), darkOf(accent)
}

// CSS is the style sheet's block that sets the brand's colours as custom properties:
// --accent, --on-accent and --tint, in both schemes. It holds nothing but colours.
func (b Brand) CSS() string {
	light, dark := b.Colours()
	return ":root{" + light.css() + "}@media (prefers-color-scheme:dark){:root{" + dark.css() + "}}"
}

func (c Colours) css() string {
	return strings.Join([]string{"--accent:" + c.Accent, "--on-accent:" + c.OnAccent, "--tint:" + c.Tint}, ";")
}
