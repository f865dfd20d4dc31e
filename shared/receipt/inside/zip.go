package inside

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"consent-receipts/shared/receipt"
)

// zipEntry is a file in a ZIP (PKWARE's APPNOTE 6.3.10, 4.3). The central directory and the
// local header agree on every field.
type zipEntry struct {
	stored, path  string // the name as stored, and as a path
	flags, method uint16
	crc           uint32
	packed, size  int64  // bytes
	alias         string // another name, from an extra field
	header, data  int64  // offsets in the file
}

const (
	endSize, centralSize, localSize = 22, 46, 30

	flagDescriptor = 1 << 3
	knownFlags     = 1<<1 | 1<<2 | flagDescriptor | 1<<11 // levels of deflate; names in UTF-8

	extraZIP64, extraName = 0x0001, 0x7075
)

var (
	signatureLocal      = []byte("PK\x03\x04")
	signatureCentral    = []byte("PK\x01\x02")
	signatureEnd        = []byte("PK\x05\x06")
	signatureDescriptor = []byte("PK\x07\x08")
)

var le = binary.LittleEndian

// zipArchive reads a ZIP that every reader reads alike: its entries and its one directory
// fill the file from the first byte to the last, and agree with each other.
type zipArchive struct {
	file    io.ReaderAt
	entries []*zipEntry // in the order of paths

	packed   *bufio.Reader // these two are reused, for one entry at a time
	inflater io.ReadCloser
}

// openZIP reads the directory, and compares every field with the local headers.
func openZIP(file io.ReaderAt, size int64, work *work) (*zipArchive, error) {
	directory, end, err := readDirectory(file, size)
	if err != nil {
		return nil, err
	}
	if err := work.do(len(directory)); err != nil {
		return nil, err
	}
	entries, err := parseDirectory(directory, int(le.Uint16(end[10:])))
	if err != nil {
		return nil, err
	}
	z := &zipArchive{file: file, entries: entries, packed: bufio.NewReader(nil)}
	slices.SortFunc(entries, func(a, b *zipEntry) int { return cmp.Compare(a.header, b.header) })
	next := int64(0)
	for i, e := range entries {
		if e.header != next {
			return nil, notZIP("between its entries is something else")
		}
		next = size - endSize - int64(len(directory))
		if i+1 < len(entries) {
			next = entries[i+1].header
		}
		if err := e.checkLocal(file, next); err != nil {
			return nil, err
		}
		if err := z.checkContent(e, work); err != nil {
			return nil, err
		}
	}
	if next != size-endSize-int64(len(directory)) {
		return nil, notZIP("before its directory is something else")
	}
	slices.SortFunc(entries, func(a, b *zipEntry) int { return byPath(a.path, b.path) })
	return z, nil
}

// byPath compares paths in the order of fs.WalkDir.
func byPath(a, b string) int {
	return cmp.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}

// readAt reads exactly n bytes.
func readAt(file io.ReaderAt, at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if read, err := file.ReadAt(b, at); read < len(b) {
		return nil, err
	}
	return b, nil
}

func readDirectory(file io.ReaderAt, size int64) (directory, end []byte, err error) {
	if size < endSize {
		return nil, nil, notZIP("it is cut off")
	}
	if end, err = readAt(file, size-endSize, endSize); err != nil {
		return nil, nil, err
	}
	long, at := int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	switch {
	case !bytes.HasPrefix(end, signatureEnd) || le.Uint16(end[20:]) != 0:
		return nil, nil, notZIP("it does not end with the end of its directory")
	case le.Uint32(end[4:]) != 0 || le.Uint16(end[8:]) != le.Uint16(end[10:]) || le.Uint16(end[8:]) == 0xffff:
		return nil, nil, notZIP("its numbers of entries differ, or it has several parts")
	case at+long != size-endSize:
		return nil, nil, notZIP("its directory is not where it ends")
	}
	directory, err = readAt(file, at, long)
	return directory, end, err
}

func parseDirectory(directory []byte, count int) ([]*zipEntry, error) {
	var entries []*zipEntry
	names := map[string]bool{}
	for rest := directory; len(rest) > 0; {
		if len(rest) < centralSize || !bytes.HasPrefix(rest, signatureCentral) {
			return nil, notZIP("its directory is damaged")
		}
		name, extra, comment := int(le.Uint16(rest[28:])), int(le.Uint16(rest[30:])), int(le.Uint16(rest[32:]))
		if len(rest) < centralSize+name+extra || comment != 0 || le.Uint16(rest[34:]) != 0 {
			return nil, notZIP("its directory is damaged, or has comments")
		}
		e := &zipEntry{
			stored: string(rest[centralSize : centralSize+name]), flags: le.Uint16(rest[8:]), method: le.Uint16(rest[10:]), crc: le.Uint32(rest[16:]),
			packed: int64(le.Uint32(rest[20:])), size: int64(le.Uint32(rest[24:])), header: int64(le.Uint32(rest[42:])),
		}
		var err error
		if e.alias, err = checkExtra(rest[centralSize+name:centralSize+name+extra], e.stored); err != nil {
			return nil, err
		}
		if err := e.check(names); err != nil {
			return nil, err
		}
		entries = append(entries, e)
		rest = rest[centralSize+name+extra:]
	}
	if len(entries) != count {
		return nil, notZIP("its directory does not have as many entries as it says")
	}
	return entries, nil
}

