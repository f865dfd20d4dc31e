package jsonschema

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/strictjson"
)

// check returns the first violation of the schema by a value, or nil. The keywords have the
// order of this function.
func (s *schema) check(v strictjson.Value) *Violation {
	kind := v.Kind()
	switch {
	case s.nothing:
		return &Violation{}
	case s.kinds != 0 && !s.kinds.has(kind), s.integer && kind == strictjson.Number && !isInteger(v.Raw()):
		return violates("type")
	case s.allowedBy != "" && !slices.ContainsFunc(s.allowed, func(a strictjson.Value) bool { return equal(a, v) }):
		return violates(s.allowedBy)
	}
	if s.ref != nil {
		if bad := s.ref.check(v); bad != nil {
			return bad
		}
	}
	var bad *Violation
	switch kind {
	case strictjson.Object:
		bad = s.object(v)
	case strictjson.Array:
		bad = s.array(v)
	case strictjson.String:
		bad = s.text(v.Text())
	case strictjson.Number:
		bad = s.number(v.Raw())
	}
	if bad != nil {
		return bad
	}
	return s.logic(v)
}

func violates(keyword string) *Violation { return &Violation{Keyword: keyword} }

// object checks the members of an object. Those that are missing come first, then the values
// of those that are there, then those that should not be there.
func (s *schema) object(v strictjson.Value) *Violation {
	var there uint64
	var n int64
	var value, other, name *Violation
	for text, member := range v.Members() {
		n++
		p := s.additional
		if i := s.index(text); i >= 0 {
			there |= 1 << i
			if s.properties[i].schema != nil {
				p = s.properties[i].schema
			}
		}
		switch {
		case p == nil:
		case p == s.additional && p.nothing:
			other = violates("additionalProperties")
		case value == nil:
			value = p.check(member).in(text)
		}
		if s.names != nil && name == nil {
			name = s.names.text(text) // at the place of the object
		}
	}
	switch {
	case s.minProperties != nil && n < *s.minProperties:
		return violates("minProperties")
	case s.maxProperties != nil && n > *s.maxProperties:
		return violates("maxProperties")
	case s.required&^there != 0:
		return violates("required")
	case value != nil:
		return value
	case other != nil:
		return other
	}
	return name
}

// index returns the index among properties of a name, or -1.
func (s *schema) index(name string) int {
	for i := range s.properties {
		if s.properties[i].name == name {
			return i
		}
	}
	return -1
}

func (s *schema) array(v strictjson.Value) *Violation {
	n := int64(v.Len())
	switch {
	case s.minItems != nil && n < *s.minItems:
		return violates("minItems")
	case s.maxItems != nil && n > *s.maxItems:
		return violates("maxItems")
	case s.unique && !distinct(v):
		return violates("uniqueItems")
	case s.items == nil:
		return nil
	}
	i := 0
	for element := range v.Elements() {
		if bad := s.items.check(element); bad != nil {
			return bad.in(strconv.Itoa(i))
		}
		i++
	}
	return nil
}

// text checks a string. Lengths are in code points.
func (s *schema) text(text string) *Violation {
	switch {
	case s.minLength != nil && int64(utf8.RuneCountInString(text)) < *s.minLength:
		return violates("minLength")
	case s.maxLength != nil && int64(len(text)) > *s.maxLength && int64(utf8.RuneCountInString(text)) > *s.maxLength:
		return violates("maxLength")
	case s.pattern != nil && !s.pattern.matches(text):
		return violates("pattern")
	}
	return nil
}

// number checks the bounds of an integer; the published schemas bound no other number.
func (s *schema) number(text string) *Violation {
	if s.minimum == nil && s.maximum == nil {
		return nil
	}
	n, _ := strconv.ParseInt(text, 10, 64) // the nearest number, for one that is too large
	switch {
	case s.minimum != nil && n < *s.minimum:
		return violates("minimum")
	case s.maximum != nil && n > *s.maximum:
		return violates("maximum")
	}
	return nil
}

// logic checks the keywords that apply other schemas to the same value.
func (s *schema) logic(v strictjson.Value) *Violation {
	if s.not != nil && s.not.check(v) == nil {
		return violates("")
	}
	for _, each := range s.allOf {
		if bad := each.check(v); bad != nil {
			return bad
		}
	}
	if bad, n := some(s.anyOf, v); n == 0 && bad != nil {
		return bad
	}
	if bad, n := some(s.oneOf, v); n == 0 && bad != nil {
		return bad
	} else if n > 1 {
		return violates("oneOf")
	}
	switch {
	case s.condition == nil:
	case s.condition.check(v) == nil:
		if s.then != nil {
			return s.then.check(v)
		}
	case s.otherwise != nil:
		return s.otherwise.check(v)
	}
	return nil
}

// some returns how many of the schemas a value follows, and what it violates of the first.
func some(schemas []*schema, v strictjson.Value) (first *Violation, n int) {
	for i, each := range schemas {
		bad := each.check(v)
		if bad == nil {
			n++
		}
		if i == 0 {
			first = bad
		}
	}
	return first, n
}

// isInteger reports whether a JSON number is written as an integer.
func isInteger(text string) bool { return text != "-0" && !strings.ContainsAny(text, ".eE") }

// distinct reports whether no two elements of an array are equal.
func distinct(v strictjson.Value) bool {
	var seen []strictjson.Value
	for element := range v.Elements() {
		if slices.ContainsFunc(seen, func(s strictjson.Value) bool { return equal(s, element) }) {
			return false
		}
		seen = append(seen, element)
	}
	return true
}

// equal compares two values. Numbers are equal if they are written alike.
func equal(a, b strictjson.Value) bool {
	switch {
	case a.Kind() != b.Kind():
		return false
	case a.Kind() != strictjson.Array && a.Kind() != strictjson.Object:
		return a.Text() == b.Text()
	case a.Len() != b.Len():
		return false
	}
	for name, member := range a.Members() {
		if other, ok := b.Member(name); !ok || !equal(member, other) {
			return false
		}
	}
	return slices.EqualFunc(slices.Collect(a.Elements()), slices.Collect(b.Elements()), equal)
}
