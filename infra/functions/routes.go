package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"consent-receipts/events"
)

// route is one route of the HTTP API, as events/openapi.yaml describes it.
type route struct {
	key      string // "GET /v1/receipts/{seq}"
	function string
	scopes   []string // one of them suffices; none: no token
	staff    bool     // they are the staff's
}

// staffScopes are given by the issuer that signs the staff in, all others by people's.
var staffScopes = []string{resourceServer + "/operator", resourceServer + "/auditor"}

// documents describe the routes: ours, and those that other specifications define.
var documents = []string{"openapi.yaml", "protocols.yaml"}

// readRoutes reads the routes from the OpenAPI documents: the contract is what is
// deployed. An operation that does not say who may call it is an error.
func readRoutes() (routes []route, err error) {
	for _, name := range documents {
		some, err := routesOf(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		routes = append(routes, some...)
	}
	slices.SortFunc(routes, func(a, b route) int { return cmp.Compare(a.key, b.key) })
	return routes, nil
}

// routesOf reads one document. Only the authorizer's scheme, identity, has scopes:
// agents bring a token that their function checks.
func routesOf(name string) (routes []route, err error) {
	b, err := events.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	type operation struct {
		ID       string                 `yaml:"operationId"`
		Function string                 `yaml:"x-function"`
		Security *[]map[string][]string `yaml:"security"`
	}
	var document struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(b, &document); err != nil {
		return nil, err
	}
	for path, item := range document.Paths {
		for method, value := range item {
			if !slices.Contains([]string{"get", "put", "post", "delete", "patch"}, method) {
				continue
			}
			text, err := yaml.Marshal(value)
			if err != nil {
				return nil, err
			}
			var o operation
			if err := yaml.Unmarshal(text, &o); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			if o.Function == "" || o.Security == nil {
				return nil, fmt.Errorf("%s %s names no function or no security", method, path)
			}
			r := route{key: strings.ToUpper(method) + " " + path, function: o.Function}
			for _, scheme := range *o.Security {
				for _, scopes := range scheme {
					r.scopes = append(r.scopes, scopes...)
				}
			}
			staff := slices.DeleteFunc(slices.Clone(r.scopes), func(s string) bool { return !slices.Contains(staffScopes, s) })
			if r.staff = len(staff) > 0; r.staff && len(staff) < len(r.scopes) {
				return nil, fmt.Errorf("%s %s is for the staff and for others: tokens of one issuer only are read", method, path)
			}
			routes = append(routes, r)
		}
	}
	return routes, nil
}
