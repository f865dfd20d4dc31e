package events

import (
	"bytes"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// loadOpenAPI reads the document and the schemas that it refers to, once: that takes seconds.
var loadOpenAPI = sync.OnceValues(func() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, u *url.URL) ([]byte, error) { return FS.ReadFile(u.Path) }
	return loader.LoadFromURI(&url.URL{Path: "openapi.yaml"})
})

func TestOpenAPIIsValid(t *testing.T) {
	doc, err := loadOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	// It loses the references between $defs; TestOpenAPIExamples does not.
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// Every example is valid under its schema, and every schema in the document compiles.
func TestOpenAPIExamples(t *testing.T) {
	const address = "https://consent.first-example-bank.example/openapi.yaml"
	raw, err := FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = yaml.YAMLToJSON(raw); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := compiler(t)
	if err := c.AddResource(address, doc); err != nil {
		t.Fatal(err)
	}
	checked := 0
	var walk func(at any, pointer string)
	walk = func(at any, pointer string) {
		switch at := at.(type) {
		case []any:
			for i, v := range at {
				walk(v, pointer+"/"+strconv.Itoa(i))
			}
		case map[string]any:
			if at["schema"] != nil && !strings.HasSuffix(pointer, "/properties") {
				schema, err := c.Compile(address + "#" + pointer + "/schema")
				if err != nil {
					t.Errorf("%s: %v", pointer, err)
					return
				}
				examples := []any{}
				if v, ok := at["example"]; ok {
					examples = append(examples, v)
				}
				named, _ := at["examples"].(map[string]any)
				for _, v := range named {
					examples = append(examples, v.(map[string]any)["value"])
				}
				for _, v := range examples {
					checked++
					if err := schema.Validate(v); err != nil {
						t.Errorf("%s: %v", pointer, err)
					}
				}
			}
			for k, v := range at {
				if k != "examples" && k != "example" {
					walk(v, pointer+"/"+url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(k)))
				}
			}
		}
	}
	walk(doc, "")
	if checked < 40 {
		t.Errorf("only %d examples", checked)
	}
}

// Every operation says which function serves it and, unless it is public, which
// scope it needs; and it owns up to the answers that every one can give.
func TestOperations(t *testing.T) {
	doc, err := loadOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	functions := []string{"optin", "optout", "datarequest", "operator", "receipts", "door"}
	ids := map[string]string{}
	for p, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + p
			if op.OperationID == "" || op.Summary == "" || ids[op.OperationID] != "" {
				t.Errorf("%s: operationId %q (also of %q), summary %q", where, op.OperationID, ids[op.OperationID], op.Summary)
			}
			ids[op.OperationID] = where
			if f, _ := op.Extensions["x-function"].(string); !slices.Contains(functions, f) {
				t.Errorf("%s: x-function is %v", where, op.Extensions["x-function"])
			}
			want := []string{"400", "429", "500", "503"}
			if op.Security == nil {
				t.Fatalf("%s: security is not said", where)
			}
			byLink := slices.ContainsFunc(*op.Security, func(s openapi3.SecurityRequirement) bool { return s["link"] != nil })
			if public := slices.Contains(op.Tags, "public") || p == "/v1/contact-requests"; public != (len(*op.Security) == 0) || byLink && !slices.Contains(op.Tags, "contacts") {
				t.Errorf("%s: public is %t, security is %v", where, public, *op.Security)
			} else if byLink { // it opens one request, and has no scopes
				want = append(want, "401")
			} else if !public {
				want = append(want, "401", "403")
				for _, s := range *op.Security {
					staff := slices.Equal(s["identity"], []string{"consent-receipts/operator"}) || slices.Equal(s["identity"], []string{"consent-receipts/auditor"})
					self := slices.Equal(s["identity"], []string{"consent-receipts/self"})
					if staff != strings.HasPrefix(p, "/v1/operator/") || self == staff {
						t.Errorf("%s: security is %v", where, s)
					}
				}
			}
			if strings.Contains(p, "{") {
				want = append(want, "404")
			}
			if op.RequestBody != nil {
				want = append(want, "406", "413", "415", "422")
			}
			for _, status := range want {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s: no %s", where, status)
				}
			}
			problems(t, where, op)
		}
	}
}

// problems checks that what our functions refuse, they refuse as a problem.
func problems(t *testing.T, where string, op *openapi3.Operation) {
	for status, response := range op.Responses.Map() {
		if status < "400" || status == "429" { // 429 is the gateway's alone
			continue
		}
		if response.Value.Content["application/problem+json"] == nil {
			t.Errorf("%s: %s is no problem", where, status)
		}
	}
}

// Every $ref, in the schemas and in the OpenAPI document, leads somewhere.
func TestRefsResolve(t *testing.T) {
	docs := map[string]any{}
	read := func(p string) (any, error) {
		if v, ok := docs[p]; ok {
			return v, nil
		}
		b, err := FS.ReadFile(p)
		if err != nil {
			return nil, err
		}
		var v any
		err = yaml.Unmarshal(b, &v) // JSON is YAML
		docs[p] = v
		return v, err
	}
	files := []string{"openapi.yaml"}
	for _, n := range names {
		files = append(files, "schema/"+n+".json")
	}
	for _, file := range files {
		doc, err := read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs(doc) {
			target, pointer, _ := strings.Cut(ref, "#")
			if target = path.Join(path.Dir(file), target); strings.HasPrefix(ref, "#") {
				target = file
			}
			at, err := read(target)
			if err != nil {
				t.Errorf("%s: %s: %v", file, ref, err)
				continue
			}
			for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
				if token == "" {
					continue
				}
				m, _ := at.(map[string]any)
				if at = m[token]; at == nil {
					t.Errorf("%s: %s leads nowhere", file, ref)
					break
				}
			}
		}
	}
}

func refs(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if s, ok := x.(string); ok && k == "$ref" {
				out = append(out, s)
			}
			out = append(out, refs(x)...)
		}
	case []any:
		for _, x := range v {
			out = append(out, refs(x)...)
		}
	}
	return out
}
