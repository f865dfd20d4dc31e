package jsonschema

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"consent-receipts/shared/strictjson"
)

// schema is a schema, ready to check values. A keyword that the schema does not have is nil.
type schema struct {
	nothing   bool  // the schema false, which allows no value
	kinds     kinds // 0: any
	integer   bool  // a number must be one
	allowed   []strictjson.Value
	allowedBy string // enum or const
	ref       *schema

	minimum, maximum, minLength, maxLength, minItems, maxItems, minProperties, maxProperties *int64

	pattern *pattern

	items  *schema
	unique bool

	properties []property
	required   uint64  // a bit for each of properties
	additional *schema // of the members that are not among properties
	names      *schema

	not, condition, then, otherwise *schema
	allOf, anyOf, oneOf             []*schema
}

// property is a member that a schema names. Without a schema it is only required.
type property struct {
	name   string
	schema *schema
}

// maxProperties is the number of members that a schema can name.
const maxProperties = 64

// kinds is a set of kinds of values, a bit for each.
type kinds uint16

func (k kinds) has(kind strictjson.Kind) bool { return k&(1<<kind) != 0 }

var types = map[string]kinds{
	"null": 1 << strictjson.Null, "boolean": 1<<strictjson.False | 1<<strictjson.True, "string": 1 << strictjson.String,
	"number": 1 << strictjson.Number, "integer": 1 << strictjson.Number, "array": 1 << strictjson.Array, "object": 1 << strictjson.Object,
}

// compiler compiles the schemas of a document.
type compiler struct {
	set      *Set
	document string
	err      error
}

func (c *compiler) fail(format string, args ...any) {
	c.err = errors.Join(c.err, fmt.Errorf(format, args...))
}

// compiledAt returns the schema at a JSON pointer (RFC 6901) of a document. It compiles it once.
func (s *Set) compiledAt(document, pointer string) (*schema, error) {
	key := document + "#" + pointer
	if done, ok := s.compiled[key]; ok {
		return done, nil
	}
	v, err := s.text(document)
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Split(pointer, "/")[1:] {
		member, ok := v.Member(name)
		if !ok {
			return nil, fmt.Errorf("there is no schema %s", key)
		}
		v = member
	}
	out, c := new(schema), compiler{set: s, document: document}
	s.compiled[key] = out // it may refer to itself
	n := c.fill(out, v)
	if c.err != nil {
		delete(s.compiled, key)
		return nil, fmt.Errorf("schema %s: %w", key, c.err)
	}
	if n == 1 && out.ref != nil {
		out = out.ref
		s.compiled[key] = out
	}
	return out, nil
}

// text returns a document. It reads it once.
func (s *Set) text(document string) (strictjson.Value, error) {
	if v, ok := s.texts[document]; ok {
		return v, nil
	}
	b, err := s.load(document)
	if err != nil {
		return strictjson.Value{}, err
	}
	v, err := strictjson.Parse(strings.TrimSpace(string(b)))
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("schema %s: %w", document, err)
	}
	s.texts[document] = v
	return v, nil
}

// part compiles a schema inside another. One that only refers is what it refers to.
func (c *compiler) part(v strictjson.Value) *schema {
	s := new(schema)
	if c.fill(s, v) == 1 && s.ref != nil {
		return s.ref
	}
	return s
}

// fill compiles a schema, and returns the number of its keywords that check anything.
func (c *compiler) fill(s *schema, v strictjson.Value) (n int) {
	s.nothing = v.Kind() == strictjson.False
	for keyword, value := range v.Members() {
		switch keyword {
		case "$schema", "title", "description", "$defs":
			continue
		}
		n++
		if !c.number(s, keyword, value) && !c.schemas(s, keyword, value) && !c.other(s, keyword, value) {
			c.fail("the keyword %s is not known", keyword)
		}
	}
	if required, ok := v.Member("required"); ok {
		for name := range required.Elements() {
			s.require(name.Text())
		}
	}
	switch {
	case len(s.properties) > maxProperties:
		c.fail("more than %d members", maxProperties)
	case s.unique && s.maxItems == nil:
		c.fail("uniqueItems without maxItems takes too long")
	case s.names != nil && (s.names.ref != nil || s.names.allowedBy != ""):
		c.fail("propertyNames with more than lengths and a pattern")
	}
	return n
}

