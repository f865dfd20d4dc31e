package verifypage_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maker makes files at random that hold receipts, or seem to.
type maker struct {
	*rand.Rand
	pool []string // receipts
	root string   // in PEM
}

// made is a file, with its expected content.
type made struct {
	content  []byte
	receipts map[string]bool // the receipts in it, by their signed part
	honest   bool            // it is a page, a PDF or a text in which nothing was damaged
}

func newMaker(t testing.TB) *maker {
	t.Helper()
	m := new(maker)
	for _, name := range []string{"good/03-opt-out", "good/06-opt-out-all", "good/nothing-disclosed", "good/one-change-disclosed", "bad/signature-changed", "bad/leaf-no-name"} {
		b, err := os.ReadFile(filepath.Join(vectors, name+".sd-jwt"))
		must(t, err)
		m.pool = append(m.pool, string(b))
	}
	root, err := os.ReadFile(filepath.Join(vectors, "root.pem"))
	must(t, err)
	m.root = string(root)
	return m
}

// numbered makes one file: the same for the same number.
func (m *maker) numbered(n uint64) made {
	m.Rand = rand.New(rand.NewPCG(7, n))
	return m.file()
}

func pick[T any](m *maker, from ...T) T { return from[m.IntN(len(from))] }

func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// receipt is one of the pool, perhaps with fewer disclosures.
func (m *maker) receipt() string {
	parts := strings.Split(pick(m, m.pool...), "~")
	if m.chance(20) {
		parts = append(parts[:1+m.IntN(len(parts)-1)], "")
	}
	return strings.Join(parts, "~")
}

func signedOf(raw string) string { return raw[:strings.LastIndex(strings.SplitN(raw, "~", 2)[0], ".")] }

func (m *maker) file() made {
	out := made{receipts: map[string]bool{}}
	var raws []string
	for range pick(m, 0, 1, 1, 1, 2, 2, 3) {
		raws = append(raws, m.receipt())
		out.receipts[signedOf(raws[len(raws)-1])] = true
	}
	write := pick(m, m.answer, m.page, m.page, m.mhtml, m.paper, m.paper, m.text, m.text, m.mail, m.lines, m.archive, m.archive, m.archive, m.junk)
	out.content, out.honest = write(raws)
	if m.chance(5) {
		out.content = wide(out.content, m.chance(50))
		out.honest = false
	}
	if m.chance(35) {
		out.content, out.honest = m.damaged(out.content), false
	}
	return out
}

// form writes a receipt in one of the forms in which files have it.
func (m *maker) form(raw string) string {
	switch m.IntN(9) {
	case 0:
		return strings.ReplaceAll(raw, "~", pick(m, "%7E", "%7e"))
	case 1:
		return `<a href="data:application/sd-jwt;base64,` + base64.StdEncoding.EncodeToString([]byte(pick(m, "", "a", "ab")+raw)) + `">`
	case 2:
		return strings.ReplaceAll(raw, "~", "%257E")
	case 3:
		return "x" + raw
	case 4:
		return raw + pick(m, ".", ">", "),", "\u00a0", "=", "~~", "abc~", "eyJ.x.y~")
	case 5:
		return "\n" + folded(raw, 60+m.IntN(40), pick(m, "\n", "\r\n", "\n> ", " \r\n>> ", "\r\n ", "=\r\n", "= \n")) + "\n"
	case 6:
		return "\n" + folded(base64.StdEncoding.EncodeToString([]byte("header: "+raw)), 76, "\r\n") + "\n"
	}
	return raw
}

func folded(text string, width int, by string) (out string) {
	for ; len(text) > width; text = text[width:] {
		out += text[:width] + by
	}
	return out + text
}

func (m *maker) forms(raws []string) (out []string) {
	for _, raw := range raws {
		out = append(out, m.form(raw)+m.certificate())
	}
	return out
}

// certificate is what may stand beside a receipt: nothing, the root, or what looks like one.
func (m *maker) certificate() string {
	if m.chance(70) {
		return ""
	}
	pem := pick(m, m.root, m.root, m.root[:len(m.root)-30]+"\n", strings.Replace(m.root, "MII", "MIJ", 1), m.root+m.root)
	switch m.IntN(4) {
	case 0:
		return `<a href="data:application/x-pem-file,` + strings.ReplaceAll(url.PathEscape(pem), "+", "%2B") + `">`
	case 1:
		return `<a href="data:application/x-pem-file;base64,` + base64.StdEncoding.EncodeToString([]byte(pem)) + `">`
	case 2:
		return "\n" + strings.ReplaceAll(pem, "\n", "\r\n")
	}
	return "\n" + pem
}

func (m *maker) page(raws []string) ([]byte, bool) {
	start := pick(m, "<!doctype html>", "<html>", "\ufeff <HTML>", "<!-- saved from url=(0022)http://localhost/ -->\r\n", "<?xml version=\"1.0\"?>")
	return []byte(start + "<p>100 % of it</p>" + strings.Join(m.forms(raws), "</p>\n<p>") + "</p>"), true
}

