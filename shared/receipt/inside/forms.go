package inside

import "bytes"

// minBase64 is the minimum length, in characters, of a run that is decoded as base64.
const minBase64 = 128

// forms scans a text in every form in which a receipt may occur: as it is, with its lines
// joined, and decoded from quoted-printable, from percent-encoding (twice, for a link within
// a link), and from base64.
func (f *finder) forms(text []byte) error {
	if err := f.work.do(len(text)); err != nil {
		return err
	}
	f.scan(text)
	for _, decode := range []func([]byte) []byte{unfolded, quotedPrintable, percent, percent} {
		if decoded := decode(text); !bytes.Equal(decoded, text) {
			f.scan(decoded)
			text = decoded
		}
	}
	f.base64(text)
	return nil
}

// unfolded removes line breaks, and the characters that programs put around them: blanks
// before a break, the sign of a soft break (RFC 2045, 6.7), and blanks and quote marks after
// it.
func unfolded(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if !isBreak(text[i]) {
			out = append(out, text[i])
			continue
		}
		for len(out) > 0 && isBlank(out[len(out)-1]) {
			out = out[:len(out)-1]
		}
		if len(out) > 0 && out[len(out)-1] == '=' {
			out = out[:len(out)-1]
		}
		for i+1 < len(text) && (isBreak(text[i+1]) || isBlank(text[i+1]) || text[i+1] == '>' || text[i+1] == '|') {
			i++
		}
	}
	return out
}

func isBreak(c byte) bool { return c == '\r' || c == '\n' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func quotedPrintable(text []byte) []byte { return escaped(text, '=') }

func percent(text []byte) []byte { return escaped(text, '%') }

// escaped decodes each byte that is written as a mark and two hexadecimal digits.
func escaped(text []byte, mark byte) []byte {
	if bytes.IndexByte(text, mark) < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == mark && i+2 < len(text) && digit(text[i+1]) < 16 && digit(text[i+2]) < 16 {
			out = append(out, digit(text[i+1])<<4|digit(text[i+2]))
			i += 2
			continue
		}
		out = append(out, text[i])
	}
	return out
}

// digit returns the value of a hexadecimal digit, or 16 for any other character.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// sextets maps the characters of both alphabets of base64 (RFC 4648) to their values.
var sextets = func() (table [256]byte) {
	for i := range table {
		table[i] = 64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = byte(i)
	}
	table['-'], table['_'] = 62, 63
	return table
}()

// base64 decodes long runs of base64 characters and scans the results. The data may begin at
// any character of a run, so it tries each of the four alignments.
func (f *finder) base64(text []byte) {
	for at := 0; at < len(text); {
		end := at
		for end < len(text) && sextets[text[end]] < 64 {
			end++
		}
		if end-at >= minBase64 {
			for skip := range 4 {
				decoded := fromBase64(text[at+skip : end])
				f.scan(decoded)
				if plain := percent(decoded); !bytes.Equal(plain, decoded) {
					f.scan(plain)
				}
			}
		}
		at = end + 1
	}
}

func fromBase64(run []byte) []byte {
	out := make([]byte, 0, len(run)*3/4)
	bits, n := uint32(0), 0
	for _, c := range run {
		bits = bits<<6 | uint32(sextets[c])
		if n += 6; n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
		}
	}
	return out
}
