package system

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/portal"
	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/devissuer"
	"consent-receipts/functions/local/server"
)

// SamplePerson is the customer of whom the story is told.
const SamplePerson = "customer-0001"

// clientID is the portal's client at the development issuer; audience is whom
// its access tokens are for.
const (
	clientID = "portal"
	audience = "consent-receipts"
)

// Files lists the files that a System keeps in its folder.
func Files() []string {
	return []string{LedgerFile, RootKeyFile, RootFile, pseudonymFile, sessionFile, issuerKeyFile}
}

// Site is the system as HTTP sees it.
type Site struct {
	Base    string // http://localhost:<port>
	Handler http.Handler
	Client  *http.Client // reaches Handler without a network

	Issuer *devissuer.Issuer
}

// Token mints an access token for a sample person, as the development issuer
// gives it after signing in.
func (s *Site) Token(person string) (string, error) { return s.Issuer.Mint(person) }

// Site puts issuer, functions and portal behind one handler, for a server on the
// given loopback port.
func (s *System) Site(port int) (*Site, error) {
	base := "http://localhost:" + strconv.Itoa(port)
	now := s.API.Registrar.Now
	issuer, err := devissuer.New(devissuer.Config{
		Issuer:   base + "/dev-issuer",
		Clients:  []devissuer.Client{{ID: clientID, RedirectURIs: []string{base + "/callback"}}},
		Audience: audience,
		Scopes:   []string{"openid", handler.ScopeSelf},
		People: []devissuer.Person{
			{ID: SamplePerson, Name: "Alex Rivera (sample)", Language: "en"},
			{ID: "customer-0002", Name: "Lucía Ejemplo (sample)", Language: "es"},
		},
		Key: s.IssuerKey, Now: now, Rand: rand.Reader,
	})
	if err != nil {
		return nil, fmt.Errorf("development issuer: %w", err)
	}
	jwks := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{issuer.PublicKey()}}
	auth := authorizer.New(authorizer.Config{
		Issuer: base + "/dev-issuer", Audience: []string{audience}, Now: now,
		JWKS: func(context.Context) (*jose.JSONWebKeySet, error) { return jwks, nil },
	})
	site := &Site{Base: base, Issuer: issuer}
	site.Client = &http.Client{
		Transport:     server.InProcess{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.Handler.ServeHTTP(w, r) })},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	pages, err := portal.New(portal.Config{
		BaseURL: base, Issuer: base + "/dev-issuer", ClientID: clientID, Scopes: []string{"openid", handler.ScopeSelf},
		SessionKey: s.SessionKey, API: site.Client, OIDC: site.Client, Now: now, Rand: rand.Reader,
		Languages: s.languages(),
	})
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	var hosts []string
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		hosts = append(hosts, net.JoinHostPort(name, strconv.Itoa(port)))
	}
	site.Handler = server.New(server.Config{Hosts: hosts, API: s.API, Authorizer: auth, Issuer: issuer, Portal: pages})
	return site, nil
}

func (s *System) languages() []string {
	cat, _ := s.API.Registrar.Catalogue.Current()
	return cat.Languages
}
