// Package portal is the web pages: those of people (person) and those of the controller's
// staff (desk), each a realm of its own in one shell. It is a relying party (OpenID Connect,
// authorization code with PKCE) and a client of the HTTP API with the token of whoever is
// signed in: it has no right that they lack, and no business rule.
package portal

import (
	"net/http"
	"strings"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/person"
	"consent-receipts/functions/internal/portal/shell"
)

// Paths below the base URL to which the issuers send people and the staff back.
const (
	CallbackPath     = shell.CallbackPath
	DeskCallbackPath = desk.Path + shell.CallbackPath
)

// Config is what a portal needs. All fields are set.
type Config struct {
	shell.Config
	People shell.Client // asks for the scope of people who act for themselves
	Staff  shell.Client // asks for the scopes of the staff
}

// New returns the handler of the portal's pages. It sends no request: the issuer is
// discovered when somebody signs in.
func New(c Config) (http.Handler, error) {
	s, err := shell.New(c.Config)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	ofPeople, err := s.Mount(mux, person.Realm(c.People))
	if err != nil {
		return nil, err
	}
	ofStaff, err := s.Mount(mux, desk.Realm(c.Staff))
	if err != nil {
		return nil, err
	}
	mux.Handle("GET "+shell.StylePath, ofPeople(shell.ServeStyle))
	mux.Handle("GET "+shell.LogoPath, ofPeople(shell.ServeLogo))
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(s.Origin()); err != nil {
		return nil, err
	}
	refuse := shell.Refuse(http.StatusForbidden, "cross-site")
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve := ofPeople
		if strings.HasPrefix(r.URL.Path+"/", desk.Path+"/") {
			serve = ofStaff
		}
		serve(refuse).ServeHTTP(w, r)
	}))
	return guard.Handler(mux), nil
}
