package hostile

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
)

var archives = []sort{
	{"ZIP, many entries", zipOf(func(i int) entry { return entry{name: fmt.Sprintf("%06d", i)} })},
	{"ZIP, many entries that begin as receipts", zipOf(func(i int) entry { return entry{name: fmt.Sprintf("%06d", i), content: "eyJ~ x"} })},
	{"ZIP, many texts", zipOf(func(i int) entry {
		return entry{name: fmt.Sprintf("%06d", i), content: strings.Repeat(token(i)+" ", 50)}
	})},
	{"ZIP, deep names", zipOf(func(i int) entry { return entry{name: strings.Repeat("a/", 30_000) + fmt.Sprint(i)} })},
	{"ZIP, names that begin alike", zipOf(func(i int) entry { return entry{name: strings.Repeat("a", 1000) + fmt.Sprintf("%06d", i)} })},
	{"ZIP, a bomb", func(n int) string {
		return zipOf(func(int) entry { return entry{name: "1", content: strings.Repeat("\x00", 900*n), deflate: true} })(1)
	}},
	{"ZIP, many bombs", zipOf(func(i int) entry {
		return entry{name: fmt.Sprintf("%06d", i), content: strings.Repeat("eyJ ", 1<<18), deflate: true}
	})},
	{"ZIP, many small entries, deflated", zipOf(func(i int) entry {
		return entry{name: fmt.Sprintf("%06d", i), content: "eyJ" + token(i), deflate: true}
	})},
	{"ZIP, many documents", zipOf(func(i int) entry { return entry{name: fmt.Sprintf("notices/%06d", i), content: "words"} })},
	{"ZIP, entries that overlap", func(n int) string { return overlapping(n) }},
	{"ZIP, many extra fields", zipOf(func(i int) entry {
		return entry{name: fmt.Sprintf("%06d", i), extra: strings.Repeat("UT\x00\x00", 10_000)}
	})},
}

// entry is a file in a ZIP.
type entry struct {
	name, content, extra string
	deflate              bool
}

const maxEntries = 65_000

// zipOf makes a well-formed ZIP (PKWARE's APPNOTE 6.3.10, 4.3) of as many entries as fit.
func zipOf(of func(i int) entry) func(size int) string {
	return func(size int) string {
		var out, directory []byte
		n := 0
		for ; n == 0 || len(out)+len(directory) < size && n < maxEntries; n++ {
			e := of(n)
			packed, method := []byte(e.content), byte(0)
			if e.deflate {
				packed, method = deflated(e.content), 8
			}
			at := uint32(len(out))
			header := header(e, method, packed)
			out = append(append(append(append(append(out, "PK\x03\x04"...), header...), e.name...), e.extra...), packed...)
			directory = append(directory, central(header, e, at)...)
		}
		return string(out) + string(directory) + end(n, len(directory), len(out))
	}
}

// overlapping makes a ZIP whose directory names one entry again and again.
func overlapping(size int) string {
	e := entry{name: "000000", content: strings.Repeat("eyJ ", 1<<16), deflate: true}
	packed := deflated(e.content)
	var directory []byte
	n := 0
	for ; len(directory) < size && n < maxEntries; n++ {
		e.name = fmt.Sprintf("%06d", n)
		directory = append(directory, central(header(e, 8, packed), e, 0)...)
	}
	e.name = "000000"
	out := "PK\x03\x04" + string(header(e, 8, packed)) + e.name + string(packed)
	return out + string(directory) + end(n, len(directory), len(out))
}

var le = binary.LittleEndian

// header returns the fields that the local header and the directory share.
func header(e entry, method byte, packed []byte) []byte {
	h := append([]byte("\x14\x00\x00\x00"), method, 0, 0, 0, 0x21, 0x50)
	h = le.AppendUint32(h, crc32.ChecksumIEEE([]byte(e.content)))
	h = le.AppendUint32(le.AppendUint32(h, uint32(len(packed))), uint32(len(e.content)))
	return le.AppendUint16(le.AppendUint16(h, uint16(len(e.name))), uint16(len(e.extra)))
}

func central(header []byte, e entry, at uint32) []byte {
	c := append(append([]byte("PK\x01\x02\x14\x00"), header...), make([]byte, 10)...)
	return append(append(le.AppendUint32(c, at), e.name...), e.extra...)
}

func end(count, size, at int) string {
	e := le.AppendUint16(le.AppendUint16([]byte("PK\x05\x06\x00\x00\x00\x00"), uint16(count)), uint16(count))
	return string(le.AppendUint32(le.AppendUint32(e, uint32(size)), uint32(at))) + "\x00\x00"
}
