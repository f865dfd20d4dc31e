package check

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

// Bounds on what is read.
const (
	maxDocument = 512 << 10
	maxRoots    = 64 << 10
	maxLooks    = 16 << 20
	maxEntries  = 1 << 20 // of a bundle
)

// Extensions of the files that are read.
const (
	extReceipt  = ".sd-jwt"
	extReceipts = ".sd-jwts" // one a line
	extBundle   = ".zip"
)

// item is one receipt, or one document that a bundle or folder brings along.
type item struct {
	name     string
	raw      string
	err      error
	loose    bool   // from a file that was named by itself
	shown    []byte // the file, if it is a page or a PDF that the receipt was found in
	document string // the digest that a document's name claims
	place    *receipt.Place

	looks     []byte // the list of who of the staff looked
	unchecked string // what is nothing of all this: the file, or the folder that it is in
}

// read hands every receipt and document of the paths to take, in order.
func read(paths []string, take func(item) error) error {
	for _, p := range paths {
		info, err := os.Stat(p)
		switch {
		case err != nil:
		case info.IsDir():
			err = readTree(os.DirFS(p), p, take)
		case filepath.Ext(p) == extBundle:
			var z *zip.ReadCloser
			if z, err = openBundle(p); err == nil {
				err = errors.Join(readTree(z, p, take), z.Close())
			}
		case filepath.Ext(p) == extReceipts:
			err = readLines(p, take)
		default:
			err = readFile(p, take)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func openBundle(name string) (*zip.ReadCloser, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, &FileError{name, fmt.Errorf("not a bundle: %w", err)}
	}
	if len(z.File) > maxEntries {
		_ = z.Close() // nothing was written
		return nil, &FileError{name, fmt.Errorf("%d entries, at most %d", len(z.File), maxEntries)}
	}
	return z, nil
}

func readFile(name string, take func(item) error) error {
	b, err := readSome(os.DirFS(filepath.Dir(name)), filepath.Base(name), inside.MaxFile+1)
	if err != nil {
		return err
	}
	if inside.KindOf(b) == "" {
		return take(item{name: name, raw: oneLine(b[:min(len(b), receipt.MaxBytes+1)]), loose: true})
	}
	raw, err := inside.Find(b)
	return take(item{name: name, raw: raw, err: err, loose: true, shown: b})
}

// oneLine takes away the line break with which a text file may end: it belongs
// to the file, not to the receipt.
func oneLine(b []byte) string { return strings.TrimSuffix(string(b), "\n") }

func readLines(name string, take func(item) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, receipt.MaxBytes+2)
	for n := 1; lines.Scan(); n++ {
		if err := take(item{name: fmt.Sprintf("%s:%d", name, n), raw: lines.Text()}); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return &FileError{name, fmt.Errorf("a line is over %d bytes", receipt.MaxBytes)}
	}
	return lines.Err()
}

// readTree walks a folder or a bundle in the order of names: receipts are named
// by their number.
func readTree(tree fs.FS, name string, take func(item) error) error {
	return fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		it := item{name: name + "/" + p}
		folder, file := path.Split(p)
		switch {
		case path.Ext(p) == extReceipt:
			var b []byte
			b, it.err = readSome(tree, p, receipt.MaxBytes+1)
			it.raw = oneLine(b)
		case strings.HasSuffix("/"+folder, "/"+NoticesDir), strings.HasSuffix("/"+folder, "/"+CatalogueDir):
			it.document = "sha256:" + strings.TrimSuffix(file, path.Ext(file))
			b, err := readSome(tree, p, maxDocument)
			if it.err = err; err == nil && statement.Digest(b) != it.document {
				it.err = errors.New("it is not the document whose SHA-256 it is named for")
			}
		case p == LooksFile:
			if it.looks, it.err = readSome(tree, p, maxLooks); len(it.looks) > maxLooks {
				it.err = errors.New("it is too large")
			}
		case p == RootFile:
			return nil
		default:
			it.unchecked = name + "/" + p
			if first, _, in := strings.Cut(p, "/"); in {
				it.unchecked = name + "/" + first + "/"
			}
		}
		return take(it)
	})
}

// readSome reads a file of at most that many bytes; of a larger one so many that
// it is seen to be too large.
func readSome(tree fs.FS, name string, most int64) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}

// findRoots reads the root certificates that lie in folders and bundles, and in pages and
// PDFs.
func findRoots(paths []string) (receipt.Roots, error) {
	var out receipt.Roots
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		var b []byte
		switch {
		case info.IsDir():
			b, err = readSome(os.DirFS(p), RootFile, maxRoots)
		case filepath.Ext(p) == extBundle:
			var z *zip.ReadCloser
			if z, err = openBundle(p); err == nil {
				b, err = readSome(z, RootFile, maxRoots)
				err = errors.Join(err, z.Close())
			}
		default:
			if b, err = readSome(os.DirFS(filepath.Dir(p)), filepath.Base(p), inside.MaxFile); err == nil && inside.KindOf(b) != "" {
				out = append(out, inside.Roots(b)...)
			}
			b = nil
		}
		if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
			continue
		}
		if err != nil {
			return nil, err
		}
		roots, err := receipt.ParseRoots(b)
		if err != nil {
			return nil, &FileError{p, fmt.Errorf("%s: %w", RootFile, err)}
		}
		out = append(out, roots...)
	}
	return out, nil
}