// check checks the fields of an entry, and that no other entry has its name.
func (e *zipEntry) check(names map[string]bool) error {
	switch {
	case e.flags&^knownFlags != 0:
		return notZIP("an entry is encrypted, or needs what is not read")
	case e.method != 0 && e.method != 8:
		return notZIP("an entry is packed in a way that is not read")
	case e.method == 0 && e.packed != e.size:
		return notZIP("an entry has two sizes")
	}
	var ok bool
	if e.path, ok = cleaned(e.stored); !ok {
		return notZIP("an entry has no name, or one outside of the archive")
	}
	if strings.HasSuffix(e.path, "/") && e.size != 0 {
		return notZIP("a folder has content")
	}
	own := folded(e.path)
	other, ok := cleaned(e.alias)
	alias := folded(other)
	if !ok || names[own] || alias != own && names[alias] {
		return notZIP("two entries have one name")
	}
	names[own], names[alias] = true, true
	return nil
}

// cleaned returns the path that a name means; a folder's path ends with a slash. It returns
// false for a name that could lead out of the archive.
func cleaned(name string) (string, bool) {
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) == 0 || len(name) > 1 && name[1] == ':' {
		return "", false
	}
	var parts []string
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		if part == "" || part == ".." || strings.Contains(part, "\x00") {
			return "", false
		}
		if part != "." {
			parts = append(parts, part)
		}
	}
	clean := strings.Join(parts, "/")
	if strings.HasSuffix(name, "/") {
		return clean + "/", true
	}
	return clean, clean != ""
}

// folded returns the form in which names are compared: without the slash of a folder, in
// lower case (ASCII only).
func folded(name string) string {
	return string(lowered([]byte(strings.TrimSuffix(name, "/"))))
}

// checkExtra checks the extra fields (4.5), and returns the name that readers use: the
// entry's own, or that of Info-ZIP's field (4.6.9), which may differ only beyond ASCII.
func checkExtra(extra []byte, name string) (string, error) {
	for len(extra) > 0 {
		if len(extra) < 4 || len(extra) < 4+int(le.Uint16(extra[2:])) {
			return "", notZIP("an extra field is cut off")
		}
		id, field := le.Uint16(extra), extra[4:4+int(le.Uint16(extra[2:]))]
		extra = extra[4+len(field):]
		switch {
		case id == extraZIP64:
			return "", notZIP("it is a ZIP64, which is not read")
		case id == extraName && len(field) > 5 && string(field[5:]) != name:
			if !slices.ContainsFunc([]byte(name), func(c byte) bool { return c >= 0x80 }) {
				return "", notZIP("an entry has two names")
			}
			name = string(field[5:])
		}
	}
	return name, nil
}

// checkLocal compares the local header, and the bytes after the data, with the directory. The
// next entry must begin where this one ends.
func (e *zipEntry) checkLocal(file io.ReaderAt, next int64) error {
	if e.header+localSize > next {
		return notZIP("an entry is cut off")
	}
	h, err := readAt(file, e.header, localSize)
	if err != nil {
		return err
	}
	name, extra := int64(le.Uint16(h[26:])), int64(le.Uint16(h[28:]))
	e.data = e.header + localSize + name + extra
	if !bytes.HasPrefix(h, signatureLocal) || e.data+e.packed > next {
		return notZIP("an entry is cut off, or is not where the directory says")
	}
	text, err := readAt(file, e.header+localSize, name+extra)
	if err != nil {
		return err
	}
	alias, err := checkExtra(text[name:], string(text[:name]))
	if err != nil {
		return err
	}
	later := e.flags&flagDescriptor != 0
	agree := func(local, central uint32) bool { return local == central || later && local == 0 }
	if string(text[:name]) != e.stored || alias != e.alias && alias != e.stored || le.Uint16(h[6:]) != e.flags || le.Uint16(h[8:]) != e.method ||
		!agree(le.Uint32(h[14:]), e.crc) || !agree(le.Uint32(h[18:]), uint32(e.packed)) || !agree(le.Uint32(h[22:]), uint32(e.size)) {
		return notZIP("an entry and the directory differ")
	}
	behind, err := readAt(file, e.data+e.packed, min(next-e.data-e.packed, 17))
	if err != nil {
		return err
	}
	if later {
		behind = e.withoutDescriptor(behind)
	}
	if len(behind) > 0 {
		return notZIP("behind an entry is something else")
	}
	return nil
}

// withoutDescriptor removes the data descriptor (4.3.9), with or without its signature.
func (e *zipEntry) withoutDescriptor(behind []byte) []byte {
	d := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, e.crc), uint32(e.packed)), uint32(e.size))
	for _, descriptor := range [][]byte{append(signatureDescriptor[:4:4], d...), d} {
		if bytes.Equal(behind, descriptor) {
			return nil
		}
	}
	return append(behind, 0) // a missing descriptor is an error
}

// checkContent reads the whole content of an entry, and compares its size and checksum.
func (z *zipArchive) checkContent(e *zipEntry, work *work) error {
	sum := crc32.NewIEEE()
	size, err := io.Copy(sum, io.LimitReader(z.unpacked(e), min(e.size, work.left())+1))
	if worked := work.do(int(stepsPerPart + e.packed + size)); worked != nil {
		return &Error{receipt.Refused, ErrWork.Code, ErrWork.Reason}
	}
	if _, more := z.packed.ReadByte(); err != nil || more == nil || size != e.size || sum.Sum32() != e.crc {
		return notZIP("an entry is damaged")
	}
	return nil
}

// open opens an entry that was checked. It closes the entry opened before.
func (z *zipArchive) open(e *zipEntry) io.ReadCloser { return io.NopCloser(z.unpacked(e)) }

func (z *zipArchive) unpacked(e *zipEntry) io.Reader {
	z.packed.Reset(io.NewSectionReader(z.file, e.data, e.packed))
	if e.method == 0 {
		return z.packed
	}
	if z.inflater == nil {
		z.inflater = flate.NewReader(z.packed)
	}
	_ = z.inflater.(flate.Resetter).Reset(z.packed, nil) // Reset without a dictionary cannot fail
	return z.inflater
}
