package receipt

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"consent-receipts/events"
)

// schemas are the two published schemas, compiled: of a receipt with all its
// disclosures, and of a presentation with parts withheld.
type schemas struct {
	receipt, presentation *jsonschema.Schema
}

// loadSchemas compiles the schemas once per process.
var loadSchemas = sync.OnceValues(func() (*schemas, error) {
	compiler := jsonschema.NewCompiler()
	const base = "https://schemas.invalid/" // never fetched: only a name to resolve references against
	for _, name := range []string{"receipt/1", "presentation/1"} {
		b, err := events.Schema(name)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		if err := compiler.AddResource(base+name+".json", doc); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	s := new(schemas)
	var errs [2]error
	s.receipt, errs[0] = compiler.Compile(base + "receipt/1.json")
	s.presentation, errs[1] = compiler.Compile(base + "presentation/1.json")
	return s, errors.Join(errs[:]...)
})

// check validates decoded claims: against the schema of a receipt when nothing
// is withheld, or else of a presentation.
func (s *schemas) check(c *Claims, decoded []byte) error {
	schema := s.receipt
	if len(c.Withheld()) > 0 {
		schema = s.presentation
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(decoded))
	if err != nil {
		return refuse(CodeSchema, "the decoded payload is not JSON")
	}
	if err := schema.Validate(doc); err != nil {
		return refuse(CodeSchema, "%s", schemaReason(err))
	}
	return nil
}

// schemaReason names the first place that is against the schema, without
// quoting what stands there.
func schemaReason(err error) string {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return "against the published schema"
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	keyword := strings.Join(v.ErrorKind.KeywordPath(), "/")
	return fmt.Sprintf("against the published schema at /%s (%s)", strings.Join(v.InstanceLocation, "/"), keyword)
}
