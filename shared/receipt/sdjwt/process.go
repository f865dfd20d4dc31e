package sdjwt

import (
	"bytes"
	"encoding/json"
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
// digest}. The result is a JSON tree whose numbers are json.Number.
func Process(payload []byte, disclosures []Disclosure, keepWithheld bool) (any, error) {
	var root map[string]any
	if err := unmarshal(payload, &root); err != nil {
		return nil, err
	}
	if alg, ok := root[algMember]; ok && alg != "sha-256" {
		return nil, fmt.Errorf("%w: unknown _sd_alg", ErrDisclosure)
	}
	if !keepWithheld {
		delete(root, algMember)
	}
	p := &processor{byDigest: map[string]*Disclosure{}, seen: map[string]bool{}, keep: keepWithheld}
	for i := range disclosures {
		digest := disclosures[i].Digest()
		if p.byDigest[digest] != nil {
			return nil, fmt.Errorf("%w: the same one twice", ErrDisclosure)
		}
		p.byDigest[digest] = &disclosures[i]
	}
	out, err := p.walk(root, 0)
	if err != nil {
		return nil, err
	}
	if p.used != len(disclosures) {
		return nil, fmt.Errorf("%w: %d that nothing refers to", ErrDisclosure, len(disclosures)-p.used)
	}
	return out, nil
}

type processor struct {
	byDigest map[string]*Disclosure
	seen     map[string]bool
	used     int
	keep     bool
}

// take returns the disclosure of a digest, if there is one. A digest may appear only once.
func (p *processor) take(digest any) (*Disclosure, string, error) {
	s, ok := digest.(string)
	if !ok || s == "" {
		return nil, "", fmt.Errorf("%w: a digest is not a string", ErrDisclosure)
	}
	if p.seen[s] {
		return nil, "", fmt.Errorf("%w: a digest appears twice", ErrDisclosure)
	}
	p.seen[s] = true
	d := p.byDigest[s]
	if d != nil {
		p.used++
	}
	return d, s, nil
}

func (p *processor) walk(v any, depth int) (any, error) {
	if depth > strictjson.MaxDepth {
		return nil, fmt.Errorf("%w: nested more than %d levels deep", ErrDisclosure, strictjson.MaxDepth)
	}
	switch v := v.(type) {
	case map[string]any:
		return p.object(v, depth)
	case []any:
		return p.array(v, depth)
	}
	return v, nil
}

// object and array change the tree in place, since Process decoded its own copy.
func (p *processor) object(o map[string]any, depth int) (any, error) {
	hidden, ok := o[sdMember]
	delete(o, sdMember)
	for name, v := range o {
		if name == elementMember {
			return nil, fmt.Errorf("%w: a member is named %q", ErrDisclosure, elementMember)
		}
		walked, err := p.walk(v, depth+1)
		if err != nil {
			return nil, err
		}
		o[name] = walked
	}
	if !ok {
		return o, nil
	}
	digests, ok := hidden.([]any)
	if !ok {
		return nil, fmt.Errorf("%w: _sd is not an array", ErrDisclosure)
	}
	for _, digest := range digests {
		d, _, err := p.take(digest)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		if _, taken := o[d.Name]; d.IsElement || taken {
			return nil, fmt.Errorf("%w: it is of an array element, or its name already exists", ErrDisclosure)
		}
		if o[d.Name], err = p.disclosed(d, depth); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (p *processor) array(in []any, depth int) (any, error) {
	out := in[:0]
	for _, v := range in {
		m, ok := v.(map[string]any)
		digest, hidden := m[elementMember]
		if !ok || !hidden {
			walked, err := p.walk(v, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, walked)
			continue
		}
		if len(m) != 1 {
			return nil, fmt.Errorf("%w: a placeholder has other members", ErrDisclosure)
		}
		d, _, err := p.take(digest)
		if err != nil {
			return nil, err
		}
		switch {
		case d == nil && p.keep:
			out = append(out, v)
		case d == nil:
		case !d.IsElement:
			return nil, fmt.Errorf("%w: it is of an object member, in place of an array element", ErrDisclosure)
		default:
			value, err := p.disclosed(d, depth)
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
	}
	return out, nil
}

// disclosed returns the value of a disclosure, after processing the digests in it.
func (p *processor) disclosed(d *Disclosure, depth int) (any, error) {
	var v any
	if err := unmarshal(d.Value, &v); err != nil {
		return nil, err
	}
	return p.walk(v, depth+1)
}

func unmarshal(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %v", strictjson.ErrSyntax, err)
	}
	return nil
}
