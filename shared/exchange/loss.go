package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Fate is what became of a field.
type Fate string

// The three fates. Approximated means that the target says something similar, or says it in
// a place with a slightly different meaning.
const (
	Carried      Fate = "carried"
	Approximated Fate = "approximated"
	Dropped      Fate = "dropped"
)

// Report says of every value in the source what became of it.
type Report struct {
	Format  string  `json:"format"`
	Source  string  `json:"source"` // the receipt's digest, or the record's id
	Carried int     `json:"carried"`
	Approx  int     `json:"approximated"`
	Dropped int     `json:"dropped"`
	Fields  []Field `json:"fields"` // in the order of the source's paths
}

// Field is one value.
type Field struct {
	Path string `json:"path"`          // in the source: a JSON pointer (RFC 6901)
	Fate Fate   `json:"fate"`          //
	To   string `json:"to,omitempty"`  // in the document: a JSON pointer
	Why  string `json:"why,omitempty"` // set unless the field was carried
}

// Lost returns the fields that were not carried unchanged.
func (r *Report) Lost() []Field {
	return slices.DeleteFunc(slices.Clone(r.Fields), func(f Field) bool { return f.Fate == Carried })
}

// Rule says what becomes of the values that a pattern names. The first rule that
// matches counts. In a pattern `*` is one step of a path and `**`, at its end,
// any number; in the target $1 is the first star's step.
type Rule struct {
	Pattern string
	Fate    Fate
	To, Why string
}

func carried(pattern, to string) Rule           { return Rule{pattern, Carried, to, ""} }
func approximated(pattern, to, why string) Rule { return Rule{pattern, Approximated, to, why} }
func dropped(pattern, why string) Rule          { return Rule{pattern, Dropped, "", why} }

// match reports whether the rule is about a path, and the target for it.
func (r Rule) match(path string) (to string, ok bool) {
	var stars []string
	for pattern := r.Pattern; pattern != "" || path != ""; {
		var want, step string
		want, pattern = cutStep(pattern)
		if want == "**" {
			break
		}
		if step, path = cutStep(path); step != want && (want != "*" || step == "") {
			return "", false
		}
		if want == "*" {
			stars = append(stars, step)
		}
	}
	to = r.To
	for i, step := range stars {
		to = strings.ReplaceAll(to, "$"+strconv.Itoa(i+1), step)
	}
	return to, true
}

// cutStep takes the first step off a JSON pointer.
func cutStep(pointer string) (step, rest string) {
	pointer = strings.TrimPrefix(pointer, "/")
	if i := strings.IndexByte(pointer, '/'); i >= 0 {
		return pointer[:i], pointer[i:]
	}
	return pointer, ""
}

// ReportOf applies rules to every value in a JSON document. The source is what
// identifies it. A value that no rule names is an error: a report leaves nothing out.
func ReportOf(format, source string, doc []byte, rules []Rule) (*Report, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	r := &Report{Format: format, Source: source}
	for _, path := range leaves("", tree) {
		if err := r.add(path, rules); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Report) add(path string, rules []Rule) error {
	for _, rule := range rules {
		to, ok := rule.match(path)
		if !ok {
			continue
		}
		switch rule.Fate {
		case Carried:
			r.Carried++
		case Approximated:
			r.Approx++
		case Dropped:
			r.Dropped++
		}
		r.Fields = append(r.Fields, Field{Path: path, Fate: rule.Fate, To: to, Why: rule.Why})
		return nil
	}
	return fmt.Errorf("%s: no rule says what becomes of %s", r.Format, path)
}

// leaves lists the paths of all values that are neither object nor array, sorted
// by member. Empty objects and arrays say nothing and have none.
func leaves(path string, v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(path+"/"+escape(name), v[name])...)
		}
	case []any:
		for i, e := range v {
			out = append(out, leaves(path+"/"+strconv.Itoa(i), e)...)
		}
	default:
		out = append(out, path)
	}
	return out
}

// escape writes a member's name as a step of a JSON pointer (RFC 6901, 3).
func escape(name string) string { return escaper.Replace(name) }

var escaper = strings.NewReplacer("~", "~0", "/", "~1")
