package inside

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
)

// streams scans the deflated streams of a PDF (ISO 32000-2, 7.3.8): content, attachments and
// object streams. It does not read the structure of the document: a stream begins at each
// keyword and ends where its data end.
func (f *finder) streams(file []byte) error {
	keyword := []byte("stream")
	for at := 0; ; {
		next := bytes.Index(file[at:], keyword)
		if next < 0 {
			return nil
		}
		dictionary := file[max(at, at+next-maxDictionary) : at+next]
		at += next + len(keyword)
		begin := at
		for begin < len(file) && begin < at+maxBlanks && (isBreak(file[begin]) || isBlank(file[begin])) {
			begin++
		}
		if err := f.deflated(file[begin:], dictionary); err != nil {
			return err
		}
		coded, _, _ := bytes.Cut(file[begin:], keyword)
		f.work.scanned += int64(len(dictionary) + 2*len(coded))
		for _, decode := range []func([]byte) []byte{asciiHex, ascii85} {
			data := decode(coded)
			if len(data) == 0 {
				continue
			}
			if err := errors.Join(f.forms(data), f.deflated(data, dictionary)); err != nil {
				return err
			}
		}
	}
}

// deflated inflates data, undoes the predictor that the dictionary names, and scans the
// result.
func (f *finder) deflated(data, dictionary []byte) error {
	plain, err := f.inflate(data)
	if err != nil || len(plain) == 0 {
		return err
	}
	if err := f.forms(plain); err != nil {
		return err
	}
	rows := unpredicted(plain, dictionary)
	if rows == nil {
		return nil
	}
	return f.forms(rows)
}

const (
	maxBlanks     = 4       // between the keyword and the data
	maxDictionary = 2 << 10 // bytes before the keyword in which the dictionary is sought
)

// inflate decompresses zlib data (RFC 1950) as far as they are intact. It returns nothing for
// other data.
func (f *finder) inflate(data []byte) ([]byte, error) {
	if len(data) < 2 || data[0]&0x0f != 8 || data[1]&0x20 != 0 || (int(data[0])<<8|int(data[1]))%31 != 0 {
		return nil, nil
	}
	from := bytes.NewReader(data[2:])
	if f.inflater == nil {
		f.inflater = flate.NewReader(from)
	}
	_ = f.inflater.(flate.Resetter).Reset(from, nil)                    // Reset without a dictionary cannot fail
	plain, _ := io.ReadAll(io.LimitReader(f.inflater, f.work.left()+1)) // damaged data are read up to the damage
	return plain, f.work.do(len(plain) + len(data) - 2 - from.Len())
}

// encrypt matches the key that marks an encrypted PDF (7.6.2). A name may have characters in
// hexadecimal (7.3.5).
var encrypt = regexp.MustCompile(`/(?:E|#45)(?:n|#6[eE])(?:c|#63)(?:r|#72)(?:y|#79)(?:p|#70)(?:t|#74)(?:[^A-Za-z#]|$)`)

// asciiHex decodes hexadecimal data (7.4.2) as far as they are valid.
func asciiHex(data []byte) []byte {
	var out []byte
	high := byte(16)
	for _, c := range data {
		switch d := digit(c); {
		case isBreak(c) || isBlank(c):
		case d == 16:
			return out
		case high == 16:
			high = d
		default:
			out, high = append(out, high<<4|d), 16
		}
	}
	return out
}

// ascii85 decodes base-85 data (7.4.3) as far as they are valid.
func ascii85(data []byte) []byte {
	var out []byte
	group, n := uint32(0), 0
	for _, c := range data {
		switch {
		case isBreak(c) || isBlank(c):
			continue
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
			continue
		case c < '!' || c > 'u':
			return append(out, lastOf85(group, n)...)
		}
		group = group*85 + uint32(c-'!')
		if n++; n == 5 {
			out = binary.BigEndian.AppendUint32(out, group)
			group, n = 0, 0
		}
	}
	return append(out, lastOf85(group, n)...)
}

// lastOf85 decodes a last group of fewer than five characters.
func lastOf85(group uint32, n int) []byte {
	if n < 2 {
		return nil
	}
	for range 5 - n {
		group = group*85 + 84
	}
	return binary.BigEndian.AppendUint32(nil, group)[:n-1]
}
