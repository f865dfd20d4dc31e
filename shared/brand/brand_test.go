package brand_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consent-receipts/shared/brand"
)

// TestContrast: the ratios that the recommendation's own tools give.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want string
	}{
		{"#000000", "#ffffff", "21.00"}, {"#777777", "#ffffff", "4.48"}, {"#767676", "#ffffff", "4.54"},
		{"#0b5a5e", "#f4f2ec", "7.11"}, {"#ff0000", "#ffffff", "4.00"}, {"#ffffff", "#ffffff", "1.00"},
	} {
		if got := fmt.Sprintf("%.2f", brand.Contrast(c.a, c.b)); got != c.want {
			t.Errorf("%s on %s: %s, want %s", c.a, c.b, got, c.want)
		}
		if brand.Contrast(c.a, c.b) != brand.Contrast(c.b, c.a) {
			t.Errorf("%s and %s: not the same the other way round", c.a, c.b)
		}
	}
}

// TestColours: the samples' accents pass, and every pair of roles can be read in both schemes.
func TestColours(t *testing.T) {
	for _, accent := range []string{"#0b5a5e", "#274b8f", "#6d2b6f", brand.Neutral, "#000000"} {
		if err := brand.CheckAccent(accent); err != nil {
			t.Errorf("%s %v", accent, err)
		}
		readable(t, brand.Brand{Accent: accent})
	}
}

// TestAnyAccent: whatever the accent, the colours can be read; the colour that is proposed for
// a refused one passes, and proposes nothing else.
func TestAnyAccent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accent := fmt.Sprintf("#%06x", rapid.IntRange(0, 0xffffff).Draw(t, "accent"))
		b := brand.Brand{Accent: accent}
		readable(t, b)
		light, _ := b.Colours()
		err := brand.CheckAccent(accent)
		if (err == nil) != (light.Accent == accent) {
			t.Fatalf("%s is refused (%v), and worn as %s", accent, err, light.Accent)
		}
		if refused := (*brand.AccentError)(nil); errors.As(err, &refused) {
			if again := brand.CheckAccent(refused.Nearest); again != nil {
				t.Fatalf("%s: the nearest, %s, %v", accent, refused.Nearest, again)
			}
		}
	})
}

func readable(t interface{ Errorf(string, ...any) }, b brand.Brand) {
	light, dark := b.Colours()
	for _, s := range []struct {
		scheme brand.Scheme
		brand.Colours
		ink, soft string // of the style sheet
	}{{brand.Light, light, "#1b2220", "#535d59"}, {brand.Dark, dark, "#eeece6", "#b4bcb7"}} {
		for _, pair := range [][2]string{
			{s.Accent, s.scheme.Ground}, {s.Accent, s.scheme.Paper}, {s.Accent, s.Tint}, {s.OnAccent, s.Accent},
			{s.ink, s.Tint}, {s.soft, s.Tint},
		} {
			if ratio := brand.Contrast(pair[0], pair[1]); ratio < brand.MinContrast {
				t.Errorf("%s: %s on %s has a contrast of %.2f", b.Accent, pair[0], pair[1], ratio)
			}
		}
	}
}

// TestRefusedAccents: which pair fails, by how much, and what to write instead.
func TestRefusedAccents(t *testing.T) {
	for accent, want := range map[string]string{
		"#ffcc00":  "has a contrast of 1.3:1 against its own tint #f3f0e7, at least 4.5:1",
		"#777777":  "has a contrast of 3.9:1 against its own tint",
		"#a3211a":  "is so red that people take it for an error",
		"#b7410e":  "is so red that people take it for an error",
		"#9a0035":  "is so red that people take it for an error",
		"#FF0000":  "is not #rrggbb",
		"teal":     "is not #rrggbb",
		"":         "is not #rrggbb",
		"#fff":     "is not #rrggbb",
		"#0b5a5e;": "is not #rrggbb",
	} {
		err := brand.CheckAccent(accent)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", accent, err, want)
		}
	}
}