func (s *schema) require(name string) {
	i := slices.IndexFunc(s.properties, func(p property) bool { return p.name == name })
	if i < 0 {
		i = len(s.properties)
		s.properties = append(s.properties, property{name: name})
	}
	s.required |= 1 << i
}

// number compiles a keyword whose value is an integer.
func (c *compiler) number(s *schema, keyword string, v strictjson.Value) bool {
	var to **int64
	switch keyword {
	case "minimum":
		to = &s.minimum
	case "maximum":
		to = &s.maximum
	case "minLength":
		to = &s.minLength
	case "maxLength":
		to = &s.maxLength
	case "minItems":
		to = &s.minItems
	case "maxItems":
		to = &s.maxItems
	case "minProperties":
		to = &s.minProperties
	case "maxProperties":
		to = &s.maxProperties
	default:
		return false
	}
	n, err := strconv.ParseInt(v.Raw(), 10, 64)
	if err != nil {
		c.fail("%s is no integer", keyword)
	}
	*to = &n
	return true
}

// schemas compiles a keyword whose value is a schema, or a list of schemas.
func (c *compiler) schemas(s *schema, keyword string, v strictjson.Value) bool {
	switch keyword {
	case "items":
		s.items = c.part(v)
	case "additionalProperties":
		s.additional = c.part(v)
	case "propertyNames":
		s.names = c.part(v)
	case "not":
		s.not = c.part(v)
	case "if":
		s.condition = c.part(v)
	case "then":
		s.then = c.part(v)
	case "else":
		s.otherwise = c.part(v)
	case "allOf":
		s.allOf = c.parts(v)
	case "anyOf":
		s.anyOf = c.parts(v)
	case "oneOf":
		s.oneOf = c.parts(v)
	default:
		return false
	}
	return true
}

func (c *compiler) parts(v strictjson.Value) (out []*schema) {
	for element := range v.Elements() {
		out = append(out, c.part(element))
	}
	return out
}

// other compiles every other keyword.
func (c *compiler) other(s *schema, keyword string, v strictjson.Value) bool {
	switch keyword {
	case "type":
		c.types(s, v)
	case "const":
		s.allowed, s.allowedBy = []strictjson.Value{v}, keyword
	case "enum":
		s.allowedBy = keyword
		s.allowed = slices.Collect(v.Elements())
	case "$ref":
		document, pointer := c.resolve(v.Text())
		var err error
		if s.ref, err = c.set.compiledAt(document, pointer); err != nil {
			c.err = errors.Join(c.err, err)
		}
	case "pattern":
		var err error
		if s.pattern, err = compilePattern(v.Text()); err != nil {
			c.fail("pattern %s: %w", v.Text(), err)
		}
	case "uniqueItems":
		s.unique = v.Kind() == strictjson.True
	case "properties":
		for name, member := range v.Members() {
			s.properties = append(s.properties, property{name, c.part(member)})
		}
	case "required": // fill reads it after properties
	default:
		return false
	}
	return true
}

// types compiles the keyword type, which is a name or a list of names.
func (c *compiler) types(s *schema, v strictjson.Value) {
	names := []string{v.Text()}
	if v.Kind() == strictjson.Array {
		names = nil
		for name := range v.Elements() {
			names = append(names, name.Text())
		}
	}
	for _, name := range names {
		if types[name] == 0 {
			c.fail("the type %s is not known", name)
		}
		s.kinds |= types[name]
	}
	s.integer = slices.Contains(names, "integer") && !slices.Contains(names, "number")
}

// resolve returns the document and the JSON pointer of a reference.
func (c *compiler) resolve(reference string) (document, pointer string) {
	address, pointer, _ := strings.Cut(reference, "#")
	if address == "" {
		return c.document, pointer
	}
	return strings.TrimSuffix(path.Join(path.Dir(c.document), address), ".json"), pointer
}
