package attachment

import (
	"archive/zip"
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"mime"
	"strings"
	"testing"
)

func zipped(t testing.TB) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	_, err := w.Create("cards.csv")
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func drawn(t testing.TB) (asPNG, asJPEG string) {
	var p, j bytes.Buffer
	picture := image.NewGray(image.Rect(0, 0, 2, 2))
	if err := errors.Join(png.Encode(&p, picture), jpeg.Encode(&j, picture, nil)); err != nil {
		t.Fatal(err)
	}
	return p.String(), j.String()
}

// TestContent: a file is of the type that it is declared to be, and whole.
func TestContent(t *testing.T) {
	asPNG, asJPEG := drawn(t)
	const pdf = "%PDF-1.4\n%%EOF"
	whole := map[string]string{
		"a.pdf": pdf, "a.csv": "date,amount\n2026-11-23,12\n", "a.json": `{"a": 1}`, "a.txt": "Dear Álex,\r\n", "a.zip": zipped(t), "a.png": asPNG, "a.jpeg": asJPEG,
	}
	for name, content := range whole {
		d := Declared{Name: name, MediaType: MediaTypeOf(name)}
		if err := errors.Join(d.Check(), d.checkContent([]byte(content))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for other, content := range whole {
			text := d.MediaType == "text/plain" || d.MediaType == "text/csv"
			if plain := MediaTypeOf(other) == "application/json" || strings.HasPrefix(MediaTypeOf(other), "text/"); other == name || text && plain {
				continue // text is text
			}
			if d.checkContent([]byte(content)) == nil {
				t.Errorf("%s has the content of %s", name, other)
			}
		}
		if d.MediaType != "text/plain" && d.MediaType != "text/csv" && d.checkContent([]byte(content[:len(content)-1])) == nil {
			t.Errorf("%s: its last byte is missing", name)
		}
	}
	for _, script := range []string{"<!DOCTYPE html><script>alert(1)</script>", " <html>", "<script>", "<?xml version='1.0'?><svg/>", "a\x00b", "a\x1b[2J", "\xff\xfe", ""} {
		for name := range whole {
			if (Declared{Name: name, MediaType: MediaTypeOf(name)}).checkContent([]byte(script)) == nil {
				t.Errorf("%s has the content %q", name, script)
			}
		}
	}
	if (Declared{Name: "a.txt", MediaType: "text/plain", Size: 3}).checkContent([]byte("four")) == nil {
		t.Error("a file is larger than was declared")
	}
}

func TestDeclared(t *testing.T) {
	good := Declared{Name: "letters 2026.pdf", MediaType: "application/pdf", Size: MaxSize}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Declared){
		"no name":                 func(d *Declared) { d.Name = "" },
		"a path":                  func(d *Declared) { d.Name = "../a.pdf" },
		"a path of Windows":       func(d *Declared) { d.Name = `a\b.pdf` },
		"a hidden file":           func(d *Declared) { d.Name = ".pdf" },
		"a new line":              func(d *Declared) { d.Name = "a\r\nb.pdf" },
		"a name that turns round": func(d *Declared) { d.Name = "a\u202efdp.pdf" },
		"a long name":             func(d *Declared) { d.Name = strings.Repeat("é", 125) + ".pdf" },
		"another ending":          func(d *Declared) { d.Name = "a.pdf.exe" },
		"a page":                  func(d *Declared) { d.Name, d.MediaType = "a.html", "text/html" },
		"a picture with a script": func(d *Declared) { d.Name, d.MediaType = "a.svg", "image/svg+xml" },
		"a type with more":        func(d *Declared) { d.MediaType += "; charset=utf-8" },
		"too large":               func(d *Declared) { d.Size = MaxSize + 1 },
		"a size below nothing":    func(d *Declared) { d.Size = -1 },
	} {
		d := good
		if spoil(&d); !errors.Is(d.Check(), ErrDeclared) {
			t.Errorf("%s: %v", name, d.Check())
		}
	}
}

// FuzzToken: any token is refused, or says a file that can be attached, whose name a header can
// carry.
func FuzzToken(f *testing.F) {
	for _, d := range []Declared{{"a.pdf", "application/pdf", 0}, {"é \"; x=.csv", "text/csv", 7}, {"a\u202e.txt", "text/plain", -1}} {
		token, err := d.Token()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		d, err := ParseToken(token)
		if err != nil {
			if !errors.Is(err, ErrDeclared) {
				t.Fatal(err)
			}
			return
		}
		how, params, err := mime.ParseMediaType(Disposition(d.Name))
		if err != nil || how != "attachment" || params["filename"] != d.Name {
			t.Fatalf("%q: %v, %v", d.Name, params, err)
		}
	})
}
