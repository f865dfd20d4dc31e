package brand

import (
	"fmt"
	"math"
	"regexp"

	"github.com/lucasb-eyer/go-colorful"
)

// Neutral is the accent of pages without a brand.
const Neutral = "#33454f"

// MinContrast is the least contrast of text, and of what can be operated, against what is
// behind it (WCAG 2.2, 1.4.3 and 1.4.11).
const MinContrast = 4.5

// Scheme is what every brand's pages have in common, each colour as #rrggbb.
type Scheme struct {
	Ground string // behind everything
	Paper  string // behind cards, forms and receipts
}

// The two schemes. A style sheet sets the same values as --ground and --paper.
var (
	Light = Scheme{Ground: "#f4f2ec", Paper: "#ffffff"}
	Dark  = Scheme{Ground: "#111615", Paper: "#1b2220"}
)

// Colours are the roles of a brand's colours in one scheme, each as #rrggbb.
type Colours struct {
	Accent   string // links, buttons, the mark of a yes
	OnAccent string // text on the accent
	Tint     string // behind a note
}

// AccentError says why people cannot use an accent colour, and which one they can.
type AccentError struct {
	Reason  string // a sentence's end: it has a contrast of ...
	Nearest string // #rrggbb
}

func (e *AccentError) Error() string { return e.Reason }

var hexColour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// CheckAccent refuses an accent colour that is not #rrggbb in lower case, that people cannot
// read, or that they would take for the colour of an error. The error is an *AccentError.
func CheckAccent(accent string) error {
	if !hexColour.MatchString(accent) {
		return &AccentError{"is not #rrggbb with the digits 0-9 and a-f", Neutral}
	}
	if reason := fault(accent); reason != "" {
		return &AccentError{reason, nearest(accent)}
	}
	return nil
}

// fault says what is wrong with an accent: the worst contrast of the light scheme, or its
// hue. The accent of the dark scheme is made so that nothing is wrong with it.
func fault(accent string) string {
	c := lightOf(accent)
	reason, least := "", MinContrast
	for _, pair := range []struct{ what, text, behind string }{
		{"against the ground " + Light.Ground, c.Accent, Light.Ground},
		{"against the paper " + Light.Paper, c.Accent, Light.Paper},
		{"against its own tint " + c.Tint, c.Accent, c.Tint},
		{"with the text on it, " + c.OnAccent, c.OnAccent, c.Accent},
	} {
		if ratio := Contrast(pair.text, pair.behind); ratio < least {
			// Rounded down, so that what is refused never looks as if it were enough.
			reason, least = fmt.Sprintf("has a contrast of %.1f:1 %s, at least %.1f:1", math.Floor(ratio*10)/10, pair.what, MinContrast), ratio
		}
	}
	if reason == "" && looksBad(accent) {
		return "is so red that people take it for an error"
	}
	return reason
}

// The hue of errors, in degrees of OKLCH, how far from it a hue is another one, and the
// chroma below which a colour has no hue that one would notice.
const (
	badHue     = 28 // of #a3211a
	badReach   = 25
	greyChroma = 0.04
)

func looksBad(accent string) bool {
	_, chroma, hue := lch(accent)
	return chroma > greyChroma && math.Abs(hue-badHue) < badReach
}

// nearest is a colour like the accent that passes: of the nearest hue that is no error's,
// and no darker than it must be.
func nearest(accent string) string {
	lightness, chroma, hue := lch(accent)
	if looksBad(accent) {
		hue = badHue + math.Copysign(badReach+2, hue-badHue)
	}
	for ; lightness > 0; lightness -= 0.005 {
		if candidate := inGamut(lightness, chroma, hue); fault(candidate) == "" {
			return candidate
		}
	}
	return Neutral
}

func lightOf(accent string) Colours {
	_, chroma, hue := lch(accent)
	return Colours{Accent: accent, OnAccent: "#ffffff", Tint: inGamut(0.955, min(chroma, 0.012), hue)}
}

// darkOf makes the dark scheme's colours: the accent's hue, at the lightness at which it can
// be read on a dark ground.
func darkOf(accent string) Colours {
	_, chroma, hue := lch(accent)
	return Colours{
		Accent:   inGamut(0.82, min(chroma, 0.085), hue),
		OnAccent: inGamut(0.22, min(chroma, 0.04), hue),
		Tint:     inGamut(0.29, min(chroma, 0.035), hue),
	}
}

// Contrast is the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
// Each is #rrggbb.
func Contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(hex string) float64 {
	c, _ := colorful.Hex(hex) // it was checked, or is ours
	r, g, b := c.LinearRgb()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// lch gives a colour in OKLCH: lightness from 0 to 1, chroma, and hue in degrees from -152
// to 208, so that hues near badHue are near each other.
func lch(hex string) (lightness, chroma, hue float64) {
	c, _ := colorful.Hex(hex) // it was checked, or is ours
	lightness, chroma, hue = c.OkLch()
	return lightness, chroma, math.Mod(hue-badHue+540, 360) - 180 + badHue
}

// inGamut is the colour of this lightness and hue, with as much of the chroma as a screen
// can show (sRGB).
func inGamut(lightness, chroma, hue float64) string {
	for ; chroma > 0.001; chroma *= 0.95 {
		if c := colorful.OkLch(lightness, chroma, hue); c.IsValid() {
			return c.Hex()
		}
	}
	return colorful.OkLch(lightness, 0, 0).Clamped().Hex()
}
