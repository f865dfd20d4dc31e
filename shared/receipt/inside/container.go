package inside

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// These names have a meaning in a ZIP and in a folder, whatever their case.
const (
	RootFile     = "root.pem"
	LooksFile    = "who-looked.json"
	NoticesDir   = "notices/"
	CatalogueDir = "catalogues/"
)

// entry is a file in a ZIP or a folder.
type entry struct {
	path string // with slashes
	size int64  // bytes
	open func() (io.ReadCloser, error)
}

// readZIP reads a ZIP, after it has checked that the whole archive is well formed.
func readZIP(name string, file io.ReaderAt, size int64, work *work, take func(Part) error) error {
	if size > MaxBundle {
		return ErrTooLarge
	}
	archive, err := openZIP(file, size, work)
	if err != nil {
		return err
	}
	c := &container{name: name, work: work, take: take}
	for _, e := range archive.entries {
		if strings.HasSuffix(e.path, "/") {
			continue
		}
		if err := c.read(entry{e.path, e.size, func() (io.ReadCloser, error) { return archive.open(e), nil }}); err != nil {
			return err
		}
	}
	return c.end()
}

// ReadFolder reads the files of a folder in the order of their paths, as readZIP does those
// of a ZIP.
func ReadFolder(name string, tree fs.FS, take func(Part) error) error {
	c := &container{name: name, work: newWork(0), take: take}
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := fs.Stat(tree, p) // follows a link
		if err != nil || !info.Mode().IsRegular() {
			return take(Part{Name: name + "/" + p, Kind: Other})
		}
		c.work = newWork(info.Size()) // each file has its own bound
		return c.read(entry{p, info.Size(), func() (io.ReadCloser, error) { return tree.Open(p) }})
	})
	if err != nil {
		return err
	}
	return c.end()
}

// startSize is the number of first bytes of a file that decide whether it is read.
const startSize = 1 << 10

// container reads the files in a ZIP or a folder one after the other.
type container struct {
	name   string
	work   *work
	take   func(Part) error
	signed bool // a part was found that can be judged
}

func (c *container) end() error {
	if !c.signed {
		return ErrNone
	}
	return nil
}

// read passes on the parts of a file. It skips pages, PDFs, archives and texts.
func (c *container) read(e entry) error {
	name := c.name + "/" + e.path
	other := Part{Name: name, Kind: Other}
	if isSystems(e.path) || e.size > MaxLooks {
		return c.take(other)
	}
	folder, file := path.Split(folded(e.path))
	if isDocuments(folder) {
		return c.document(e, name, file)
	}
	start, err := e.content(startSize)
	if err != nil {
		return err
	}
	if file != LooksFile && !mayBeRead(start) {
		return c.take(other)
	}
	content, err := e.content(e.size)
	if err != nil {
		return err
	}
	content = Narrowed(content)
	kind := KindOf(content)
	switch {
	case file == LooksFile:
		kind = Looks
	case kind != Text && kind != Roots && kind != Receipt && kind != Receipts:
		return c.take(other)
	}
	if kind == Looks {
		return c.judged(Part{Name: name, Kind: kind, Content: content})
	}
	if kind == Receipts {
		err = readLines(name, bytes.NewReader(content), c.work, c.judged)
	} else {
		err = readWhole(name, kind, content, c.work, func(p Part) error {
			if p.Kind == Manifest {
				return c.take(other)
			}
			return c.judged(p)
		})
	}
	if _, unread := AsError(err); unread {
		return c.take(other)
	}
	return err
}

// judged passes on a part that can be judged.
func (c *container) judged(p Part) error {
	c.signed = c.signed || p.Kind != Roots
	return c.take(p)
}

// document passes on a notice or a catalogue, with the digest that its file name claims.
func (c *container) document(e entry, name, file string) error {
	if e.size > maxDocument {
		return c.take(Part{Name: name, Kind: Other})
	}
	content, err := e.content(e.size)
	if err != nil {
		return err
	}
	return c.take(Part{Name: name, Kind: Document, Content: content, Claimed: "sha256:" + strings.TrimSuffix(file, path.Ext(file))})
}

// isDocuments reports whether a folder holds documents. Its name is in lower case.
func isDocuments(folder string) bool {
	return strings.HasSuffix("/"+folder, "/"+NoticesDir) || strings.HasSuffix("/"+folder, "/"+CatalogueDir)
}

// isSystems reports whether an operating system added the file.
func isSystems(name string) bool {
	for part := range strings.SplitSeq(folded(name), "/") {
		switch {
		case part == "__macosx", part == ".ds_store", part == "thumbs.db", part == "desktop.ini", strings.HasPrefix(part, "._"):
			return true
		}
	}
	return false
}

// mayBeRead reports whether a file begins like a signed text, JSON or a root certificate.
func mayBeRead(start []byte) bool {
	text := trimmed(Narrowed(start))
	return isObject(text) || bytes.HasPrefix(text, headerStart) || bytes.HasPrefix(text, pemStart) || bytes.HasPrefix(text, derStart)
}

// content reads at most so many bytes of the file.
func (e entry) content(most int64) ([]byte, error) {
	f, err := e.open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	return b, errors.Join(err, f.Close())
}
