package inside

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"consent-receipts/shared/receipt/manifest"
)

// These are the numbers of first bytes that determine the kind of a file: two lines of
// receipts, the fields of a mail, and the header of a PDF.
const (
	headSize   = 128 << 10
	fieldsSize = 8 << 10
	markSize   = 1 << 10
)

// KindOf returns the kind of a file from its first bytes, as docs/files.md specifies.
func KindOf(file []byte) Kind {
	head := trimmed(file[:min(len(file), headSize)])
	first := head[:min(len(head), markSize)]
	switch {
	case bytes.HasPrefix(file, signatureLocal), bytes.HasPrefix(file, signatureEnd):
		return ZIP
	case bytes.HasPrefix(head, []byte("<")), savedWhole.Match(lowered(head[:min(len(head), markSize)])):
		return HTML
	case bytes.Contains(first, []byte("%PDF-")):
		return PDF
	case bytes.HasPrefix(head, pemStart), isDER(file):
		return Roots
	case isMail(head[:min(len(head), fieldsSize)]):
		return Mail
	case bytes.IndexByte(first, 0) >= 0, bytes.HasPrefix(head, []byte("bplist")):
		return Other
	case bytes.HasPrefix(head, headerStart):
		return kindOfLines(head)
	}
	return Text
}

var (
	pemStart = []byte("-----BEGIN CERTIFICATE-----")
	derStart = []byte{0x30, 0x82}
)

// savedWhole is how a page begins that browsers of one family saved whole, as MHTML.
var savedWhole = regexp.MustCompile(`^from: ["<]?saved by `)

var (
	mailField = regexp.MustCompile(`^(?:[!-9;-~]+:|From )`)
	mailOnly  = regexp.MustCompile(`(?m)^(?:mime-version|message-id|received|return-path):`)
)

// isMail reports whether a text begins with the header of a message (RFC 5322), by the fields
// that mail programs write.
func isMail(head []byte) bool {
	header, _, _ := bytes.Cut(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	return mailField.Match(header) && mailOnly.Match(lowered(header))
}

// kindOfLines distinguishes a receipt, lines of receipts, and a text that begins with a
// receipt.
func kindOfLines(head []byte) Kind {
	lines := bytes.Split(head, []byte("\n"))
	first := bytes.Trim(lines[0], blanks)
	if bytes.ContainsFunc(first, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return Text
	}
	for _, line := range lines[1:] {
		switch line = trimmed(line); {
		case len(line) == 0:
		case bytes.HasPrefix(line, headerStart) && bytes.IndexByte(first, '~') >= 0:
			return Receipts
		default:
			return Text
		}
	}
	return Receipt
}

// lowered has the capitals of ASCII made small, and no others: to Unicode, some other letters
// are capitals of these.
func lowered(text []byte) []byte {
	out := bytes.Clone(text)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

const blanks = " \t\r\n"

// trimmed removes the byte order mark and the blanks around a text; they belong to the file
// and not to its content.
func trimmed(text []byte) []byte {
	return bytes.Trim(bytes.TrimPrefix(bytes.TrimLeft(text, blanks), []byte("\ufeff")), blanks)
}

// isWide reports whether a file begins with the byte order mark of UTF-16.
func isWide(file []byte) bool {
	return bytes.HasPrefix(file, []byte("\xfe\xff")) || bytes.HasPrefix(file, []byte("\xff\xfe"))
}

// Narrowed decodes a file in UTF-16 with a byte order mark, as Windows writes some, to one
// byte a character. It returns any other file unchanged. No part of a receipt is beyond
// Latin-1.
func Narrowed(file []byte) []byte {
	if !isWide(file) {
		return file
	}
	big := file[0] == 0xfe
	out := make([]byte, 0, len(file)/2)
	for i := 2; i+1 < len(file); i += 2 {
		low, high := file[i], file[i+1]
		if big {
			low, high = high, low
		}
		if high != 0 {
			low = '?'
		}
		out = append(out, low)
	}
	return out
}

// isDER reports whether a file is one DER sequence (X.690) whose length field matches the
// file, as in a certificate.
func isDER(file []byte) bool {
	return len(file) > 4 && len(file) <= maxRoots && bytes.HasPrefix(file, derStart) && int(file[2])<<8|int(file[3]) == len(file)-4
}

// behind are the characters with which a sentence may continue after a receipt.
const behind = `.,;:!?)>]}"'*`

// alone removes the rest of a sentence after a receipt that is the whole file.
func alone(text []byte) []byte {
	if bare := bytes.TrimRight(text, behind); bytes.HasSuffix(bare, []byte("~")) {
		return bare
	}
	return text
}

// isManifest reports whether the typ of a token is that of a manifest.
func isManifest(token []byte) bool {
	header, _, _ := bytes.Cut(token, []byte("."))
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(header))
	var members map[string]json.RawMessage
	return err == nil && !bytes.ContainsAny(header, "\r\n") && !isDeep(b) && json.Unmarshal(b, &members) == nil && textOf(members["typ"]) == manifest.Type
}

// textOf is a JSON text; "" is any other value.
func textOf(value json.RawMessage) (text string) {
	_ = json.Unmarshal(value, &text)
	return text
}

func isObject(text []byte) bool { return bytes.HasPrefix(trimmed(text), []byte("{")) }

// inJSON distinguishes a list of who looked, an API answer with a manifest, and other JSON.
func inJSON(text []byte) (kind Kind, content []byte) {
	var members map[string]json.RawMessage
	if !isObject(text) || isDeep(text) || json.Unmarshal(text, &members) != nil {
		return Text, nil
	}
	if isList(members["records"]) {
		return Looks, text
	}
	if token := textOf(members["manifest"]); isASCII(token) && isManifest([]byte(token)) {
		return Manifest, []byte(token)
	}
	return Text, nil
}

// isList reports whether JSON is a list of who looked, of which one record at least is signed.
// Many other things are lists of records.
func isList(value json.RawMessage) bool {
	var records []json.RawMessage
	return json.Unmarshal(value, &records) == nil && slices.ContainsFunc(records, func(record json.RawMessage) bool {
		var members map[string]json.RawMessage
		return json.Unmarshal(record, &members) == nil && strings.HasPrefix(textOf(members["record"]), string(headerStart))
	})
}

// isASCII reports whether a text has no other letters than ASCII, as every token has.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// maxDepth is how deep the JSON of a list, an answer or a header is nested at most.
const maxDepth = 32

// isDeep reports whether JSON exceeds maxDepth. Libraries have different limits.
func isDeep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
