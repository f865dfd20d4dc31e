package receipt

import (
	"errors"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"consent-receipts/events"
)

// schemas holds the two published schemas, compiled: one of a receipt with all its
// disclosures, one of a presentation with withheld elements.
type schemas struct {
	receipt, presentation *jsonschema.Schema
}

// loadSchemas compiles the schemas once per process.
var loadSchemas = sync.OnceValues(func() (*schemas, error) {
	full, err := events.Compile("receipt/1")
	part, err2 := events.Compile("presentation/1")
	return &schemas{full, part}, errors.Join(err, err2)
})

// check validates decoded claims, given as a JSON tree, against the schema of a receipt if no
// element is withheld, and otherwise against that of a presentation.
func (s *schemas) check(c *Claims, tree any) error {
	schema := s.receipt
	if len(c.Withheld()) > 0 {
		schema = s.presentation
	}
	if err := events.ValidateTree(schema, tree); err != nil {
		return refuse(CodeSchema, "against the published schema %v", err)
	}
	return nil
}
