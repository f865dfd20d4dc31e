package receipt

import (
	"consent-receipts/events"
	"consent-receipts/shared/strictjson"
)

// checkSchema checks the payload of claims, with what is disclosed in its place, against the
// published schema of a receipt if no element is withheld, and otherwise against that of a
// presentation.
func checkSchema(c *Claims, payload strictjson.Value) error {
	schema := "receipt/1"
	if !c.Complete() {
		schema = "presentation/1"
	}
	if err := events.Check(schema, payload); err != nil {
		return refuse(CodeSchema, "against the published schema %v", err)
	}
	return nil
}
