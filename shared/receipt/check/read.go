package check

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

// read passes every item of a path to take, in order, with its name.
func read(p string, take func(name string, it item) error) error {
	err := parts(p, func(whole io.Reader, kind inside.Kind, part inside.Part) error {
		it, err := itemOf(p, whole, kind, part)
		if err != nil || it == nil {
			return err
		}
		return take(part.Name, it)
	})
	if why, ok := inside.AsError(err); ok {
		return take(p, unread{err: why})
	}
	return err
}

// parts reads a file or a folder, and passes on its parts, each with the whole file.
func parts(p string, take func(whole io.Reader, kind inside.Kind, part inside.Part) error) (err error) {
	info, err := os.Stat(p)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return inside.ReadFolder(p, os.DirFS(p), func(part inside.Part) error { return take(nil, inside.Folder, part) })
	}
	f, err := os.Open(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	file, size := io.ReaderAt(f), info.Size()
	if !info.Mode().IsRegular() { // a pipe can be read once
		b, err := io.ReadAll(io.LimitReader(f, inside.MaxBundle+1))
		if err != nil {
			return err
		}
		if len(b) > inside.MaxBundle {
			return inside.ErrTooLarge
		}
		file, size = bytes.NewReader(b), int64(len(b))
	}
	_, err = inside.Read(p, file, size, func(kind inside.Kind, part inside.Part) error {
		return take(io.NewSectionReader(file, 0, size), kind, part)
	})
	return err
}

// itemOf returns the item to check for a part of a file, or nil if there is none.
func itemOf(file string, whole io.Reader, kind inside.Kind, part inside.Part) (item, error) {
	switch part.Kind {
	case inside.Receipt:
		it := single{raw: string(part.Content)}
		if !shows(kind) {
			return it, nil
		}
		var err error
		it.shown, err = io.ReadAll(whole)
		return it, err
	case inside.Document:
		it := document{digest: part.Claimed}
		if statement.Digest(part.Content) != part.Claimed {
			it.err = errors.New("its SHA-256 is not the one in its name")
		}
		return it, nil
	case inside.Looks:
		return lookedList(part.Content), nil
	case inside.Manifest:
		return signedManifest(part.Content), nil
	case inside.Roots: // if they are needed, findRoots has read them
		_, err := rootsIn(kind, part)
		switch {
		case !errors.Is(err, errForeign):
			return nil, err
		case shows(kind):
			return nil, nil
		case kind == inside.Roots:
			return unread{err: inside.ErrKind}, nil
		}
	}
	return beside{name: placeOf(file, part)}, nil
}

// placeOf returns the name under which an unchecked file is reported: its own, or its
// folder's.
func placeOf(file string, part inside.Part) string {
	if first, _, in := strings.Cut(strings.TrimPrefix(part.Name, file+"/"), "/"); in {
		return file + "/" + first + "/"
	}
	return part.Name
}

// shows reports whether files of a kind display the receipt they hold.
func shows(kind inside.Kind) bool {
	return kind == inside.HTML || kind == inside.PDF || kind == inside.Text
}

// errForeign: certificates, or what looks like some, that are no roots and do not claim to be.
var errForeign = errors.New("certificates of something else")

// rootsIn reads the root certificates that are a part of a file.
func rootsIn(kind inside.Kind, part inside.Part) (receipt.Roots, error) {
	roots, err := receipt.ParseRoots(part.Content)
	switch {
	case err == nil:
		return roots, nil
	case shows(kind), !strings.EqualFold(path.Base(part.Name), inside.RootFile):
		return nil, errForeign
	}
	return nil, &FileError{part.Name, err}
}

// findRoots reads the root certificates that lie in folders and bundles, in pages and PDFs, or
// alone. Those of the named fingerprints are among them, however many there are.
func findRoots(paths, named []string) (receipt.Roots, error) {
	out := rootsFound{named: named}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			continue // a pipe can be read only once
		}
		err := parts(p, func(_ io.Reader, kind inside.Kind, part inside.Part) error {
			if part.Kind != inside.Roots {
				return nil
			}
			roots, err := rootsIn(kind, part)
			if errors.Is(err, errForeign) {
				return nil
			}
			out.add(roots)
			return err
		})
		if _, unread := inside.AsError(err); err != nil && !unread {
			return nil, err
		}
	}
	return out.all, nil
}

// maxAlike bounds how many roots with one name count beside receipts. No issuer has had more.
const maxAlike = 16

// rootsFound collects roots, each once, and at most maxAlike of one name: a leaf is checked
// against every root with the name of its issuer.
type rootsFound struct {
	named []string // fingerprints
	all   receipt.Roots
	known map[string]bool // by their DER
	alike map[string]int  // by name
}

func (f *rootsFound) add(roots receipt.Roots) {
	if f.known == nil {
		f.known, f.alike = map[string]bool{}, map[string]int{}
	}
	for _, root := range roots {
		name := string(root.RawSubject)
		if !f.known[string(root.Raw)] && (f.alike[name] < maxAlike || slices.Contains(f.named, receipt.Fingerprint(root))) {
			f.known[string(root.Raw)] = true
			f.alike[name]++
			f.all = append(f.all, root)
		}
	}
}
