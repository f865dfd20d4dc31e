package jsonschema_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	reference "github.com/santhosh-tekuri/jsonschema/v6"

	"consent-receipts/shared/jsonschema"
	"consent-receipts/shared/strictjson"
)

// setOf is the set of one schema, with the name of a.
func setOf(text string) *jsonschema.Set {
	return jsonschema.NewSet(func(name string) ([]byte, error) {
		if name != "a" {
			return nil, errors.New("there is no such document")
		}
		return []byte(text), nil
	})
}

// members are n members of an object, m0 and so on, each with the same value.
func members(n int, value string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"m%d":%s`, i, value)
	}
	return strings.Join(list, ",")
}

// TestRefusesSchema: a schema with what this package cannot check, or not in bounded time, checks
// nothing, however often it is asked.
func TestRefusesSchema(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":                         `{`,
		"a keyword that is not known":     `{"dependentRequired":{}}`,
		"such a keyword in a part":        `{"properties":{"a":{"format":"date"}}}`,
		"a type that is not known":        `{"type":"date"}`,
		"one of the types":                `{"type":["string","date"]}`,
		"a bound that is no integer":      `{"minLength":1.5}`,
		"a pattern that takes long":       `{"pattern":"^(?:a*)*$"}`,
		"a reference to nothing":          `{"$ref":"#/$defs/b"}`,
		"a reference to no document":      `{"$ref":"b.json"}`,
		"a reference to such a schema":    `{"items":{"$ref":"#/$defs/b"},"$defs":{"b":{"format":"date"}}}`,
		"unique elements without a bound": `{"uniqueItems":true}`,
		"names by a reference and more":   `{"propertyNames":{"$ref":"#/$defs/b","maxLength":1},"$defs":{"b":{"minLength":1}}}`,
		"names by a list":                 `{"propertyNames":{"enum":["b"]}}`,
		"more members than bits":          `{"properties":{` + members(65, "true") + `}}`,
	} {
		set := setOf(text)
		for range 2 {
			err := set.Check("a", parsed(t, `"x"`))
			if _, isViolation := errors.AsType[*jsonschema.Violation](err); err == nil || isViolation {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestSchemas compares with the reference what schemas say that use keywords in other ways than the
// published ones do.
func TestSchemas(t *testing.T) {
	for schema, documents := range map[string][]string{
		`{"$ref":"#/$defs/b","maxLength":3,"$defs":{"b":{"minLength":2}}}`:           {`"x"`, `"é"`, `"xx"`, `"xxxx"`},
		`{"items":{"$ref":"#/$defs/b","maxLength":3},"$defs":{"b":{"minLength":2}}}`: {`["x"]`, `["xx","xxxx"]`, `["xx"]`},
		`{"properties":{` + members(64, `{"type":"null"}`) + `},"required":["m63"],"additionalProperties":false}`: {
			`{}`, `{"m31":null}`, `{"m63":null}`, `{"m63":0}`, `{"m63":null,"m64":null}`,
		},
		`{"properties":{"seq":false},"additionalProperties":{"type":"null"}}`:    {`{"SEQ":null}`, `{"seq":null}`, `{"a":0}`},
		`{"propertyNames":{"minLength":1,"maxLength":2,"pattern":"^a"}}`:         {`{"a":0,"ab":0}`, `{"":0,"a":0}`, `{"a":0,"abc":0}`, `{"b":0}`},
		`{"propertyNames":{"maxLength":1},"additionalProperties":false}`:         {`{"a":0}`, `{"ab":0}`},
		`{"items":{"properties":{"a":{"items":{"minimum":1}}}}}`:                 {`[{"a":[1]},{"a":[1,2,0]}]`},
		`{"minProperties":1,"maxProperties":2}`:                                  {`{}`, `{"a":0}`, `{"a":0,"b":0}`, `{"a":0,"b":0,"c":0}`},
		`{"enum":[{"a":1,"b":[1,2]},[]]}`:                                        {`{"b":[1,2],"a":1}`, `{"a":1}`, `{"a":1,"b":[2,1]}`, `{"a":1,"b":[1,2],"c":0}`, `{"a":1,"c":[1,2]}`, `{"a":2,"b":[1,2]}`, `[]`, `{}`},
		`{"const":"1"}`:                                                          {`"1"`, `1`, `"\u0031"`, `"11"`},
		`{"uniqueItems":true,"maxItems":3}`:                                      {`[1,"1",null]`, `[1,2,1]`, `[{"a":1,"b":2},{"b":2,"a":1}]`, `[[1,2],[2,1]]`, `["a","\u0061"]`, `[1,2,3,4]`},
		`{"uniqueItems":false,"minItems":2}`:                                     {`[1,1]`, `[1]`},
		`{"minimum":1,"maximum":5}`:                                              {`0`, `1`, `5`, `6`, `99999999999999999999`, `-99999999999999999999`, `"0"`},
		`{"type":["integer","number"]}`:                                          {`1.5`, `1`, `"1"`},
		`{"type":["null","boolean"]}`:                                            {`null`, `true`, `false`, `0`},
		`{"type":"number"}`:                                                      {`1.5`, `-0`, `null`},
		`{"not":{"required":["a"]}}`:                                             {`{}`, `{"a":0}`, `1`},
		`{"allOf":[{"minLength":2},{"maxLength":3}]}`:                            {`"x"`, `"xx"`, `"xxxx"`},
		`{"anyOf":[{"maxLength":1},{"minLength":3}]}`:                            {`"x"`, `"xx"`, `"xxx"`},
		`{"oneOf":[{"maxLength":1},{"minLength":3}]}`:                            {`"xx"`},
		`{"oneOf":[{"maxLength":2},{"minLength":2}]}`:                            {`"x"`, `"xx"`, `"xxx"`},
		`{"if":{"minLength":2},"then":{"pattern":"^a"},"else":{"pattern":"^b"}}`: {`"a"`, `"b"`, `"ab"`, `"ba"`},
		`{"items":{"minLength":1,"maxLength":2}}`:                                {`["é","😀😀"]`, `["a",""]`, `["a","b","😀😀😀"]`, `["","aaa"]`},
	} {
		their := reference.NewCompiler()
		resource, err := reference.UnmarshalJSON(strings.NewReader(schema))
		must(t, err)
		must(t, their.AddResource(address+"a.json", resource))
		compiled, err := their.Compile(address + "a.json")
		must(t, err)
		set := setOf(schema)
		o := &oracle{schema, func(v strictjson.Value) error { return set.Check("a", v) }, compiled}
		for _, document := range documents {
			o.compare(t, parsed(t, document), document)
		}
	}
}

// TestInteger: an integer is written in digits, unlike in the specification.
func TestInteger(t *testing.T) {
	if err := setOf(`{"type":["integer","number"]}`).Check("a", parsed(t, "1.5")); err != nil {
		t.Errorf("an integer or a number: %v", err)
	}
	set := setOf(`{"type":"integer"}`)
	for text, want := range map[string]bool{
		"0": true, "-1": true, "10": true, "99999999999999999999": true,
		"-0": false, "1.0": false, "-1.0": false, "1e0": false, "10E-1": false, "1.5": false, `"1"`: false,
	} {
		if err := set.Check("a", parsed(t, text)); (err == nil) != want || err != nil && err.Error() != "at / (type)" {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func parsed(t *testing.T, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse(text)
	must(t, err)
	return v
}