func (m *maker) mhtml(raws []string) ([]byte, bool) {
	body := folded(strings.ReplaceAll("<p>"+strings.Join(m.forms(raws), "</p><p>")+"</p>", "=", "=3D"), 75, "=\r\n")
	return []byte("From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + body + "\r\n"), false
}

func (m *maker) text(raws []string) ([]byte, bool) {
	if len(raws) == 0 || m.chance(30) {
		return []byte(strings.Join(raws, pick(m, " ", "\r\n", "\nand\n")) + pick(m, "", "\n", "\r\n", " ", ".")), false
	}
	start := pick(m, "Hello,\r\n\r\n", "", "https://verify.example/verify.html#r=", `{"receipt":"`, "\ufeff", "From: somebody\nTo: me\n\n")
	return []byte(start + strings.Join(m.forms(raws), pick(m, " ", "\n\n", "\r\n> ")) + pick(m, "\"}", "\n-- \nme", "")), start == "Hello,\r\n\r\n"
}

func (m *maker) mail(raws []string) ([]byte, bool) {
	return []byte(pick(m, "Received: by mx\r\n", "From a@b Mon\r\nMessage-ID: <1>\r\n", "Subject: x\r\nMIME-Version: 1.0\r\n") + "\r\n" + strings.Join(m.forms(raws), "\r\n")), false
}

func (m *maker) lines(raws []string) ([]byte, bool) {
	return []byte(pick(m, "", "\ufeff", "\n") + strings.Join(raws, pick(m, "\n", "\r\n", "\n\n", "\n \n", "\r")) + pick(m, "", "\n", "\r\n", "\nBest regards")), false
}

// answer is the manifest of an answer, as it is signed or as the API answers it, perhaps with
// a receipt beside it.
func (m *maker) answer(raws []string) ([]byte, bool) {
	token := m.manifest()
	switch m.IntN(4) {
	case 0:
		return []byte(pick(m, `{"manifest":"`, `{"parts":[],"manifest": "`, "\n{\"manifest\":\"") + token + pick(m, `"}`, `","parts":[]}`+"\r\n", `","manifest":"x"}`, `"`)), false
	case 1:
		return []byte(strings.Join(append(raws, token), pick(m, "\n", " ", "\r\n\r\n"))), false
	}
	return []byte(pick(m, "", "\ufeff", " \n") + token + pick(m, "", "\n", "\r\n", ".", "~", " and more")), false
}

// manifest is one by its form.
func (m *maker) manifest() string {
	header := pick(m, `{"typ":"data-request-manifest+jwt"}`, `{"alg":"ES256","typ":"data-request-manifest+jwt","x5c":["AAAA"]}`, `{"typ":"data-request-manifest+jwt","typ":"x"}`, `{"Typ":"data-request-manifest+jwt"}`, `{"typ":["data-request-manifest+jwt"]}`)
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + strings.Repeat("p", m.IntN(300)) + "." + strings.Repeat("s", 86)
}

func (m *maker) junk(raws []string) ([]byte, bool) {
	start := pick(m, "bplist00", "\xff\xd8\xff\xe0\x00\x10JFIF", "\x00", "0\x82\x01", "-----BEGIN CERTIFICATE-----\nAAAA", "PK", "{\"records\":[", `{"records":[{"record":"x"}]}`, `{"manifest":"eyJ0eXAiOiJ4In0.e30.x"}`, "")
	return []byte(start + strings.Join(raws, " ")), false
}

// paper is a PDF, or what looks like one.
func (m *maker) paper(raws []string) ([]byte, bool) {
	var b bytes.Buffer
	b.WriteString(pick(m, "%PDF-1.7\n", "%PDF-1.3\n", "junk\n%PDF-2.0\r\n"))
	b.WriteString(strings.Repeat("stream\n", pick(m, 0, 0, 0, 3)))
	for i, raw := range raws {
		data, dictionary := []byte(m.form(raw)+m.certificate()), ""
		if m.chance(75) {
			level := pick(m, zlib.NoCompression, zlib.BestSpeed, zlib.BestCompression, zlib.HuffmanOnly)
			if m.chance(25) {
				data, dictionary = m.predict(data)
			}
			data = deflate(data, level)
		}
		switch m.IntN(8) {
		case 0:
			data, dictionary = []byte(folded(hex.EncodeToString(data), 64, "\n")+">"), dictionary+"/Filter /ASCIIHexDecode"
		case 1:
			coded := make([]byte, ascii85.MaxEncodedLen(len(data)))
			data = append(coded[:ascii85.Encode(coded, data)], "~>"...)
		}
		fmt.Fprintf(&b, "%d 0 obj\n<< /Length %d %s>>\nstream%s%s\nendstream\nendobj\n", i+1, len(data), dictionary, pick(m, "\n", "\r\n", "\n", "\r"), data)
	}
	honest := true
	if m.chance(5) {
		b.WriteString(pick(m, "trailer << /Encrypt 5 0 R >>", "/E#6ecrypt 5"))
		honest = false
	}
	b.WriteString("%%EOF")
	return b.Bytes(), honest
}

func deflate(data []byte, level int) []byte {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, level)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// predict filters rows as PNG does, by the byte on the left or above, or as TIFF does.
func (m *maker) predict(data []byte) ([]byte, string) {
	columns := pick(m, 1, 4, 17, 80)
	if m.chance(30) {
		out := bytes.Clone(data)
		for i := len(out) - 1; i > 0; i-- {
			if i%columns > 0 {
				out[i] -= out[i-1]
			}
		}
		return out, fmt.Sprintf("/DecodeParms << /Predictor 2 /Columns %d >> ", columns)
	}
	var out []byte
	for at := 0; at < len(data); at += columns {
		filter := byte(m.IntN(3))
		out = append(out, filter)
		for i := at; i < min(at+columns, len(data)); i++ {
			c := data[i]
			switch {
			case filter == 1 && i > at:
				c -= data[i-1]
			case filter == 2 && i >= columns:
				c -= data[i-columns]
			}
			out = append(out, c)
		}
	}
	return out, fmt.Sprintf("/DecodeParms << /Predictor %d /Columns %d >> ", pick(m, 10, 12, 15), columns)
}

// archive is a ZIP, in which names, methods and headers are as programs write them.
func (m *maker) archive(raws []string) ([]byte, bool) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := []string{"receipts/0000000001.sd-jwt", "receipts/0000000002.sd-jwt", "1.txt", "b/2", "who-looked.html", "RECEIPTS\\2.SD-JWT", "b/receipts/3.txt", "./4", "__MACOSX/._1.sd-jwt", ".DS_Store", "notices/aa.md", "who-looked.json", "x/", "../5", "a//b", "a\u00f1o.txt", "README.txt", "root.pem", "ROOT.PEM"}
	m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, content := range append(raws, pick(m, "words", "", "<html>", "{}", m.manifest(), strings.Repeat("long ", 3000)), strings.Join(raws, "\n")) {
		if i == len(names) || m.chance(10) {
			break
		}
		h := &zip.FileHeader{Name: names[i], Method: pick(m, zip.Store, zip.Deflate), NonUTF8: m.chance(50)}
		if m.chance(8) {
			h.Extra = append(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, pick[uint16](m, 0x5455, 0x7075, 1, 0x5855)), 9), "\x01abcdefgh"...)
		}
		if strings.HasSuffix(h.Name, "/") || m.chance(50) {
			raw := m.rawEntry(h, content)
			if w, err := z.CreateRaw(h); err == nil {
				_, _ = w.Write(raw)
			}
			continue
		}
		if w, err := z.CreateHeader(h); err == nil {
			_, _ = w.Write([]byte(content))
		}
	}
	if m.chance(3) {
		_ = z.SetComment("PK\x05\x06")
	}
	_ = z.Close()
	out := b.Bytes()
	switch m.IntN(25) {
	case 0:
		out = append([]byte("before"), out...)
	case 1:
		out = append(bytes.Clone(out), pick(m, "behind", "\x00", "PK\x05\x06")...)
	case 2:
		out = append(bytes.Clone(out), out...)
	}
	return out, false
}

