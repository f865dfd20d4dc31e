package inside

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// steps reads a file and counts the bytes that were looked at or made.
func steps(file string) int64 {
	w := newWork(int64(len(file)))
	_, _ = read("", bytes.NewReader([]byte(file)), int64(len(file)), w, func(Kind, Part) error { return nil })
	return w.done + w.scanned
}

func zlibOf(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// token is a receipt by its form, another for each number.
func token(n int) string {
	return fmt.Sprintf("eyJ%020d.%020d.%s~WyJ%d~", n, n, strings.Repeat("s", 86), n)
}

func repeated(text string, size int) string { return strings.Repeat(text, size/len(text)+1) }

// TestWork: whatever a file holds, the steps for twice as much grow by less than 2.5, and are
// bounded.
func TestWork(t *testing.T) {
	each := func(n int, of func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(of(i))
		}
		return b.String()
	}
	random := rand.New(rand.NewPCG(1, 1))
	for name, file := range map[string]func(size int) string{
		"many times stream":       func(n int) string { return "%PDF-1.7\n" + repeated("stream\n", n) + "endstream\n" },
		"many different receipts": func(n int) string { return "<html>" + each(n/160, token) },
		"many copies of one":      func(n int) string { return "<html>" + repeated(token(1), n) },
		"copies that grow": func(n int) string {
			return "<html>" + each(n/1024, func(i int) string { return token(1) + strings.Repeat("WyJ0~", 200) })
		},
		"many in deflated streams": func(n int) string {
			return "%PDF-1.7\n" + each(n/160, func(i int) string { return "stream\n" + zlibOf(token(i)) + "\nendstream\n" })
		},
		"streams within streams": func(n int) string { return "%PDF-1.7\n" + repeated("stream\n\x78\x01\x00\xff\xff\x00\x00", n) },
		"a bomb":                 func(n int) string { return "%PDF-1.7\nstream\n" + zlibOf(strings.Repeat("\x00", 300*n)) },
		"a long copy and short ones": func(n int) string {
			return "<html>" + token(1) + repeated("WyJ0~", n/2) + " " + repeated(token(1)[:132]+" ", n/2)
		},
		"headers without an end":      func(n int) string { return "<html>" + repeated("eyJ", n) },
		"headers with dots":           func(n int) string { return "<html>" + repeated("eyJaaaaaaaaaaaaa.", n) },
		"payloads without an end":     func(n int) string { return "<html>eyJaaaaaaaaaaaaa." + repeated("eyJ", n) },
		"disclosures without an end":  func(n int) string { return "<html>" + token(1) + repeated("WyJ", n) },
		"many disclosures":            func(n int) string { return "<html>" + token(1) + repeated("WyJ~", n) },
		"blanks":                      func(n int) string { return "<html>" + repeated(" ", n) },
		"blanks and breaks":           func(n int) string { return "<html>" + repeated(" \t=\n", n) },
		"quote marks":                 func(n int) string { return "text " + repeated("\n> ", n) },
		"per cent signs":              func(n int) string { return "<html>" + repeated("%25", n) },
		"base64":                      func(n int) string { return "<html>" + base64.StdEncoding.EncodeToString([]byte(repeated("eyJ", n))) },
		"hexadecimal":                 func(n int) string { return "%PDF-1.7\nstream\n" + repeated("65", n) },
		"what looks like hexadecimal": func(n int) string { return "%PDF-1.7\n" + repeated("stream\n65657965", n) },
		"lines":                       func(n int) string { return repeated("eyJ~\n", n) },
		"JSON":                        func(n int) string { return `{"records":[` + repeated("[", n) },
		"many entries":                func(n int) string { return zipOf(n / 100) },
		"random bytes": func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			return "<html>" + string(b)
		},
	} {
		const size = 100_000
		once, twice := file(size), file(2*size)
		few, many := steps(once), steps(twice)
		if few > 0 && float64(many)/float64(few) > 2.5*float64(len(twice))/float64(2*len(once)) {
			t.Errorf("%s: %d steps for %d bytes, %d for %d", name, few, len(once), many, len(twice))
		}
		if most := 40 * (freeSteps + stepsPerByte*int64(len(once))); few > most {
			t.Errorf("%s: %d steps for %d bytes, at most %d", name, few, len(once), most)
		}
	}
}

// zipOf is a ZIP of so many empty files.
func zipOf(n int) string {
	var out, directory []byte
	for i := range n {
		name := fmt.Sprintf("%010d", i)
		header := append([]byte("\x14\x00\x00\x00\x00\x00\x00\x00\x21\x50"), make([]byte, 12)...)
		header = binary.LittleEndian.AppendUint32(header, uint32(len(name)))
		at := binary.LittleEndian.AppendUint32(nil, uint32(len(out)))
		out = append(append(append(out, "PK\x03\x04"...), header...), name...)
		directory = append(append(append(append(directory, "PK\x01\x02\x14\x00"...), header...), make([]byte, 10)...), at...)
		directory = append(directory, name...)
	}
	end := append([]byte("PK\x05\x06\x00\x00\x00\x00"), byte(n), byte(n>>8), byte(n), byte(n>>8))
	end = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(end, uint32(len(directory))), uint32(len(out)))
	return string(out) + string(directory) + string(end) + "\x00\x00"
}