func TestCSS(t *testing.T) {
	got := brand.Brand{Accent: "#0b5a5e"}.CSS()
	if !strings.HasPrefix(got, ":root{--accent:#0b5a5e;--on-accent:#ffffff;--tint:#") || strings.Count(got, "--accent:") != 2 {
		t.Error(got)
	}
	if hostile := (brand.Brand{Accent: "red}body{display:none"}).CSS(); hostile != (brand.Brand{Accent: brand.Neutral}).CSS() {
		t.Error(hostile)
	}
}

// TestLogo takes a picture, and refuses what is none, too much, or more than a picture.
func TestLogo(t *testing.T) {
	good := picture(t, image.NewNRGBA(image.Rect(0, 0, 72, 40)))
	logo, err := brand.NewLogo(good)
	if err != nil || logo.Width != 72 || logo.Height != 40 || !bytes.Equal(logo.PNG, good) || !strings.HasPrefix(logo.Digest, "sha256:") {
		t.Fatalf("%+v, %v", logo, err)
	}
	end := len(good) - 12 // where IEND begins
	with := func(name, data string) []byte { return slices.Concat(good[:end], chunk(name, data), good[end:]) }
	header := func(i int, v byte) []byte {
		data := slices.Clone(good[16:29])
		data[i] = v
		return slices.Concat(good[:8], chunk("IHDR", string(data)), good[33:])
	}
	for what, c := range map[string]struct {
		png  []byte
		want string
	}{
		"empty":         {nil, "it is not a PNG"},
		"a JPEG":        {[]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), "it is not a PNG"},
		"an SVG":        {[]byte("<svg/>"), "it is not a PNG"},
		"too long":      {slices.Concat(good, make([]byte, brand.MaxLogoBytes)), "bytes, at most 16384"},
		"too small":     {picture(t, image.NewNRGBA(image.Rect(0, 0, 72, 31))), "72 x 31 pixels"},
		"too wide":      {picture(t, image.NewNRGBA(image.Rect(0, 0, 513, 40))), "513 x 40 pixels"},
		"16 bits":       {picture(t, deep()), "16 bits a sample"},
		"interlaced":    {header(12, 1), "it is interlaced"},
		"text":          {with("tEXt", "Author\x00somebody"), `"tEXt" draws nothing`},
		"where it was":  {with("eXIf", "MM\x00*"), `"eXIf" draws nothing`},
		"animated":      {with("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"), `"acTL" draws nothing`},
		"two headers":   {with("IHDR", string(good[16:29])), "its header does not come first, and once"},
		"a page behind": {slices.Concat(good, []byte("<script>")), "something follows its end"},
		"a ZIP behind":  {slices.Concat(good, chunk("IDAT", "PK\x03\x04")), "something follows its end"},
		"cut off":       {good[:len(good)-3], "it is cut off"},
		"no end":        {good[:end], "not a logo"},
		"a wrong sum":   {slices.Concat(good[:end-1], []byte{good[end-1] ^ 1}, good[end:]), "checksum"},
		"huge inside":   {header(0, 0x7f), "pixels"},
	} {
		if _, err := brand.NewLogo(c.png); !errors.Is(err, brand.ErrLogo) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
}

func FuzzLogo(f *testing.F) {
	f.Add(picture(f, image.NewNRGBA(image.Rect(0, 0, 40, 40))))
	f.Add(picture(f, image.NewPaletted(image.Rect(0, 0, 40, 33), color.Palette{color.Black, color.White})))
	f.Fuzz(func(t *testing.T, b []byte) {
		logo, err := brand.NewLogo(b)
		if err != nil {
			return
		}
		if i, err := png.Decode(bytes.NewReader(b)); err != nil || i.Bounds().Dx() != logo.Width || i.Bounds().Dy() != logo.Height {
			t.Fatalf("taken, and it cannot be drawn: %v", err)
		}
	})
}

func deep() image.Image {
	i := image.NewNRGBA64(image.Rect(0, 0, 40, 40))
	i.Set(1, 1, color.NRGBA64{R: 1, A: 0xfffe})
	return i
}

func picture(t testing.TB, i image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, i); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func chunk(name, data string) []byte {
	size := len(data)
	out := append([]byte{byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}, name+data...)
	sum := crc32.ChecksumIEEE(out[4:])
	return append(out, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}
