package system

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/functions/internal/portal"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/devissuer"
	"consent-receipts/functions/local/sampleapp"
	"consent-receipts/functions/local/server"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/consentoffer"
	"consent-receipts/shared/door"
)

// SamplePerson is the customer in the story, and OtherPerson is another customer. The others are
// members of the bank's staff.
const (
	SamplePerson   = "customer-0001"
	OtherPerson    = "customer-0002"
	SampleOperator = "clerk-0001"
	OtherOperator  = "clerk-0002"
	SampleAuditor  = "auditor-0001"
)

// ClientID is the portal's client at the development issuer; Audience is the audience of its
// access tokens.
const (
	ClientID = "portal"
	Audience = "consent-receipts"
)

// Files lists the files that a System keeps in its folder.
func Files() []string {
	return []string{LedgerFile, RootKeyFile, RootFile, pseudonymFile, sessionFile, identityFile, IssuerKeyFile, openDSRKeyFile, AgentKeyFile, tokensFile, queueFile, linksFile, mailFile,
		filepath.Join(protocolsFolder, protocols.OpenDSRFile), filepath.Join(protocolsFolder, protocols.ChainFile),
		filepath.Join(protocolsFolder, protocols.DRPFile), filepath.Join(protocolsFolder, protocols.AgentsFile), protocolsFolder,
	}
}

// filesPath is where files are uploaded and downloaded, as if from a bucket.
const filesPath = "/dev-files"

// Site is the system as HTTP sees it.
type Site struct {
	Base    string // http://localhost:<port>
	Sample  string // the origin of the sample app: http://127.0.0.1:<port>
	Handler http.Handler
	Client  *http.Client // reaches Handler without a network

	Issuer *devissuer.Issuer
	auth   *authorizer.Authorizer
	mails  http.Handler // shows the mails that were sent; nil: none are
	port   string
}

// Shell is the command by which a shell gets a token of a sample person, or of the sample
// controller.
func (s *Site) Shell(id string) string {
	return `eval "$(curl -s ` + s.IssuerURL() + "/token/" + id + `)"`
}

// Token mints an access token: for a sample person, as the development issuer gives it
// after signing in; for the sample controller, as an issuer gives it by client credentials.
func (s *Site) Token(id string) (string, error) { return s.Issuer.Mint(id) }

// API is a client of the API for a sample person.
func (s *Site) API(person string) (*client.Client, error) {
	token, err := s.Token(person)
	return &client.Client{Base: s.Base, HTTP: s.Client, Token: token}, err
}

// IssuerURL is the address of the development issuer.
func (s *Site) IssuerURL() string { return issuerURL(s.Base) }

func issuerURL(base string) string { return base + "/dev-issuer" }

// Site puts issuer, functions and portal behind one handler, for a server on the
// given loopback port. Pages of the origins, beside the sample app's, may call the API.
func (s *System) Site(port int, origins ...string) (*Site, error) {
	now := s.API.Registrar.Now
	site, err := NewSite("localhost", port, s.IssuerKey, now)
	if err != nil {
		return nil, err
	}
	s.API.Door.Page = site.Base + door.PagePath
	s.Courier.callbacks.Mails.Page = s.API.Door.Page
	site.mails = s.mails
	pages, err := portal.New(portal.Config{
		Config: shell.Config{
			BaseURL: site.Base, SessionKey: s.SessionKey, API: site.Client, OIDC: site.Client, Now: now, Rand: rand.Reader,
			Languages: s.languages(),
		},
		People: shell.Client{Issuer: site.IssuerURL(), ID: ClientID, Scopes: []string{"openid", api.ScopeSelf}},
		Staff:  shell.Client{Issuer: site.IssuerURL(), ID: ClientID, Scopes: []string{"openid", api.ScopeOperator, api.ScopeAuditor}},
	})
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	s.files.Base = site.Base + filesPath
	site.Serve(server.Config{
		Files:  s.files,
		Refuse: problem.Refuse(s.API.Registrar.Catalogue.Issuer(), s.API.Log),
		Handler: func(r gateway.Route) http.Handler {
			if r.Pattern == gateway.Default {
				return pages
			}
			return s.Handler(r)
		},
		Reserved: []string{"/v1", "/v2", "/schema", "/.well-known", "/openapi.yaml", consentoffer.Path},
		Origins:  append([]string{site.Sample}, origins...),
	}, "localhost", "127.0.0.1", "::1")
	return site, nil
}

// Serve puts the development issuer and the authorizer before functions, under names of
// this machine.
func (s *Site) Serve(c server.Config, names ...string) {
	for _, name := range names {
		c.Hosts = append(c.Hosts, net.JoinHostPort(name, s.port))
	}
	c.Authorizer, c.Issuer, c.Mails = s.auth, s.Issuer, s.mails
	c.Sample = sampleapp.New(sampleapp.Config{API: s.Base, HTTP: s.Client, Token: func() (string, error) { return s.Token(SamplePerson) }})
	s.Handler = server.New(c)
}

// NewSite makes the parts that stand before the functions; [Site.Serve] then gets the
// functions. If no key is given, the issuer makes one.
func NewSite(name string, port int, issuerKey *rsa.PrivateKey, now func() time.Time) (*Site, error) {
	base := "http://" + net.JoinHostPort(name, strconv.Itoa(port))
	issuer, err := devissuer.New(devissuer.Config{
		Issuer: issuerURL(base),
		Clients: []devissuer.Client{
			{ID: ClientID, RedirectURIs: []string{base + portal.CallbackPath, base + portal.DeskCallbackPath}},
			{ID: SampleController, For: SampleOperator, Scopes: []string{protocols.ScopeController}},
		},
		Audience: Audience,
		Scopes:   []string{"openid", api.ScopeSelf},
		People: []devissuer.Person{
			{ID: SamplePerson, Name: "Alex Rivera (sample)", Language: "en"},
			{ID: OtherPerson, Name: "Lucía Ejemplo (sample)", Language: "es"},
			{ID: SampleOperator, Name: "Robin Clerk (sample operator)", Language: "en", Scopes: []string{"openid", api.ScopeOperator}},
			{ID: OtherOperator, Name: "Kim Colleague (sample operator)", Language: "en", Scopes: []string{"openid", api.ScopeOperator}},
			{ID: SampleAuditor, Name: "Sam Reviewer (sample auditor)", Language: "en", Scopes: []string{"openid", api.ScopeAuditor}},
		},
		Key: issuerKey, Now: now,
	})
	if err != nil {
		return nil, fmt.Errorf("development issuer: %w", err)
	}
	jwks := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{issuer.PublicKey()}}
	sample := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) // another origin than localhost
	site := &Site{Base: base, Sample: sample, port: strconv.Itoa(port), Issuer: issuer, auth: authorizer.New(authorizer.Config{
		Issuer: issuerURL(base), Audience: []string{Audience}, Now: now,
		JWKS: func(context.Context) (*jose.JSONWebKeySet, error) { return jwks, nil },
	})}
	site.Client = &http.Client{
		Transport:     server.InProcess{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.Handler.ServeHTTP(w, r) })},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return site, nil
}

func (s *System) languages() []string {
	cat, _ := s.API.Registrar.Catalogue.Current()
	return cat.Languages
}
