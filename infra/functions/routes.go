package functions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"consent-receipts/events"
	"consent-receipts/shared/api"
)

// Route is one route of the HTTP API, as events/openapi.yaml describes it.
type Route struct {
	Key      string // "GET /v1/receipts/{seq}", or "$default" for each request that matches no other route
	Function string
	Scopes   []string // one of them suffices; none: no token
	Staff    bool     // The scopes belong to the staff.
}

// ResourceServer is the prefix of all scopes.
const ResourceServer = "consent-receipts"

// staffScopes come from the staff's issuer; all other scopes come from the people's issuer.
var staffScopes = []string{ResourceServer + "/operator", ResourceServer + "/auditor"}

// documents describe the routes: our own, and those that other specifications define.
var documents = []string{"openapi.yaml", "protocols.yaml"}

// Routes reads the routes from the OpenAPI documents, so that the deployment follows the
// contract. An operation that does not state its allowed callers, or names no function, is an
// error.
func Routes() (routes []Route, err error) {
	for _, name := range documents {
		some, err := routesOf(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		routes = append(routes, some...)
	}
	slices.SortFunc(routes, func(a, b Route) int { return cmp.Compare(a.Key, b.Key) })
	for _, f := range all {
		if f.Rest {
			routes = append(routes, Route{Key: "$default", Function: f.Name})
		}
	}
	return routes, nil
}

// operation is what a document says of one method of one path.
type operation struct {
	Function string                 `yaml:"x-function"`
	Security *[]map[string][]string `yaml:"security"`
}

// routesOf reads one document.
func routesOf(name string) (routes []Route, err error) {
	b, err := events.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var document struct {
		Slashes bool                      `yaml:"x-trailing-slashes"` // Each path may end with a slash.
		Paths   map[string]map[string]any `yaml:"paths"`
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
			r, err := o.route(strings.ToUpper(method) + " " + path)
			if err != nil {
				return nil, err
			}
			routes = append(routes, r)
			if document.Slashes {
				r.Key += api.TrailingSlash
				routes = append(routes, r)
			}
		}
	}
	return routes, nil
}

// route makes the route with that key of the operation. Only the authorizer's scheme, identity,
// has scopes: agents bring a token that their function checks.
func (o operation) route(key string) (Route, error) {
	if !slices.Contains(Names(), o.Function) || o.Security == nil {
		return Route{}, fmt.Errorf("%s names no function or no security", key)
	}
	r := Route{Key: key, Function: o.Function}
	for _, scheme := range *o.Security {
		for _, scopes := range scheme {
			r.Scopes = append(r.Scopes, scopes...)
		}
	}
	staff := slices.DeleteFunc(slices.Clone(r.Scopes), func(s string) bool { return !slices.Contains(staffScopes, s) })
	if r.Staff = len(staff) > 0; r.Staff && len(staff) < len(r.Scopes) {
		return Route{}, fmt.Errorf("%s is for the staff and for others: tokens of one issuer only are read", key)
	}
	return r, nil
}
