package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// colours is the number of colours that a screenshot keeps. The pages have few; the rest is
// the soft edge of letters. With sixteen, grey texts took another colour.
const colours = 64

// shrink makes the screenshots in a folder small: it keeps only their most frequent colours.
func shrink(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		shot, err := png.Decode(bytes.NewReader([]byte(read(t, file))))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		small := image.NewPaletted(shot.Bounds(), palette(shot))
		draw.Draw(small, small.Bounds(), shot, shot.Bounds().Min, draw.Src)
		var b bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&b, small); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// paper makes pictures of the pages of a PDF that a visit kept in a folder, if it kept one.
func paper(t *testing.T, folder string) {
	t.Helper()
	file := filepath.Join(folder, "receipt.pdf")
	if _, err := os.Stat(file); err != nil {
		return
	}
	if out, err := exec.Command("pdftoppm", "-r", "100", "-png", file, filepath.Join(folder, "receipt-pdf")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// palette returns the most frequent colours of an image.
func palette(shot image.Image) color.Palette {
	count := map[color.RGBA]int{}
	for y := shot.Bounds().Min.Y; y < shot.Bounds().Max.Y; y++ {
		for x := shot.Bounds().Min.X; x < shot.Bounds().Max.X; x++ {
			count[color.RGBAModel.Convert(shot.At(x, y)).(color.RGBA)]++
		}
	}
	frequent := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var out color.Palette
	for _, c := range frequent[:min(colours, len(frequent))] {
		out = append(out, c)
	}
	return out
}
