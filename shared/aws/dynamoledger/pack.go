package dynamoledger

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"consent-receipts/shared/ledger"
)

// The forms in which attribute r holds a receipt; attribute v says which one it is. A write
// costs by the kilobyte, and a receipt is mostly base64url of text that other receipts have
// too.
const (
	// verbatim is the text as it is. A text that is not a receipt of the usual form is
	// stored in this way, and comes back byte for byte.
	verbatim = 1

	// packed has certificate, signature, payload and disclosures, each decoded from
	// base64url, and each behind its length (uvarint). Of the header only the certificate
	// is kept, in DER; the payload leaves out the digests of the disclosures. All of it is
	// compressed by DEFLATE (RFC 1951) with the version's dictionary.
	packed = 3

	// packed2 is the same form with the previous dictionary. It is read, and no longer
	// written.
	packed2 = 2
)

// mark stands in a packed payload for {"...":"<digest>"}: the first mark for the digest of
// the first disclosure, the second for that of the second, and so on. No payload that is
// issued contains a mark.
const mark = "*"

// These texts surround the certificate in the header of every receipt.
const (
	headerStart = `{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":["`
	headerEnd   = `"]}`
)

var errPacked = errors.New("not a packed receipt")

// pack returns the form in which a receipt is stored: the packed one if it is
// certain that the receipt comes back from it byte for byte.
func pack(receipt string) (version int, r []byte) {
	parts, ok := split(receipt)
	if !ok {
		return verbatim, []byte(receipt)
	}
	digests := placeholders(parts[3:])
	parts[2] = shorten(parts[2], digests)
	if join(parts, digests) != receipt {
		return verbatim, []byte(receipt)
	}
	return packed, deflate(parts)
}

// unpack is the inverse of pack. Its memory is bounded, whatever it is given.
func unpack(version int, r []byte) (string, error) {
	switch version {
	case verbatim:
		return string(r), nil
	case packed, packed2:
		parts, err := inflate(r, dictionaries[version])
		if err != nil {
			return "", err
		}
		return join(parts, placeholders(parts[3:])), nil
	}
	return "", fmt.Errorf("unknown version %d", version)
}

// split decodes <header>.<payload>.<signature>~<disclosure>~...~ into the
// certificate, the signature, the payload and the disclosures.
func split(receipt string) ([][]byte, bool) {
	token, disclosures, ended := strings.Cut(receipt, "~")
	texts := strings.Split(token, ".")
	if !ended || len(texts) != 3 {
		return nil, false
	}
	texts[1], texts[2] = texts[2], texts[1]
	if disclosures != "" {
		texts = append(texts, strings.Split(strings.TrimSuffix(disclosures, "~"), "~")...)
	}
	parts := make([][]byte, len(texts))
	for i, text := range texts {
		var err error
		if parts[i], err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return nil, false
		}
	}
	cert, ok := bytes.CutPrefix(parts[0], []byte(headerStart))
	if !ok || !bytes.HasSuffix(cert, []byte(headerEnd)) {
		return nil, false
	}
	var err error
	parts[0], err = base64.StdEncoding.DecodeString(string(cert[:len(cert)-len(headerEnd)]))
	return parts, err == nil
}

// join is the inverse of split and shorten, wherever that is possible. What it makes is at most
// some fifty times as large as its parts.
func join(parts, digests [][]byte) string {
	header := headerStart + base64.StdEncoding.EncodeToString(parts[0]) + headerEnd
	payload := lengthen(parts[2], digests)
	size := base64.RawURLEncoding.EncodedLen(len(header)) + base64.RawURLEncoding.EncodedLen(len(payload)) + len(".~")
	for _, part := range parts {
		size += base64.RawURLEncoding.EncodedLen(len(part)) + len("~")
	}
	out := base64.RawURLEncoding.AppendEncode(make([]byte, 0, size), []byte(header))
	out = base64.RawURLEncoding.AppendEncode(append(out, '.'), payload)
	out = base64.RawURLEncoding.AppendEncode(append(out, '.'), parts[1])
	for _, disclosure := range parts[3:] {
		out = base64.RawURLEncoding.AppendEncode(append(out, '~'), disclosure)
	}
	return string(append(out, '~'))
}

// shorten replaces the digests of the disclosures in a payload by marks. If a digest is
// missing, or they are in another order, it leaves the payload as it is.
func shorten(payload []byte, digests [][]byte) []byte {
	var out []byte
	rest := payload
	for _, digest := range digests {
		before, after, ok := bytes.Cut(rest, digest)
		if !ok {
			return payload
		}
		out, rest = append(append(out, before...), mark...), after
	}
	return append(out, rest...)
}

// lengthen is the inverse of shorten.
func lengthen(payload []byte, digests [][]byte) []byte {
	var out []byte
	rest := payload
	for _, digest := range digests {
		before, after, ok := bytes.Cut(rest, []byte(mark))
		if !ok {
			break
		}
		out, rest = append(append(out, before...), digest...), after
	}
	return append(out, rest...)
}

// placeholders are what stands in a payload for disclosures (RFC 9901, 4.2.4.2).
func placeholders(disclosures [][]byte) [][]byte {
	var text []byte
	out := make([][]byte, len(disclosures))
	for i, d := range disclosures {
		text = base64.RawURLEncoding.AppendEncode(text[:0], d)
		digest := sha256.Sum256(text)
		out[i] = append(base64.RawURLEncoding.AppendEncode([]byte(`{"...":"`), digest[:]), `"}`...)
	}
	return out
}

// deflaters are used again, because making one takes over 1 MB.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, flate.BestCompression, dictionaries[packed])
	if err != nil { // there is no such level of compression
		panic(err)
	}
	return w
}}

func deflate(parts [][]byte) []byte {
	var out bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	for i, part := range parts { // a Buffer never refuses a write
		if i == 2 { // random bytes and text are coded apart, which saves 70 bytes
			_ = w.Flush()
		}
		_, _ = w.Write(binary.AppendUvarint(nil, uint64(len(part))))
		_, _ = w.Write(part)
	}
	_ = w.Close()
	return out.Bytes()
}

// inflate reads at most what can become a receipt of ledger.MaxReceipt bytes.
func inflate(r, dictionary []byte) ([][]byte, error) {
	compressed := bytes.NewReader(r)
	z := flate.NewReaderDict(compressed, dictionary)
	plain, err := io.ReadAll(io.LimitReader(z, ledger.MaxReceipt+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %v", errPacked, err)
	case len(plain) > ledger.MaxReceipt:
		return nil, fmt.Errorf("%w: it has more than %d bytes", errPacked, ledger.MaxReceipt)
	case compressed.Len() > 0:
		return nil, fmt.Errorf("%w: it is followed by more data", errPacked)
	}
	var parts [][]byte
	for len(plain) > 0 {
		size, n := binary.Uvarint(plain)
		if n <= 0 || size > uint64(len(plain)-n) {
			return nil, fmt.Errorf("%w: it is cut off", errPacked)
		}
		parts = append(parts, plain[n:n+int(size)])
		plain = plain[n+int(size):]
	}
	if len(parts) < 3 {
		return nil, fmt.Errorf("%w: it has %d parts", errPacked, len(parts))
	}
	return parts, nil
}
