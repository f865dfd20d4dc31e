package inside

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"consent-receipts/shared/receipt"
)

// Read determines the kind of a file, and passes its parts to take, in order, with that kind.
// An *Error states why there is nothing, or nothing more, to judge. Any other error comes
// from reading or from take. Of lines and of a ZIP, it holds one part at a time.
func Read(name string, file io.ReaderAt, size int64, take func(Kind, Part) error) (Kind, error) {
	return read(name, file, size, newWork(size), take)
}

func read(name string, file io.ReaderAt, size int64, work *work, judge func(Kind, Part) error) (Kind, error) {
	head, err := readAt(file, 0, min(size, headSize))
	if err != nil {
		return Other, err
	}
	if isWide(head) && size <= MaxFile {
		content, err := readAt(file, 0, size)
		if err != nil {
			return Other, err
		}
		head = Narrowed(content)
		file, size = bytes.NewReader(head), int64(len(head))
	}
	kind := KindOf(head)
	take := func(p Part) error { return judge(kind, p) }
	switch kind {
	case ZIP:
		return kind, readZIP(name, file, size, work, take)
	case Receipts:
		return kind, readLines(name, io.NewSectionReader(file, 0, size), work, take)
	case Mail, Other:
		return kind, ErrKind
	}
	if size > MaxLooks || size > MaxFile && !isObject(head) {
		return kind, ErrTooLarge
	}
	content, err := readAt(file, 0, size)
	if err != nil {
		return kind, err
	}
	return kind, readWhole(name, kind, content, work, take)
}

// readWhole reads a file that is one part. A page or a PDF may also carry root certificates.
func readWhole(name string, kind Kind, content []byte, work *work, take func(Part) error) error {
	text := trimmed(content)
	switch kind {
	case Roots:
		if err := work.do(stepsPerRoot * max(1, bytes.Count(content, pemStart))); err != nil {
			return err
		}
		return take(Part{Name: name, Kind: Roots, Content: content})
	case Receipt:
		return take(signed(name, alone(text)))
	case Text:
		if kind, content := inJSON(text); kind != Text {
			return take(Part{Name: name, Kind: kind, Content: content})
		}
	}
	if len(content) > MaxFile {
		return ErrTooLarge
	}
	f, err := find(kind, content, work)
	if err != nil {
		return err
	}
	if kind != Text {
		for _, root := range f.roots {
			if err := take(Part{Name: name, Kind: Roots, Content: root}); err != nil {
				return err
			}
		}
	}
	raw, err := f.only()
	switch {
	case errors.Is(err, ErrNone) && bytes.HasPrefix(text, headerStart):
		return take(signed(name, text)) // its check explains what is wrong with it
	case err != nil:
		return err
	}
	return take(Part{Name: name, Kind: Receipt, Content: []byte(raw)})
}

// signed makes the part for a file that is one signed text.
func signed(name string, text []byte) Part {
	if isManifest(text) {
		return Part{Name: name, Kind: Manifest, Content: text}
	}
	return Part{Name: name, Kind: Receipt, Content: text[:min(len(text), receipt.MaxBytes+1)]}
}

// find searches a page, a PDF or a text for the receipt.
func find(kind Kind, content []byte, work *work) (*finder, error) {
	if kind == PDF && encrypt.Match(content) {
		return nil, ErrEncrypted
	}
	f := newFinder(work)
	if err := f.forms(content); err != nil {
		return nil, err
	}
	return f, f.streams(content)
}

// Find returns the receipt in a file of any kind that has exactly one.
func Find(file []byte) (raw string, err error) {
	several := false
	_, err = Read("", bytes.NewReader(file), int64(len(file)), func(_ Kind, p Part) error {
		if p.Kind == Receipt {
			several = several || raw != ""
			raw = string(p.Content)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case several:
		return "", ErrSeveral
	case raw == "":
		return "", ErrNone
	}
	return raw, nil
}

// maxLine is the number of bytes of a line that are kept: more than a receipt may have.
const maxLine = receipt.MaxBytes + 1<<10

// readLines passes on a receipt from each line. A line that is too long is cut, and its
// receipt stays too large. ErrWork may follow the first lines.
func readLines(name string, file io.Reader, work *work, take func(Part) error) error {
	lines := bufio.NewReader(file)
	for n := 1; ; n++ {
		line, end := readLine(lines)
		if end != nil && !errors.Is(end, io.EOF) {
			return end
		}
		if line = trimmed(line); len(line) > 0 {
			raw := line[:min(len(line), receipt.MaxBytes+1)]
			if err := work.do(stepsPerPart); err != nil {
				return err
			}
			if err := take(Part{Name: fmt.Sprintf("%s:%d", name, n), Kind: Receipt, Content: raw}); err != nil {
				return err
			}
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
	}
}

// readLine reads a whole line, and returns its first maxLine bytes.
func readLine(lines *bufio.Reader) (line []byte, err error) {
	for {
		part, err := lines.ReadSlice('\n')
		line = append(line, part[:min(len(part), maxLine-len(line))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