// rawEntry packs an entry whose local header has its sizes.
func (m *maker) rawEntry(h *zip.FileHeader, content string) []byte {
	if strings.HasSuffix(h.Name, "/") {
		content, h.Method = "", zip.Store
	}
	packed := []byte(content)
	if h.Method == zip.Deflate {
		z := deflate(packed, zlib.DefaultCompression)
		packed = z[2 : len(z)-4]
	}
	h.CRC32, h.UncompressedSize64, h.CompressedSize64 = crc(content), uint64(len(content)), uint64(len(packed))
	if m.chance(2) {
		h.CompressedSize64 += uint64(m.IntN(3))
		h.UncompressedSize64 += uint64(m.IntN(2))
	}
	return packed
}

// damaged changes a file as accidents and forgers do.
func (m *maker) damaged(file []byte) []byte {
	out := bytes.Clone(file)
	for range 1 + m.IntN(3) {
		if len(out) == 0 {
			return out
		}
		at := m.IntN(len(out))
		if m.chance(40) { // near the end, where a ZIP has its directory
			at = len(out) - 1 - m.IntN(min(len(out), 120))
		}
		to := min(len(out), at+1+m.IntN(40))
		switch m.IntN(6) {
		case 0, 1:
			out[at] ^= 1 << m.IntN(8)
		case 2:
			out = append(out[:at], out[to:]...)
		case 3:
			out = append(out[:at:at], append(bytes.Clone(out[at:to]), out[at:]...)...)
		case 4:
			out = append(out[:at:at], append([]byte(pick(m, "stream\n", "eyJ", "~", "\x00", "\n", "PK\x03\x04", "%7E", "=", "")), out[at:]...)...)
		case 5:
			out = out[:at]
		}
	}
	return out
}

// wide is a text in UTF-16, as Windows writes some.
func wide(text []byte, big bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	out := order.AppendUint16(nil, 0xfeff)
	for _, c := range text {
		out = order.AppendUint16(out, uint16(c))
	}
	return out
}
