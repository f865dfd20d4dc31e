package inside

import (
	"bytes"
	"io"
	"strings"
)

// finder collects texts with the form of a receipt, and root certificates, each once.
type finder struct {
	work   *work
	copies map[string]found // by the signed header.payload
	order  []string         // keys of copies, in the order of finding

	roots [][]byte // in DER

	inflater io.ReadCloser // reused
}

// found is the copy of a receipt that counts so far.
type found struct {
	raw         string
	disclosures int
}

func newFinder(work *work) *finder { return &finder{work: work, copies: map[string]found{}} }

// only returns the one receipt that was found. Of several copies, the one with the most
// disclosures counts; among equals, the first.
func (f *finder) only() (string, error) {
	switch len(f.order) {
	case 0:
		return "", ErrNone
	case 1:
		return f.copies[f.order[0]].raw, nil
	}
	return "", ErrSeveral
}

// These are the minimum lengths, in characters, of the segments of a receipt's compact JWS:
// header ("eyJ" and more), payload and signature.
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

// endOf returns where the run of base64url characters ends that begins at a position.
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

// receipts finds SD-JWTs (RFC 9901, section 4): a JWS and disclosures, each followed by a
// tilde. It reads each byte at most three times, once for each segment.
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

// endOfDisclosures returns where the last disclosure ends. A disclosure is the base64url of a
// JSON array that begins with a text. Text after the last one is not part of the receipt.
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
