// Package jsonschema checks strict JSON values against JSON Schemas (draft 2020-12). It has
// the keywords that the published schemas use, and refuses a schema with any other.
//
// It differs from the specification in one point, and refuses more: an integer is written in
// digits alone. 1.0, 1e0 and -0 are none, since no typed reader takes them.
package jsonschema

import (
	"sync"

	"consent-receipts/shared/strictjson"
)

// Set is a set of schemas that refer to each other by relative addresses. It compiles a schema
// when it is first used. It is safe for concurrent use.
type Set struct {
	load  func(name string) ([]byte, error)
	roots sync.Map // name -> *schema

	mu       sync.Mutex                  // guards the rest, while schemas are compiled
	texts    map[string]strictjson.Value // by name
	compiled map[string]*schema          // by name and pointer: receipt/1#/$defs/id
}

// NewSet returns the set of the schemas that load returns by name. A name such as receipt/1
// is the address of the schema without its ending .json.
func NewSet(load func(name string) ([]byte, error)) *Set {
	return &Set{load: load, texts: map[string]strictjson.Value{}, compiled: map[string]*schema{}}
}

// Check checks a value against a schema of the set. The error is a *Violation, or it says what
// is wrong with the schema.
func (s *Set) Check(name string, v strictjson.Value) error {
	root, err := s.root(name)
	if err != nil {
		return err
	}
	if bad := root.check(v); bad != nil {
		return bad
	}
	return nil
}

func (s *Set) root(name string) (*schema, error) {
	if root, ok := s.roots.Load(name); ok {
		return root.(*schema), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := s.compiledAt(name, "")
	if err == nil {
		s.roots.Store(name, root)
	}
	return root, err
}

// Violation is the first violation of a schema that was found.
type Violation struct {
	Place   string // names and indexes, each after a slash; "" for the whole value
	Keyword string // "" for a value where the schema allows none
}

// Error names the place and the keyword, and quotes no value.
func (v *Violation) Error() string {
	if v.Place == "" {
		return "at / (" + v.Keyword + ")"
	}
	return "at " + v.Place + " (" + v.Keyword + ")"
}

// in returns the violation as one of the value that has the violating value under a name or
// an index.
func (v *Violation) in(part string) *Violation {
	if v == nil {
		return nil
	}
	return &Violation{"/" + part + v.Place, v.Keyword}
}
