package events

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// base is the address under which schemas are compiled. It is never fetched: references
// between schemas are relative.
const base = "https://schemas.invalid/schema/"

// compiled holds every schema. Each is compiled once, when first needed.
var compiled sync.Map // name -> func() (*jsonschema.Schema, error)

// Compile returns the compiled schema of the given name, such as "receipt/1".
func Compile(name string) (*jsonschema.Schema, error) {
	once, _ := compiled.LoadOrStore(name, sync.OnceValues(func() (*jsonschema.Schema, error) {
		c := jsonschema.NewCompiler()
		c.UseLoader(loader{})
		return c.Compile(base + name + ".json")
	}))
	return once.(func() (*jsonschema.Schema, error))()
}

// loader loads schemas from FS only.
type loader struct{}

func (loader) Load(url string) (any, error) {
	name, ok := strings.CutPrefix(url, base)
	if !ok {
		return nil, fmt.Errorf("%s: %w", url, fs.ErrNotExist)
	}
	b, err := Schema(strings.TrimSuffix(name, ".json"))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(b))
}

// Check checks a JSON document against the schema of the given name, as Validate does.
func Check(name string, document []byte) error {
	schema, err := Compile(name)
	if err != nil {
		return err
	}
	return Validate(schema, document)
}

// Validate checks a JSON document against a schema. The error names the first invalid place
// and the keyword, and quotes no content.
func Validate(schema *jsonschema.Schema, document []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return errors.New("not JSON")
	}
	return ValidateTree(schema, doc)
}

// ValidateTree is Validate for a document that was decoded with json.Number.
func ValidateTree(schema *jsonschema.Schema, doc any) error {
	err := schema.Validate(doc)
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	keyword := strings.Join(v.ErrorKind.KeywordPath(), "/")
	return fmt.Errorf("at /%s (%s)", strings.Join(v.InstanceLocation, "/"), keyword)
}
