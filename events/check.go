package events

import (
	"bytes"

	"consent-receipts/shared/jsonschema"
	"consent-receipts/shared/strictjson"
)

// published are the schemas of FS, which refer to each other.
var published = jsonschema.NewSet(Schema)

// Check checks a value against the published schema of a name, such as "receipt/1". The error
// is a *jsonschema.Violation: it names the first invalid place and the keyword, and quotes no
// content. For an unknown name it wraps fs.ErrNotExist.
func Check(name string, v strictjson.Value) error { return published.Check(name, v) }

// CheckJSON checks that a text is one strict JSON value, apart from white space around it, and
// checks this as Check does.
func CheckJSON(name string, text []byte) error {
	v, err := strictjson.Parse(string(bytes.TrimSpace(text)))
	if err != nil {
		return err
	}
	return Check(name, v)
}
