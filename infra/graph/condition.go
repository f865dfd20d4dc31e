package graph

import (
	"fmt"
	"slices"
	"strings"
)

// condition is one condition key of one operator.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	operator string // without what is in the members below
	negated  bool   // Not
	ifExists bool   // IfExists
	set      string // ForAllValues, ForAnyValue, or "" for a key with one value
	key      string // in lower case
	wanted   []string
}

// operators are the tests of one value. ArnEquals and ArnLike are the same.
var operators = map[string]func(wanted, value string) bool{
	"StringEquals":           func(wanted, value string) bool { return wanted == value },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             glob,
	"ArnEquals":              arnLike,
	"ArnLike":                arnLike,
	"Bool":                   strings.EqualFold,
	"Null":                   nil, // It is about the key and not about its value.
}

func newConditions(block any) (all []condition, err error) {
	m, _ := block.(map[string]any)
	for name, keys := range m {
		c := condition{operator: name}
		for _, set := range []string{"ForAllValues:", "ForAnyValue:"} {
			if rest, ok := strings.CutPrefix(c.operator, set); ok {
				c.set, c.operator = set, rest
			}
		}
		c.operator, c.ifExists = strings.CutSuffix(c.operator, "IfExists")
		if plain := strings.Replace(c.operator, "Not", "", 1); plain != c.operator {
			c.operator, c.negated = plain, true
		}
		if _, known := operators[c.operator]; !known {
			return nil, fmt.Errorf("%w: the condition operator %s", ErrUnsupported, name)
		}
		each, _ := keys.(map[string]any)
		for key, wanted := range each {
			c.key, c.wanted = strings.ToLower(key), texts(wanted)
			all = append(all, c)
		}
	}
	return all, nil
}

// holds reports whether the condition is met by the condition keys of a request. A key that
// the request does not have meets Null true, IfExists, a negated operator and ForAllValues.
func (c condition) holds(context map[string][]string) bool {
	var found []string
	for key, values := range context {
		if strings.ToLower(key) == c.key {
			found = values
		}
	}
	if c.operator == "Null" {
		return slices.Contains(c.wanted, fmt.Sprint(len(found) == 0))
	}
	if len(found) == 0 {
		return c.ifExists || c.set == "ForAllValues:" || c.negated && c.set == ""
	}
	met := func(value string) bool {
		return c.negated != slices.ContainsFunc(c.wanted, func(w string) bool { return operators[c.operator](w, value) })
	}
	if c.set == "ForAnyValue:" {
		return slices.ContainsFunc(found, met)
	}
	return !slices.ContainsFunc(found, func(value string) bool { return !met(value) })
}

// arnLike compares the six parts of an ARN one by one, so that a wildcard does not reach
// beyond its part.
func arnLike(wanted, value string) bool {
	patterns, parts := strings.SplitN(wanted, ":", 6), strings.SplitN(value, ":", 6)
	if len(patterns) != len(parts) {
		return false
	}
	for i, part := range parts {
		if !glob(patterns[i], part) {
			return false
		}
	}
	return true
}
