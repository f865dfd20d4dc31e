// Package hostile makes files of every kind that cost a reader the most work. Tests count the
// work of both readers with them, and the bench measures their time.
package hostile

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"consent-receipts/shared/receipt"
)

// File is a hostile file of about the given size.
type File struct {
	Name string
	Make func(size int) []byte
}

// Files returns one file of each sort.
func Files() []File {
	var all []File
	for _, kind := range [][]sort{pages, texts, papers, archives} {
		for _, s := range kind {
			all = append(all, File{s.name, func(size int) []byte { return []byte(s.make(size)) }})
		}
	}
	return all
}

// sort is one sort of file.
type sort struct {
	name string
	make func(size int) string
}

// token returns a text with the form of a receipt, a different one for each number.
func token(n int) string {
	return fmt.Sprintf("eyJ%020d.%020d.%s~WyJ%d~", n, n, strings.Repeat("s", 86), n)
}

// filled makes a text of a beginning and a part, repeated to the size.
func filled(begin, part string) func(size int) string {
	return func(size int) string { return begin + repeated(part, size) }
}

func repeated(part string, size int) string { return strings.Repeat(part, size/len(part)+1) }

// each makes a text of a beginning and numbered parts, until it has the size.
func each(begin string, part func(i int) string) func(size int) string {
	return func(size int) string {
		var b strings.Builder
		b.WriteString(begin)
		for i := 0; b.Len() < size; i++ {
			b.WriteString(part(i))
		}
		return b.String()
	}
}

// root is a root certificate in PEM.
func root() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		panic(err)
	}
	cert, err := receipt.NewRoot(key, "https://a.example", time.Now())
	if err != nil {
		panic(err)
	}
	return string(receipt.Roots{cert}.PEM())
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

const (
	page  = "<html>"
	paper = "%PDF-1.7\n"
	saved = "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n\r\n"
	block = "-----BEGIN CERTIFICATE-----\n"
)

var pages = []sort{
	{"page, many different receipts", each(page, token)},
	{"page, many copies of one", filled(page, token(1))},
	{"page, copies that grow", each(page, func(i int) string { return token(1) + strings.Repeat("WyJ0~", i) + " " })},
	{"page, a long copy and short ones", func(n int) string {
		return page + token(1) + repeated("WyJ0~", n/2) + " " + repeated(token(1)[:132]+" ", n/2)
	}},
	{"page, headers without an end", filled(page, "eyJ")},
	{"page, headers with dots", filled(page, "eyJaaaaaaaaaaaaa.")},
	{"page, payloads without an end", filled(page+"eyJaaaaaaaaaaaaa.", "eyJ")},
	{"page, disclosures without an end", filled(page+token(1), "WyJ")},
	{"page, many disclosures", filled(page+token(1), "WyJ~")},
	{"page, blanks", filled(page, " ")},
	{"page, blanks and breaks", filled(page, " \t=\n")},
	{"page, per cent signs", filled(page, "%25")},
	{"page, per cent signs in base64", func(n int) string { return page + base64Of(repeated("%2579", n*3/4)) }},
	{"page, base64", func(n int) string { return page + base64Of(repeated("eyJ", n*3/4)) }},
	{"page, short runs of base64", each(page, func(i int) string { return base64Of(token(i))[:128] + " " })},
	{"page, certificates", each(page, func(i int) string { return fmt.Sprintf("%sMII%08d\n-----END CERTIFICATE-----\n", block, i) })},
	{"page, certificates without an end", filled(page, block)},
	{"page, dashes", filled(page, "-")},
	{"page, random bytes", func(n int) string { return page + noise(n) }},
	{"saved page, soft breaks", filled(saved, "eyJ=\r\n")},
	{"saved page, quoted-printable", filled(saved, "=3D=65yJ")},
}

