package inside_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/receipt/inside"
)

func vector(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "vectors", "good", name+".sd-jwt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func pdf(streams ...string) string {
	out := "%PDF-1.7\n"
	for _, s := range streams {
		out += "1 0 obj\n<< /Length 1 >>\nstream\n" + s + "\nendstream\nendobj\n"
	}
	return out + "%%EOF"
}

func TestFind(t *testing.T) {
	one, other := vector(t, "01-opt-in"), vector(t, "03-opt-out")
	cut := pdf(one)[:len(one)] // of the disclosures, those that are whole are there
	for name, c := range map[string]struct {
		file, want string
		err        error
	}{
		"a page":                          {`<!doctype html><a href="data:application/sd-jwt,` + one + `">save</a>`, one, nil},
		"a page that a browser saved":     {"<!-- saved from url=(0022)http://localhost/ -->\n<html><a href=\"data:application/sd-jwt," + one + "\">", one, nil},
		"with its tildes escaped":         {`<html><a href="data:application/sd-jwt,` + strings.ReplaceAll(one, "~", "%7E") + `">`, one, nil},
		"escaped, beside a per cent sign": {`<html>100 % <a href="data:application/sd-jwt,` + strings.ReplaceAll(one, "~", "%7e") + `">`, one, nil},
		"saved as MHTML":                  {"From: <Saved by Blink>\r\n\r\n<a href=3D\"data:application/sd-jwt," + one[:60] + "=\r\n" + one[60:] + "\">", one, nil},
		"the same one twice":              {`<html>` + one + ` and ` + one, one, nil},
		"two different ones":              {`<html>` + one + ` and ` + other, "", inside.ErrSeveral},
		"none":                            {`<html>eyJhbGciOiJFUzI1NiJ9.e30.x~`, "", inside.ErrNone},
		"a PDF, compressed":               {pdf("text", deflated(one)), one, nil},
		"a PDF, as it is":                 {pdf(one), one, nil},
		"a PDF with none":                 {pdf("BT (no) Tj ET"), "", inside.ErrNone},
		"a PDF with two":                  {pdf(one, deflated(other)), "", inside.ErrSeveral},
		"a PDF that is cut off":           {cut, cut[strings.Index(cut, one[:20]) : strings.LastIndex(cut, "~")+1], nil},
		"a PDF that never ends":           {"%PDF-1.7" + strings.Repeat("stream\nendstream\n", 5000), "", inside.ErrNone},
		"a PDF that is a bomb":            {pdf(deflated(strings.Repeat("\x00", 40<<20))), "", inside.ErrWork},
		"too large":                       {"<html>" + strings.Repeat(" ", inside.MaxFile), "", inside.ErrTooLarge},
	} {
		if got, err := inside.Find([]byte(c.file)); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %.40q, %v", name, got, err)
		}
	}
}

// TestRootsOf: the root beside the receipt is found in every form, once, and what only looks
// like one is passed over. Beside it, the receipt is still the only one.
func TestRootsOf(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "vectors", "root.pem"))
	must(t, err)
	one, root := vector(t, "01-opt-in"), string(b)
	percent := url.PathEscape(root)
	for name, c := range map[string]struct {
		file string
		want int
	}{
		"a page":                     {"<html>" + one + `<a href="data:,` + percent + `">` + root, 1},
		"a page saved as MHTML":      {"From: <Saved by Blink>\r\n\r\n" + one + "\r\n" + strings.ReplaceAll(strings.ReplaceAll(percent, "=", "=3D"), "%0A", "%0A=\r\n"), 1},
		"a page, in base64":          {"<html>" + one + `<a href="data:;base64,` + base64.StdEncoding.EncodeToString(b) + `">`, 1},
		"a PDF":                      {pdf(deflated(one), deflated(root), root), 1},
		"somebody's own words":       {"<html>" + one + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + root, 1},
		"a beginning without an end": {"<html>" + one + " " + root[:len(root)-30], 0},
		"a text":                     {"My receipt: " + one + "\n" + root, 0},
		"a root alone":               {root, 0},
	} {
		if got := inside.RootsOf([]byte(c.file)); len(got) != c.want {
			t.Errorf("%s: %d roots, want %d", name, len(got), c.want)
		}
		if got, err := inside.Find([]byte(c.file)); name != "a root alone" && (err != nil || got != one) {
			t.Errorf("%s: %.40q, %v", name, got, err)
		}
	}
}

func TestKind(t *testing.T) {
	for file, want := range map[string]inside.Kind{
		"%PDF-1.3\n": inside.PDF, "junk\n%PDF-1.3\n": inside.PDF, "<!DOCTYPE html>": inside.HTML, "\ufeff\n<HTML>": inside.HTML, "<!-- saved -->": inside.HTML,
		"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n": inside.HTML, "From: a@b.example\r\nMIME-Version: 1.0\r\n\r\n": inside.Mail, "From: a\nTo: b\n\neyJ": inside.Text,
		"eyJhbGciOiJFUzI1NiJ9": inside.Receipt, "\ufeff eyJh~\r\n": inside.Receipt, "eyJh~\neyJh~\n": inside.Receipts, "eyJh~\nBest regards": inside.Text, "eyJh~ eyJh~": inside.Text,
		"": inside.Text, "PK\x03\x04": inside.ZIP, "-----BEGIN CERTIFICATE-----\n": inside.Roots, "bplist00": inside.Other, "\xff\xd8\xff\xe0\x00": inside.Other,
	} {
		if got := inside.KindOf([]byte(file)); got != want {
			t.Errorf("%q is %q, want %q", file, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	one := vector(f, "01-opt-in")
	f.Add([]byte("<html>" + one))
	f.Add([]byte(pdf(deflated(one))))
	f.Add([]byte(pdf(one)))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got, err := inside.Find(file); (err == nil) != (got != "") {
			t.Errorf("%q with %v", got, err)
		}
	})
}
