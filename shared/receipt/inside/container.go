package inside

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Names that mean something in a ZIP and in a folder, in capitals too.
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

// readZIP reads a ZIP, once all of it is known to be well formed.
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

// ReadFolder reads the files of a folder as those of a ZIP are read, in the order of paths.
func ReadFolder(name string, tree fs.FS, take func(Part) error) error {
	c := &container{name: name, work: newWork(0), take: take}
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := fs.Stat(tree, p) // of what a link leads to
		if err != nil || !info.Mode().IsRegular() {
			return take(Part{Name: name + "/" + p, Kind: Other})
		}
		c.work = newWork(info.Size()) // each file for itself
		return c.read(entry{p, info.Size(), func() (io.ReadCloser, error) { return tree.Open(p) }})
	})
	if err != nil {
		return err
	}
	return c.end()
}

// startSize is how much of a file in a container tells whether it is read, in bytes.
const startSize = 1 << 10

// container reads the files in a ZIP or a folder one after the other.
type container struct {
	name   string
	work   *work
	take   func(Part) error
	signed bool // there was something to judge
}

func (c *container) end() error {
	if !c.signed {
		return ErrNone
	}
	return nil
}

// read hands over the parts of a file. Pages, PDFs, archives and texts are not read.
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

// judged hands over what is to be judged.
func (c *container) judged(p Part) error {
	c.signed = c.signed || p.Kind != Roots
	return c.take(p)
}

// document hands over a notice or a catalogue, with the digest that its name claims.
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

// isDocuments reports whether a folder, in small letters, has documents.
func isDocuments(folder string) bool {
	return strings.HasSuffix("/"+folder, "/"+NoticesDir) || strings.HasSuffix("/"+folder, "/"+CatalogueDir)
}

// isSystems reports whether a file is one that an operating system adds for itself.
func isSystems(name string) bool {
	for part := range strings.SplitSeq(folded(name), "/") {
		switch {
		case part == "__macosx", part == ".ds_store", part == "thumbs.db", part == "desktop.ini", strings.HasPrefix(part, "._"):
			return true
		}
	}
	return false
}

// mayBeRead reports whether a file begins as something signed, as JSON or as a root
// certificate does.
func mayBeRead(start []byte) bool {
	text := trimmed(Narrowed(start))
	return isObject(text) || bytes.HasPrefix(text, headerStart) || bytes.HasPrefix(text, pemStart) || bytes.HasPrefix(text, derStart)
}

// content reads so many bytes of the file, or as many as it has.
func (e entry) content(most int64) ([]byte, error) {
	f, err := e.open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	return b, errors.Join(err, f.Close())
}
