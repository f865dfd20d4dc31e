// Package draft writes the first version of a catalogue from the answers to ten questions:
// a valid YAML file and its notices, in plain language. What the answers do not say stands
// there as a guess and is marked EDIT.
package draft

import (
	"bytes"
	"cmp"
	_ "embed" // the catalogue
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// Answers are what a draft is made of. The questions check them.
type Answers struct {
	Name             string // of the controller
	Street, Locality string
	Email, Phone     string
	Website, Host    string // of the controller: its address, and the host of that without www
	Place            string // ISO 3166: ES, US-CA
	Languages        []string
	Purposes         []string // titles, in the first language
	Data             []string // labels, in the first language
	Recipients       []string // names; none: the controller alone
	Valid            Term
}

//go:embed catalogue.yaml.tmpl
var layout string

// texts are the words of a draft; those that a person reads are in every language.
var texts = wording.Load(wording.Draft)

// Files are the draft's texts by path: the catalogue under the given name, and the notices
// beside it.
func (a Answers) Files(name string) (map[string][]byte, error) {
	d := a.draft()
	catalogue, err := written(layout, d)
	files := map[string][]byte{name: catalogue}
	for _, p := range d.Purposes {
		for _, lang := range a.Languages {
			if err == nil {
				files[path.Join("notices", p.ID+"."+lang+".md")], err = written(wording.Text(wording.Notice, lang), notice{d, p.Text, a.Valid.In(lang)})
			}
		}
	}
	return files, err
}

// written fills a template in.
func written(layout string, data any) ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"quote": quote, "join": strings.Join,
		"say": func(lang, key string, args ...any) string { return texts.In(lang).Say(key, args...) },
	}).Parse(layout)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
}

// draft is what the template of a catalogue needs.
type draft struct {
	Answers
	Namespace                  string
	Country                    string
	Law                        place
	Other                      []statement.RequestType // that the rule of the place does not know
	Purposes, Data, Recipients []named
}

// named is something that the answers name, and the id that it gets.
type named struct{ ID, Text string }

// notice is what the template of a notice needs.
type notice struct {
	draft
	Title string
	Long  string // how long a consent lasts, in words
}

func (a Answers) draft() draft {
	d := draft{Answers: a, Law: placeOf(a.Place), Purposes: name("purpose", a.Purposes), Data: name("data", a.Data)}
	d.Namespace = name("controller", []string{a.Name})[0].ID
	d.Country, _, _ = strings.Cut(a.Place, "-")
	d.Recipients = name("recipient", a.Recipients, "controller", "authority")
	for _, t := range statement.RequestTypes() {
		if _, err := datarequest.Rules(nil).Clause(d.Law.Rule, t); err != nil && !t.Complains() {
			d.Other = append(d.Other, t)
		}
	}
	return d
}

// maxID leaves room for a number behind an id.
const maxID = 28

// name gives each text an id of its letters, and none of those that are taken.
func name(kind string, texts []string, taken ...string) (out []named) {
	for i, text := range texts {
		id := strings.Trim(strings.Map(plain, norm.NFD.String(strings.ToLower(text))), "-")
		for strings.Contains(id, "--") {
			id = strings.ReplaceAll(id, "--", "-")
		}
		if len(id) > maxID {
			id = id[:maxID+1]
			id = id[:cmp.Or(max(0, strings.LastIndexByte(id, '-')), maxID)] // whole words, if there are several
		}
		if id == "" || id[0] <= '9' || slices.Contains(words, id) {
			id = strings.Trim(kind+"-"+id[:min(len(id), maxID-len(kind)-1)], "-")
		}
		if slices.Contains(taken, id) {
			id = fmt.Sprintf("%s-%d", id, i+1)
		}
		taken = append(taken, id)
		out = append(out, named{id, text})
	}
	return out
}

// words are ids that YAML does not take for a text.
var words = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}

// plain keeps what an id may hold, drops accents, and makes a hyphen of the rest.
func plain(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r
	case unicode.Is(unicode.Mn, r):
		return -1
	}
	return '-'
}

// quote writes a text as YAML: a JSON string is one.
func quote(s string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSpace(b.String()), err
}
