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
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Bounds of what is read, in bytes.
const (
	MaxFile   = 256 << 10
	MaxNotice = 64 << 10
)

// Compiled is a catalogue in its canonical form, with its notices.
type Compiled struct {
	Catalogue *catalogue.Catalogue
	Canonical []byte
	Digest    string
	Notices   map[string][]byte // by digest
}

// Problem is a mistake, where it is, and what to do about it.
type Problem struct {
	File         string
	Line, Column int // from 1; 0 when the file could not be read
	Message      string
	Fix          string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s; %s", p.File, p.Line, p.Column, p.Message, p.Fix)
}

// file is the YAML's shape.
type file struct {
	catalogue.Catalogue
	Notices map[string]map[string]string `json:"notices"` // id -> language -> path
}

// Compile reads the catalogue at name in fsys, and the notices that it names
// relative to itself. It returns a catalogue or problems, in the order of lines.
func Compile(fsys fs.FS, name string) (*Compiled, []Problem) {
	l := &linter{fsys: fsys, name: name, places: map[string]place{}, reported: map[string]bool{}}
	f, ok := l.read()
	if ok {
		l.check(f)
	}
	notices := map[string][]byte{}
	if ok {
		f.Catalogue.Notices = l.notices(f, notices)
	}
	if len(l.problems) == 0 {
		return l.compile(f, notices)
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return nil, l.problems
}

func (l *linter) compile(f *file, notices map[string][]byte) (*Compiled, []Problem) {
	canonical, err := f.Catalogue.Canonical()
	if err == nil && len(canonical) > catalogue.MaxBytes {
		err = fmt.Errorf("%d bytes in canonical form, at most %d", len(canonical), catalogue.MaxBytes)
	}
	if err != nil {
		l.report("", err.Error(), "say less")
		return nil, l.problems
	}
	if err := events.Check("catalogue/1", canonical); err != nil { // a bound that no check above knows
		l.report("", "against the schema of catalogues "+err.Error(), "see /schema/catalogue/1.json")
		return nil, l.problems
	}
	// The catalogue that is returned is the one that readers will get.
	cat, err := catalogue.Parse(canonical)
	if err != nil {
		l.report("", err.Error(), "report this as a defect")
		return nil, l.problems
	}
	return &Compiled{Catalogue: cat, Canonical: canonical, Digest: statement.Digest(canonical), Notices: notices}, nil
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
			where := at("notices", id, lang)
			full := path.Join(path.Dir(l.name), name)
			if path.IsAbs(name) || !fs.ValidPath(full) {
				l.report(where, fmt.Sprintf("notice %s: %q leads out of the folder", id, name), "keep notices beside the catalogue")
				continue
			}
			b, err := fs.ReadFile(l.fsys, full)
			switch {
			case err != nil:
				l.report(where, fmt.Sprintf("notice %s: no file %q", id, name), "write it, or correct the path")
			case len(b) == 0 || len(b) > MaxNotice || !utf8.Valid(b):
				l.report(where, fmt.Sprintf("notice %s: %q is not 1 to %d bytes of UTF-8", id, name, MaxNotice), "correct the text")
			default:
				digest := statement.Digest(b)
				texts[digest] = b
				out[id][lang] = catalogue.Notice{Digest: digest}
			}
		}
	}
	return out
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
