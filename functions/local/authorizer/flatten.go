package authorizer

import (
	"encoding/json"
	"fmt"
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
			flat[name] = fmt.Sprint(plain(value)) // API Gateway prints what is nested as Go does
		}
	}
	return flat
}

// plain writes the numbers in a value in plain decimals.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		return decimal(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return value
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
