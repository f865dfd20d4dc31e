package datarequest

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"consent-receipts/shared/statement"
)

//go:embed rules/*.json
var builtin embed.FS

// packs are the rules that come with this package, read once.
var packs = sync.OnceValue(func() map[statement.Rule]Pack {
	out, err := statePacks()
	if err != nil {
		panic(err) // a test reads them all
	}
	files, _ := builtin.ReadDir("rules") // embedded: it is there
	for _, f := range files {
		b, _ := builtin.ReadFile("rules/" + f.Name())
		p, err := ParsePack(b)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", f.Name(), err)) // likewise
		}
		out[statement.Rule(strings.TrimSuffix(f.Name(), ".json"))] = p
	}
	return out
})

// validID reports whether a rule or a reason may have the id.
func validID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Builtin lists the rules that come with this package, sorted.
func Builtin() []statement.Rule { return slices.Sorted(maps.Keys(packs())) }

// Rules are the packs of a catalogue, by name, beside the built-in ones. A
// built-in name cannot be taken.
type Rules map[statement.Rule]Pack

// Pack finds a rule.
func (r Rules) Pack(rule statement.Rule) (Pack, error) {
	if !validID(string(rule)) {
		return Pack{}, fmt.Errorf("%w: %.64q", ErrUnknownRule, rule)
	}
	if p, ok := packs()[rule]; ok {
		return p, nil
	}
	if p, ok := r[rule]; ok {
		return p, nil
	}
	return Pack{}, fmt.Errorf("%w: %q", ErrUnknownRule, rule)
}

// Clause finds what a rule says of a type of request.
func (r Rules) Clause(rule statement.Rule, t statement.RequestType) (Clause, error) {
	p, err := r.Pack(rule)
	if err != nil {
		return Clause{}, err
	}
	for _, c := range p.Clauses {
		if slices.Contains(c.Types, t) {
			return c, nil
		}
	}
	return Clause{}, fmt.Errorf("%w: %.64q under %s", ErrNotCovered, t, rule)
}
