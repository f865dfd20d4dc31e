package inside_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt/manifest"
)

// vectorFiles are small files of each kind, by their names: what innocent people have, and
// what forgers try. The names say nothing to a reader.
func vectorFiles(t testing.TB) map[string]string {
	t.Helper()
	part, other, whole := vector(t, "nothing-disclosed"), vector(t, "one-change-disclosed"), vector(t, "03-opt-out")
	if signed(part) != signed(other) {
		t.Fatal("these are no two copies of one receipt")
	}
	files := map[string]string{}
	textFiles(files, part, other, whole)
	paperFiles(files, part, other, whole)
	zipFiles(t, files, part, whole)
	return files
}

// answered is the manifest of an answer, by its form: nobody signed it.
var answered = answeredAs(`{"alg":"ES256","typ":"` + manifest.Type + `","x5c":[]}`)

func answeredAs(header string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + ".e30." + strings.Repeat("s", 86)
}

func signed(raw string) string {
	jwt, _, _ := strings.Cut(raw, "~")
	return jwt[:strings.LastIndex(jwt, ".")]
}

func folded(text string, width int, by string) string {
	var parts []string
	for ; len(text) > width; text = text[width:] {
		parts = append(parts, text[:width])
	}
	return strings.Join(append(parts, text), by)
}

func textFiles(files map[string]string, part, other, whole string) {
	percent := func(text string) string { return strings.ReplaceAll(text, "~", "%7E") }
	for name, content := range map[string]string{
		"receipt.sd-jwt":           part,
		"receipt-crlf.txt":         "\ufeff" + part + "\r\n",
		"receipt-blanks.txt":       " \n\t" + part + " \n",
		"receipt-stop.txt":         part + ".\n",
		"receipt-named.zip":        part,
		"receipt-utf16.txt":        utf16(part + "\r\n"),
		"lines.sd-jwts":            part + "\r\n\r\n" + whole + "\r\n",
		"lines-joined.sd-jwts":     "\ufeff" + part + "\r\n\ufeff" + whole + "\r\n",
		"two-in-a-line.txt":        part + " " + whole,
		"text.txt":                 "My receipt:\n\n" + part + "\n\nBest regards\n",
		"text-two.txt":             part + "\nand\n" + whole + "\n",
		"text-folded.txt":          "Hello,\r\n\r\n" + folded(part, 76, "\r\n") + "\r\n\r\nBest regards\r\n",
		"text-quoted.txt":          "You wrote:\n> " + folded(part, 70, "\n> ") + "\n",
		"text-soft-breaks.txt":     "Hello,\n\n" + folded(part, 75, "=\n") + "\n",
		"link.txt":                 "https://verify.example/verify.html#r=" + percent(part) + ").",
		"link-within-link.txt":     "https://clicks.example/?u=https%3A%2F%2Fverify.example%2F%23r%3D" + strings.ReplaceAll(percent(part), "%", "%25"),
		"answer.json":              `{"receipt":"` + part + `"}`,
		"manifest.jws":             "\ufeff" + answered + "\r\n",
		"manifest.json":            `{"parts":[],"manifest":"` + answered + `"}`,
		"manifest-number.jws":      answeredAs(`{"typ":"` + manifest.Type + `","n":1e999}`),
		"manifest-deep.jws":        answeredAs(`{"typ":"` + manifest.Type + `","n":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`),
		"records.json":             `{"records":[{"id":1,"record":"of a band"},null]}`,
		"records-none.json":        `{"records":[]}`,
		"records-signed.json":      `{"records":[{},{"record":"` + answered + `"}]}`,
		"text-long-s.txt":          "Note: by hand\nMe\u017f\u017fage-ID: 7\n\n" + part + "\n",
		"text-saved.txt":           "From: \u017faved by hand\n\n" + part + "\n",
		"manifest-in-text.txt":     "My answer:\n" + answered + "\n",
		"manifest-latin1.json":     `{"manifest":"` + answered[:len(answered)-1] + "\xf3" + `"}`,
		"manifest-in-page.html":    "<html>" + answered + "<p>" + part,
		"manifest-and-receipt.txt": answered + "\n" + part + "\n",
		"empty.txt":                "",
		"picture.sd-jwt":           "\xff\xd8\xff\xe0\x00\x10JFIF\x00" + part,
		"mail.eml":                 "From: a@bank.example\r\nMIME-Version: 1.0\r\nSubject: receipt\r\n\r\n" + part + "\r\n",
		"page.webarchive":          "bplist00" + part,
		"page.html":                "<!doctype html><p>Hello</p><a href=\"data:application/sd-jwt," + part + "\">save</a>",
		"page-percent.html":        "<html>100 % of <a href=\"data:application/sd-jwt," + percent(part) + "\">",
		"page-base64.html":         "<html><a href=\"data:text/plain;base64," + base64.StdEncoding.EncodeToString([]byte("My receipt: "+part)) + "\">",
		"page-copies.html":         "<html>" + part + " <p>" + other + " <p>" + part,
		"page-two.html":            "<html>" + part + "<p>" + percent(whole),
		"page-two-one-glued.html":  "<html>x" + part + "<p>" + whole,
		"page-two-one-base64.html": "<html>" + part + "<img src=\"data:;base64," + base64.StdEncoding.EncodeToString([]byte(whole)) + "\">",
		"page-none.html":           "<html>eyJhbGciOiJFUzI1NiJ9.e30.x~",
		"page-named.sd-jwt":        "<html>" + part,
		"page.mhtml": "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=\"b\"\r\n\r\n--b\r\n" +
			folded("<html><a href=3D\"data:application/sd-jwt,"+part+"\">", 75, "=\r\n") + "\r\n--b--\r\n",
		"page-two.mhtml": "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n\r\n" + folded("<html>"+part, 75, "=\r\n") +
			"\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + folded(base64.StdEncoding.EncodeToString([]byte(whole)), 76, "\r\n") + "\r\n--b--\r\n",
	} {
		files[name] = content
	}
}

