package authorizer

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// flatten turns claims into strings the way API Gateway hands them to a function
// in requestContext.authorizer.jwt.claims: a string as it is, a number in plain
// decimals, a boolean as true or false, an array as [a b], an object as
// map[k:v]. A claim that is null is left out.
func flatten(claims map[string]any) map[string]string {
	flat := make(map[string]string, len(claims))
	for name, value := range claims {
		if value != nil {
			var b strings.Builder
			flattenInto(&b, value)
			flat[name] = b.String()
		}
	}
	return flat
}

func flattenInto(b *strings.Builder, value any) {
	switch v := value.(type) {
	case string:
		b.WriteString(v)
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case json.Number:
		b.WriteString(decimal(v))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			flattenInto(b, e)
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteString("map[")
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(name)
			b.WriteByte(':')
			flattenInto(b, v[name])
		}
		b.WriteByte(']')
	default: // null inside an array or an object
		b.WriteString("<nil>")
	}
}

// decimal writes a number without an exponent. Numbers beyond float64 have been
// refused, so it has some hundreds of digits at most.
func decimal(n json.Number) string {
	if !strings.ContainsAny(n.String(), "eE") {
		return n.String()
	}
	f, _ := n.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
