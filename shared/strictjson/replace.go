package strictjson

import (
	"bytes"
	"encoding/json"
)

// Replace returns a JSON object with another value for one member; all other bytes stay the
// same. Of several members with that name it keeps the first. It returns a text that is no
// object unchanged. It is for a member whose malformed value must not prevent reading the
// others; Check judges the result.
func Replace(b []byte, name string, with func(json.RawMessage) json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return b
	}
	out, kept := append([]byte(nil), b[:d.InputOffset()]...), false
	for first := true; d.More(); {
		begin := d.InputOffset()
		member, err := d.Token()
		if err != nil {
			return b
		}
		named := d.InputOffset()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return b
		}
		head := bytes.TrimLeft(b[begin:named], ", \t\r\n")
		tail := b[named:d.InputOffset()]
		if member == name {
			if kept {
				continue
			}
			kept, tail = true, append([]byte(":"), with(value)...)
		}
		if !first {
			out = append(out, ',')
		}
		out, first = append(append(out, head...), tail...), false
	}
	return append(out, b[d.InputOffset():]...)
}