func utf16(text string) string {
	out := []byte("\xff\xfe")
	for _, c := range []byte(text) {
		out = append(out, c, 0)
	}
	return string(out)
}

func paperFiles(files map[string]string, part, other, whole string) {
	rows := func(text string) string { // by the byte above, in rows of 16
		var out []byte
		for i := range len(text) {
			if i%16 == 0 {
				out = append(out, 2)
			}
			c := text[i]
			if i >= 16 {
				c -= text[i-16]
			}
			out = append(out, c)
		}
		return string(out)
	}
	predicted := fmt.Sprintf("%%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 16 >> >>\nstream\n%s\nendstream\n%%%%EOF", deflated(rows(part)))
	for name, content := range map[string]string{
		"paper.pdf":                    pdf("BT (My receipt) Tj ET", deflated(part)),
		"paper-plain.pdf":              pdf(part),
		"paper-junk-before.pdf":        "junk\r\n" + pdf(deflated(part)),
		"paper-cut.pdf":                pdf(deflated(part))[:len(pdf(deflated(part)))-40],
		"paper-predictor.pdf":          predicted,
		"paper-hex.pdf":                pdf(fmt.Sprintf("%x>", part)),
		"paper-changed-after.pdf":      pdf(deflated(other)) + "\n" + pdf(deflated(part)),
		"paper-changed-after-two.pdf":  pdf(deflated(part)) + "\n" + pdf(deflated(whole)),
		"paper-two.pdf":                pdf(part, deflated(whole)),
		"paper-two-one-predictor.pdf":  predicted + pdf(whole),
		"paper-two-one-behind-bad.pdf": "%PDF-1.7\n" + whole + "\nstream\n" + deflated(part)[:400] + "stream\n" + deflated(part),
		"paper-encrypted.pdf":          pdf(part) + "\ntrailer << /Encr#79pt 5 0 R >>",
		"paper-none.pdf":               pdf("BT (no) Tj ET"),
		"paper-page.pdf":               "<html>" + part + "%PDF-1.7",
	} {
		files[name] = content
	}
}

// stored is a file in a ZIP that is not packed. The other fields have a forger's false
// statements about it.
type stored struct {
	name, content     string
	localName         string // "" is name
	flags, method     uint16
	extra             string
	sum               uint32 // that is added to the checksum
	before, signature string // "" is nothing, and the right one
}

var le = binary.LittleEndian

// pack writes a ZIP by hand: its entries, and its directory.
func pack(entries ...stored) (out string) {
	var directory string
	for _, e := range entries {
		numbers := le.AppendUint32(nil, crc32.ChecksumIEEE([]byte(e.content))+e.sum)
		numbers = le.AppendUint32(le.AppendUint32(numbers, uint32(len(e.content))), uint32(len(e.content)))
		header := func(name string) string {
			h := le.AppendUint16(le.AppendUint16(le.AppendUint16(nil, 20), e.flags), e.method)
			h = append(append(h, 0, 0, 0x21, 0x50), numbers...)
			return string(le.AppendUint16(le.AppendUint16(h, uint16(len(name))), uint16(len(e.extra))))
		}
		local := e.localName
		if local == "" {
			local = e.name
		}
		signature := e.signature
		if signature == "" {
			signature = "PK\x03\x04"
		}
		out += e.before
		at := le.AppendUint32(nil, uint32(len(out)))
		out += signature + header(local) + local + e.extra + e.content
		directory += "PK\x01\x02\x14\x00" + header(e.name) + strings.Repeat("\x00", 10) + string(at) + e.name + e.extra
	}
	return out + directory + end(len(entries), len(directory), len(out))
}

func end(count, size, at int) string {
	e := le.AppendUint16(le.AppendUint16([]byte("PK\x05\x06\x00\x00\x00\x00"), uint16(count)), uint16(count))
	return string(le.AppendUint32(le.AppendUint32(e, uint32(size)), uint32(at))) + "\x00\x00"
}

