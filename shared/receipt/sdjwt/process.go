package sdjwt

import (
	"fmt"

	"consent-receipts/shared/strictjson"
)

const (
	sdMember      = "_sd"
	elementMember = "..."
	algMember     = "_sd_alg"
)

// Process puts the disclosures into a payload whose signature was checked (RFC 9901, section
// 7.1). The payload must refer to every disclosure exactly once. Withheld members and
// elements are left out; with keepWithheld, array elements stay as their placeholder {"...":
// digest}.
func Process(payload strictjson.Value, disclosures []Disclosure, keepWithheld bool) (strictjson.Value, error) {
	if payload.Kind() != strictjson.Object {
		return strictjson.Value{}, fmt.Errorf("%w: the payload is not an object", ErrFormat)
	}
	if alg, ok := payload.Member(algMember); ok && (alg.Kind() != strictjson.String || alg.Text() != "sha-256") {
		return strictjson.Value{}, fmt.Errorf("%w: unknown _sd_alg", ErrDisclosure)
	}
	p := &processor{byDigest: make(map[string]*Disclosure, len(disclosures)), seen: map[string]bool{}, keep: keepWithheld}
	parts := []strictjson.Value{payload}
	for i := range disclosures {
		parts = append(parts, disclosures[i].Value)
		digest := disclosures[i].Digest
		if p.byDigest[digest] != nil {
			return strictjson.Value{}, fmt.Errorf("%w: the same one twice", ErrDisclosure)
		}
		p.byDigest[digest] = &disclosures[i]
	}
	p.out.Grow(parts...)
	if err := p.object(payload, 0); err != nil {
		return strictjson.Value{}, err
	}
	if p.used != len(disclosures) {
		return strictjson.Value{}, fmt.Errorf("%w: %d that nothing refers to", ErrDisclosure, len(disclosures)-p.used)
	}
	return p.out.Value(), nil
}

// processor adds the processed values to out.
type processor struct {
	byDigest map[string]*Disclosure
	seen     map[string]bool
	used     int
	keep     bool
	out      strictjson.Builder
}

// take returns the disclosure of a digest, if there is one. A digest may appear only once.
func (p *processor) take(digest strictjson.Value) (*Disclosure, error) {
	s := digest.Text()
	if digest.Kind() != strictjson.String || s == "" {
		return nil, fmt.Errorf("%w: a digest is not a string", ErrDisclosure)
	}
	if p.seen[s] {
		return nil, fmt.Errorf("%w: a digest appears twice", ErrDisclosure)
	}
	p.seen[s] = true
	d := p.byDigest[s]
	if d != nil {
		p.used++
	}
	return d, nil
}

// walk adds a value at a depth below the payload, with what is disclosed in it.
func (p *processor) walk(v strictjson.Value, depth int) error {
	plain := !v.HasName(sdMember, elementMember)
	switch {
	case depth > strictjson.MaxDepth, plain && depth+v.Depth() > strictjson.MaxDepth:
		return fmt.Errorf("%w: nested more than %d levels deep", ErrDisclosure, strictjson.MaxDepth)
	case plain:
		p.out.Add(v)
		return nil
	case v.Kind() == strictjson.Array:
		return p.array(v, depth)
	}
	return p.object(v, depth)
}

func (p *processor) object(o strictjson.Value, depth int) error {
	var hidden strictjson.Value
	concealed := false
	names := map[string]bool{}
	p.out.Begin(strictjson.Object)
	for name, v := range o.Members() {
		switch {
		case name == sdMember:
			hidden, concealed = v, true
			continue
		case name == elementMember:
			return fmt.Errorf("%w: a member is named %q", ErrDisclosure, elementMember)
		case name == algMember && depth == 0 && !p.keep:
			continue
		}
		names[name] = true
		p.out.Name(name)
		if err := p.walk(v, depth+1); err != nil {
			return err
		}
	}
	if concealed {
		if err := p.members(hidden, names, depth); err != nil {
			return err
		}
	}
	p.out.End()
	return nil
}

// members adds the disclosed ones of the members whose digests _sd has.
func (p *processor) members(digests strictjson.Value, names map[string]bool, depth int) error {
	if digests.Kind() != strictjson.Array {
		return fmt.Errorf("%w: _sd is not an array", ErrDisclosure)
	}
	for digest := range digests.Elements() {
		d, err := p.take(digest)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if d.IsElement || names[d.Name] {
			return fmt.Errorf("%w: it is of an array element, or its name already exists", ErrDisclosure)
		}
		names[d.Name] = true
		p.out.Name(d.Name)
		if err := p.walk(d.Value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *processor) array(list strictjson.Value, depth int) error {
	p.out.Begin(strictjson.Array)
	for v := range list.Elements() {
		if err := p.element(v, depth); err != nil {
			return err
		}
	}
	p.out.End()
	return nil
}

// element adds an element of an array, unless it is withheld.
func (p *processor) element(v strictjson.Value, depth int) error {
	digest, hidden := v.Member(elementMember)
	if !hidden {
		return p.walk(v, depth+1)
	}
	if v.Len() != 1 {
		return fmt.Errorf("%w: a placeholder has other members", ErrDisclosure)
	}
	d, err := p.take(digest)
	switch {
	case err != nil:
		return err
	case d == nil && p.keep:
		p.out.Add(v)
		return nil
	case d == nil:
		return nil
	case !d.IsElement:
		return fmt.Errorf("%w: it is of an object member, in place of an array element", ErrDisclosure)
	}
	return p.walk(d.Value, depth+1)
}
