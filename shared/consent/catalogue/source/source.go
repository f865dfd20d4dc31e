// Package source compiles the YAML that an operator writes, and the notice texts
// beside it, into a canonical catalogue. It reports every mistake of a file at
// once, each with its place and what to do.
//
// The YAML has the members of catalogue.Catalogue under their JSON names; only
// `notices` differs: it names a file for each language.
package source

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"consent-receipts/events"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Bounds of what is read, in bytes.
const (
	MaxFile   = 256 << 10
	MaxNotice = 64 << 10
)

// Compiled is a catalogue in its canonical form, with what it cites.
type Compiled struct {
	Catalogue *catalogue.Catalogue
	Canonical []byte
	Digest    string
	Notices   map[string][]byte // by digest
	Logo      *brand.Logo       // nil: none
}

// Document is what a deployment keeps under its digest.
type Document struct {
	Digest    string // sha256:<hex>
	MediaType string
	Body      []byte
}

// Documents are the catalogue and everything that it cites.
func (c *Compiled) Documents() []Document {
	docs := []Document{{c.Digest, catalogue.MediaType, c.Canonical}}
	for _, digest := range sorted(c.Notices) {
		docs = append(docs, Document{digest, catalogue.NoticeMediaType, c.Notices[digest]})
	}
	if c.Logo != nil {
		docs = append(docs, Document{c.Logo.Digest, brand.LogoMediaType, c.Logo.PNG})
	}
	return docs
}

// Problem is a mistake, where it is, and what to do about it.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Path         string // in the YAML: purposes/card-offers/valid; "" for the whole file
	Message      string
	Fix          string
}

func (p Problem) String() string {
	place := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path != "" {
		place += p.Path + ": "
	}
	return place + p.Message + "; " + p.Fix
}

// file is the YAML's shape.
type file struct {
	catalogue.Catalogue
	Notices map[string]map[string]string `json:"notices"` // id -> language -> path
	Brand   *brandFile                   `json:"brand"`
}

// Compile reads the catalogue at name in fsys, and the notices that it names
// relative to itself. It returns a catalogue or problems, in the order of lines.
func Compile(fsys fs.FS, name string) (*Compiled, []Problem) {
	l := &linter{fsys: fsys, name: name, places: map[string]place{}, reported: map[string]bool{}}
	f, ok := l.read()
	if ok {
		l.check(f)
	}
	out := &Compiled{Notices: map[string][]byte{}}
	if ok {
		f.Catalogue.Notices = l.notices(f, out.Notices)
		l.named(f, out.Notices)
		f.Catalogue.Brand, out.Logo = l.brand(f)
	}
	if len(l.problems) == 0 && l.compile(f, out) {
		return out, nil
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return nil, l.problems
}

// compile makes the canonical form, and reports false if there is none.
func (l *linter) compile(f *file, out *Compiled) bool {
	canonical, err := f.Catalogue.Canonical()
	if err == nil && len(canonical) > catalogue.MaxBytes {
		err = fmt.Errorf("%d bytes in canonical form, at most %d", len(canonical), catalogue.MaxBytes)
	}
	if err != nil {
		l.report("", err.Error(), "say less")
		return false
	}
	if err := events.CheckJSON("catalogue/1", canonical); err != nil { // a bound that no check above knows
		l.report("", "against the schema of catalogues "+err.Error(), "see /schema/catalogue/1.json")
		return false
	}
	// The catalogue that is returned is the one that readers will get.
	if out.Catalogue, err = catalogue.Parse(canonical); err != nil {
		l.report("", err.Error(), "report this as a defect")
		return false
	}
	out.Canonical, out.Digest = canonical, statement.Digest(canonical)
	return true
}

// read parses the file and checks its structure. It reports false when there is
// nothing to check further.
func (l *linter) read() (*file, bool) {
	b, err := fs.ReadFile(l.fsys, l.name)
	switch {
	case err != nil:
		l.report("", "cannot be read: "+errText(err), "name an existing file")
	case len(b) > MaxFile:
		l.report("", fmt.Sprintf("%d bytes, at most %d", len(b), MaxFile), "say less")
	case !utf8.Valid(b):
		l.report("", "not UTF-8", "save it as UTF-8")
	case l.structure(b):
		j, err := yaml.YAMLToJSON(b)
		f := new(file)
		if err == nil {
			err = json.Unmarshal(j, f)
		}
		if err == nil {
			return f, true
		}
		l.report("", errText(err), "correct it")
	}
	return nil, false
}

// notices reads the texts and returns what the catalogue cites of them.
func (l *linter) notices(f *file, texts map[string][]byte) map[string]map[string]catalogue.Notice {
	out := map[string]map[string]catalogue.Notice{}
	for id, languages := range f.Notices {
		out[id] = map[string]catalogue.Notice{}
		for lang, name := range languages {
			where, what := at("notices", id, lang), "notice "+id
			b, ok := l.beside(where, what, name, MaxNotice)
			if ok && (len(b) == 0 || !utf8.Valid(b)) {
				l.report(where, fmt.Sprintf("%s: %q is not 1 to %d bytes of UTF-8", what, name, MaxNotice), "correct the text")
				ok = false
			}
			if ok {
				digest := statement.Digest(b)
				texts[digest] = b
				out[id][lang] = catalogue.Notice{Digest: digest}
			}
		}
	}
	return out
}

// beside reads a file that the catalogue names relative to itself.
func (l *linter) beside(where, what, name string, most int) ([]byte, bool) {
	full := path.Join(path.Dir(l.name), name)
	if path.IsAbs(name) || !fs.ValidPath(full) {
		l.report(where, fmt.Sprintf("%s: %q leads out of the folder", what, name), "keep the file beside the catalogue")
		return nil, false
	}
	b, err := fs.ReadFile(l.fsys, full)
	if err != nil {
		l.report(where, fmt.Sprintf("%s: no file %q", what, name), "put it there, or correct the path")
		return nil, false
	}
	if len(b) > most {
		l.report(where, fmt.Sprintf("%s: %q has %d bytes, at most %d", what, name, len(b), most), "make it smaller")
		return nil, false
	}
	return b, true
}

func errText(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "no such file"
	}
	s := err.Error()
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return s
}
