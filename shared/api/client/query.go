package client

import (
	"fmt"
	"net/url"
	"reflect"
)

// With returns a path with the parameters of a query, which is one of the types of package
// api.
func With(path string, query any) string {
	values, fields := url.Values{}, reflect.ValueOf(query)
	for i := range fields.NumField() {
		name, field := fields.Type().Field(i).Tag.Get("query"), fields.Field(i)
		switch {
		case field.IsZero():
		case field.Kind() == reflect.Slice:
			for j := range field.Len() {
				values.Add(name, field.Index(j).String())
			}
		default:
			values.Set(name, fmt.Sprint(field))
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