var texts = []sort{
	{"text, many different receipts", each("text ", token)},
	{"text, quote marks", filled("text ", "\n> ")},
	{"text in UTF-16", func(n int) string { return "\xff\xfet\x00" + repeated("e\x00y\x00J\x00", n) }},
	{"lines, short", filled("", "eyJ~\n")},
	{"lines, empty", filled("eyJ~\neyJ~\n", "\n")},
	{"lines, long", each("", func(int) string { return "eyJ~" + strings.Repeat("a", 70<<10) + "\n" })},
	{"lines, many disclosures", each("", func(i int) string { return token(i) + strings.Repeat("WyIiLDFd~", 7000) + "\n" })},
	{"JSON, deep", func(n int) string { return `{"records":` + strings.Repeat("[", n/2) + strings.Repeat("]", n/2) + "}" }},
	{"JSON, many members", each("{", func(i int) string { return fmt.Sprintf(`"%d":{},`, i) })},
	{"who looked, many records", func(n int) string { return `{"records":[` + repeated(`{"record":"eyJ.e30.x"},`, n) + `{}]}` }},
	{"manifest, long", func(n int) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"data-request-manifest+jwt"}`)) + "." + repeated("e30", n) + ".x"
	}},
	{"mail, many fields", filled("Received: by\r\n", "MIME-Version: 1.0\r\n")},
	{"web archive", filled("bplist00", "eyJ")},
	{"roots, many blocks", each("", func(i int) string { return fmt.Sprintf("%sMII%08d\n-----END CERTIFICATE-----\n", block, i) })},
	{"roots, many that are some", func(n int) string { return repeated(root(), n) }},
	{"roots, without an end", filled("", block)},
}

var papers = []sort{
	{"PDF, many streams", filled(paper, "stream\n")},
	{"PDF, many different receipts in streams", each(paper, func(i int) string { return stream("", zlibOf(token(i))) })},
	{"PDF, streams within streams", filled(paper, "stream\n\x78\x01\x00\xff\xff\x00\x00")},
	{"PDF, a stream of many blocks", func(n int) string { return paper + "stream\n\x78\x01" + repeated("\x00\x00\x00\xff\xff", n) }},
	{"PDF, codes of streams", func(n int) string { return paper + repeated("stream\n"+smallCode, n) }},
	{"PDF, a bomb", func(n int) string { return paper + stream("", zlibOf(strings.Repeat("\x00", 300*n))) }},
	{"PDF, many bombs", each(paper, func(int) string { return stream("", bomb) })},
	{"PDF, a bomb of receipts", func(n int) string { return paper + stream("", zlibOf(repeated(token(1)+" ", 100*n))) }},
	{"PDF, a bomb in base64", func(n int) string { return paper + stream("", zlibOf(base64Of(repeated("eyJ", 100*n)))) }},
	{"PDF, a bomb in rows", func(n int) string {
		return paper + stream("/Predictor 15 /Columns 1 ", zlibOf(strings.Repeat("\x04\x00", 100*n)))
	}},
	{"PDF, a bomb behind hexadecimal", func(n int) string {
		return paper + stream("", hex.EncodeToString([]byte(zlibOf(strings.Repeat("\x00", 300*n)))))
	}},
	{"PDF, hexadecimal", filled(paper+"stream\n", "65")},
	{"PDF, hexadecimal in many streams", filled(paper, "stream\n65657965")},
	{"PDF, base 85", func(n int) string {
		coded := make([]byte, ascii85.MaxEncodedLen(n))
		return paper + "stream\n" + string(coded[:ascii85.Encode(coded, []byte(repeated("eyJ", n*4/5)))])
	}},
	{"PDF, zeros in base 85", filled(paper+"stream\n", "z")},
	{"PDF, parameters", filled(paper, "/Predictor 12 /Columns 999999 ")},
	{"PDF, a table that leads to itself", filled(paper, "xref\n0 1\n0000000000 65535 f \ntrailer << /Prev 9 /XRefStm 9 /Size 1 >>\nstartxref\n9\n")},
	{"PDF, names almost of encryption", filled(paper, "/#45#6e#63#72#79#70#75")},
}

func stream(dictionary, data string) string {
	return "1 0 obj << " + dictionary + ">>\nstream\n" + data + "\nendstream\n"
}

func zlibOf(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // writing to a bytes.Buffer cannot fail
	_ = w.Close()
	return b.String()
}

// bomb is a small compressed text of a large plain one.
var bomb = zlibOf(strings.Repeat("\x00", 1<<20))

// smallCode is a deflate block with its own code, of a text just long enough for it.
var smallCode = zlibOf(strings.Repeat("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789aaaaabbbbcccdd", 3) + noise(40))

func noise(n int) string {
	random := rand.New(rand.NewPCG(1, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return string(b)
}

func deflated(text string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // this level exists
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}
