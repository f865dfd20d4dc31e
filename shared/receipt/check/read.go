package check

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

// item is one receipt, or one document that a bundle or folder brings along.
type item struct {
	name     string
	raw      string
	err      error
	shown    []byte // the file, if it is a page or a PDF that the receipt was found in
	document string // the digest that a document's name claims
	place    *receipt.Place

	looks     []byte // the list of who of the staff looked
	unchecked string // what is nothing of all this: the file, or the folder that it is in
}

// errManifest: a manifest is no receipt.
var errManifest = &inside.Error{
	Outcome: receipt.NoReceipt, Code: "manifest", Reason: "it is the manifest of an answer, and no receipt: receipt manifest checks it",
}

// read hands every receipt and document of a path to take, in order.
func read(p string, take func(item) error) error {
	err := parts(p, func(whole io.Reader, kind inside.Kind, part inside.Part) error {
		it, err := itemOf(p, whole, kind, part)
		if err != nil || it == nil {
			return err
		}
		return take(*it)
	})
	if _, unread := inside.AsError(err); unread {
		return take(item{name: p, err: err})
	}
	return err
}

// parts reads a file or a folder, and hands over its parts, each with the whole file.
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
		b, err := io.ReadAll(io.LimitReader(f, inside.MaxBundle))
		if err != nil {
			return err
		}
		file, size = bytes.NewReader(b), int64(len(b))
	}
	_, err = inside.Read(p, file, size, func(kind inside.Kind, part inside.Part) error {
		return take(io.NewSectionReader(file, 0, size), kind, part)
	})
	return err
}

// itemOf is what is judged of a part of a file; nil is nothing.
func itemOf(file string, whole io.Reader, kind inside.Kind, part inside.Part) (*item, error) {
	it := &item{name: part.Name}
	switch part.Kind {
	case inside.Receipt:
		it.raw = string(part.Content)
		if shows(kind) {
			b, err := io.ReadAll(whole)
			if err != nil {
				return nil, err
			}
			it.shown = b
		}
	case inside.Document:
		it.document = part.Claimed
		if statement.Digest(part.Content) != part.Claimed {
			it.err = errors.New("it is not the document whose SHA-256 it is named for")
		}
	case inside.Looks:
		it.looks = part.Content
	case inside.Manifest:
		it.err = errManifest
	case inside.Other:
		it.unchecked = placeOf(file, part)
	case inside.Roots: // if they are needed, findRoots has read them
		_, err := rootsIn(file, kind, part)
		if !errors.Is(err, errForeign) {
			return nil, err
		}
		if shows(kind) {
			return nil, nil
		}
		it.unchecked = placeOf(file, part)
	}
	return it, nil
}

// placeOf is how a file that is not checked is named: alone, or by its folder.
func placeOf(file string, part inside.Part) string {
	if first, _, in := strings.Cut(strings.TrimPrefix(part.Name, file+"/"), "/"); in {
		return file + "/" + first + "/"
	}
	return part.Name
}

// shows reports whether files of a kind display the receipt that is in them.
func shows(kind inside.Kind) bool {
	return kind == inside.HTML || kind == inside.PDF || kind == inside.Text
}

// errForeign: certificates that lie in a folder, a bundle, a page or a PDF, are no roots, and
// do not claim to be.
var errForeign = errors.New("certificates of something else")

// rootsIn reads the root certificates that are a part of a file.
func rootsIn(file string, kind inside.Kind, part inside.Part) (receipt.Roots, error) {
	roots, err := receipt.ParseRoots(part.Content)
	switch {
	case err == nil:
		return roots, nil
	case shows(kind), part.Name != file && !strings.EqualFold(path.Base(part.Name), inside.RootFile):
		return nil, errForeign
	}
	return nil, &FileError{part.Name, err}
}

// findRoots reads the root certificates that lie in folders and bundles, in pages and PDFs, or
// alone.
func findRoots(paths []string) (receipt.Roots, error) {
	var out receipt.Roots
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			continue // a pipe can be read once
		}
		err := parts(p, func(_ io.Reader, kind inside.Kind, part inside.Part) error {
			if part.Kind != inside.Roots {
				return nil
			}
			roots, err := rootsIn(p, kind, part)
			if errors.Is(err, errForeign) {
				return nil
			}
			out = append(out, roots...)
			return err
		})
		if _, unread := inside.AsError(err); err != nil && !unread {
			return nil, err
		}
	}
	return out, nil
}