// written is a ZIP of Go's archive/zip: deflated, with data descriptors.
func written(t testing.TB, entries ...stored) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		must(t, err)
		_, err = w.Write([]byte(e.content))
		must(t, err)
	}
	must(t, z.Close())
	return b.String()
}

var must = errtest.None

func zipFiles(t testing.TB, files map[string]string, part, whole string) {
	t.Helper()
	one, two := stored{name: "receipts/1.sd-jwt", content: part}, stored{name: "receipts/2.sd-jwt", content: whole}
	good := pack(one, two)
	for name, content := range map[string]string{
		"bundle.zip":        good,
		"bundle-go.zip":     written(t, one, two, stored{name: "pages/"}, stored{name: "pages/1.html", content: "<html>" + part}),
		"bundle-finder.zip": pack(stored{name: "bundle/"}, stored{name: "bundle/1.sd-jwt", content: part}, stored{name: "bundle/.DS_Store"}, stored{name: "__MACOSX/bundle/._1.sd-jwt", content: whole}),
		"bundle-dotnet.zip": pack(stored{name: `receipts\1.sd-jwt`, content: part}, stored{name: `NOTICES\00.MD`, content: "words"}, stored{name: "Thumbs.db"}, stored{name: "desktop.ini"}),
		"bundle-folder.zip": pack(stored{name: "./"}, stored{name: "./1", content: part, extra: "UT\x05\x00\x03abcd"}),
		"bundle-utf8.zip":   pack(stored{name: "a\u00f1o.txt", content: part, flags: 1 << 11}),
		"documents.zip":     pack(one, stored{name: "notices/00.md", content: "words"}, stored{name: "deep/catalogues/11.json", content: "{}"}, stored{name: "notices.md", content: "words"}),
		"lines.zip":         pack(stored{name: "all.txt", content: part + "\n" + whole + "\n"}),
		"manifest.zip":      pack(one, stored{name: "manifest.jws", content: answered}),
		"nested.zip":        pack(stored{name: "inner.zip", content: good}),
		"two-in-a-page.zip": pack(one, stored{name: "page.html", content: "<html>" + part + whole}),
		"no-receipt.zip":    pack(stored{name: "README.txt", content: "words"}),
		"empty.zip":         end(0, 0, 0),

		"bad-two-directories.zip":    good[:len(good)-22] + pack(one)[len("PK"):],
		"bad-directory-later.zip":    good[:len(good)-22] + "PK\x01\x02" + good[len(good)-22:],
		"bad-before.zip":             "PK\x03\x04" + good,
		"bad-before-counted.zip":     pack(stored{name: one.name, content: part, before: "PK\x03\x04"}),
		"bad-behind.zip":             good + "\x00",
		"bad-comment.zip":            good[:len(good)-2] + "\x16\x00" + good[len(good)-22:],
		"bad-between.zip":            pack(one, stored{name: "2", content: "words", before: "PK\x03\x04"}),
		"bad-counts.zip":             good[:len(good)-14] + "\x01" + good[len(good)-13:],
		"bad-count.zip":              good[:len(good)-22] + end(1, int(le.Uint32([]byte(good[len(good)-10:]))), int(le.Uint32([]byte(good[len(good)-6:])))),
		"bad-local-name.zip":         pack(stored{name: one.name, content: part, localName: "receipts/9.sd-jwt"}),
		"bad-local-signature.zip":    pack(one, stored{name: "2", content: "words", signature: "PK\x03\x05"}),
		"bad-crc.zip":                pack(one, stored{name: "2", content: "words", sum: 1}),
		"bad-encrypted.zip":          pack(stored{name: one.name, content: part, flags: 1}),
		"bad-method.zip":             pack(stored{name: one.name, content: part, method: 12}),
		"bad-name-twice.zip":         pack(one, stored{name: one.name, content: whole}),
		"bad-name-twice-capital.zip": pack(one, stored{name: "Receipts/1.SD-JWT", content: whole}),
		"bad-name-twice-slash.zip":   pack(one, stored{name: `receipts\1.sd-jwt`, content: whole}),
		"bad-name-twice-dot.zip":     pack(one, stored{name: "./receipts/./1.sd-jwt", content: whole}),
		"bad-name-other.zip":         pack(stored{name: one.name, content: part, extra: "up\x0a\x00\x01\x00\x00\x00\x00other"}),
		"bad-name-climbs.zip":        pack(stored{name: "a/../../1", content: part}),
		"bad-name-absolute.zip":      pack(stored{name: "/1", content: part}),
		"bad-name-drive.zip":         pack(stored{name: `C:\1`, content: part}),
		"bad-zip64.zip":              pack(stored{name: one.name, content: part, extra: "\x01\x00\x08\x00abcdefgh"}),
		"bad-cut.zip":                good[:len(good)-1],
	} {
		files[name] = content
	}
}
