package inside

import (
	"bytes"
	"io"
	"strings"
)

// finder collects what looks like a receipt or a root certificate, each once.
type finder struct {
	work   *work
	copies map[string]found // by what is signed, the header and the payload
	order  []string         // of what is signed, as it was found

	roots [][]byte // in DER

	inflater io.ReadCloser // used again and again
}

// found is the copy of a receipt that counts so far.
type found struct {
	raw         string
	disclosures int
}

func newFinder(work *work) *finder { return &finder{work: work, copies: map[string]found{}} }

// only is the one receipt that was found. Of several copies of it, the one with the most
// disclosures counts, and of these the first.
func (f *finder) only() (string, error) {
	switch len(f.order) {
	case 0:
		return "", ErrNone
	case 1:
		return f.copies[f.order[0]].raw, nil
	}
	return "", ErrSeveral
}

// A JWS in its compact form has segments of at least so many characters, if it is a
// receipt's: "eyJ" and more, the payload, and the signature.
const (
	minHeader    = 13
	minPayload   = 10
	minSignature = 80
)

var (
	headerStart = []byte("eyJ")
	alphabet    = tableOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
)

func tableOf(characters string) (table [256]bool) {
	for _, c := range []byte(characters) {
		table[c] = true
	}
	return table
}

// endOf is where the characters of base64url end that begin at a place.
func (w *work) endOf(text []byte, at int) int {
	begin := at
	for at < len(text) && alphabet[text[at]] {
		at++
	}
	w.scanned += int64(at - begin)
	return at
}

func has(text []byte, at int, c byte) bool { return at < len(text) && text[at] == c }

// scan finds receipts and root certificates.
func (f *finder) scan(text []byte) {
	f.receipts(text)
	f.certificates(text)
}

// receipts finds SD-JWTs (RFC 9901, section 4): a JWS, and disclosures, each ended by a tilde.
// Each byte is looked at three times at most, as one of the three segments.
func (f *finder) receipts(text []byte) {
	for at := 0; ; {
		next := bytes.Index(text[at:], headerStart)
		if next < 0 {
			f.work.scanned += int64(len(text))
			return
		}
		start := at + next
		header := f.work.endOf(text, start)
		if header-start < minHeader || !has(text, header, '.') {
			at = header
			continue
		}
		at = header + 1
		payload := f.work.endOf(text, at)
		if payload-at < minPayload || !has(text, payload, '.') {
			continue
		}
		signature := f.work.endOf(text, payload+1)
		if signature-payload-1 < minSignature || !has(text, signature, '~') {
			continue
		}
		at = f.work.endOfDisclosures(text, signature+1)
		f.add(string(text[start:payload]), string(text[start:at]))
	}
}

// endOfDisclosures is where the last disclosure ends. A disclosure is the base64url of a
// JSON array that begins with a text; what follows the last one is not the receipt's.
func (w *work) endOfDisclosures(text []byte, at int) int {
	for {
		end := w.endOf(text, at)
		if !has(text, end, '~') || end-at < 3 || text[at] != 'W' || text[at+1] != 'y' || text[at+2] != 'I' && text[at+2] != 'J' {
			return at
		}
		at = end + 1
	}
}

func (f *finder) add(signed, raw string) {
	f.work.scanned += int64(len(raw))
	disclosures := strings.Count(raw, "~") - 1
	before, known := f.copies[signed]
	if !known {
		f.order = append(f.order, signed)
	}
	if !known || disclosures > before.disclosures {
		f.copies[signed] = found{raw, disclosures}
	}
}
