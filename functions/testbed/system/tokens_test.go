package system_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/devissuer"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/statement"
)

// kind is a kind of token: its scope and, if only an agent may do something with it, the
// agent.
type kind struct{ token, scope, agent string }

// bad is the scope of a token that opens nothing.
const bad = "none"

// kinds lists all kinds of tokens, for two agents in the directory and one agent outside it.
func (h *here) kinds(t *testing.T) map[string]kind {
	t.Helper()
	controller, err := h.Token(system.SampleController)
	must(t, err)
	all := map[string]kind{
		"nobody": {}, "a person": {h.token(t, alex), api.ScopeSelf, ""}, "an operator": {h.token(t, system.SampleOperator), api.ScopeOperator, ""},
		"an auditor": {h.token(t, system.SampleAuditor), api.ScopeAuditor, ""}, "a controller": {controller, protocols.ScopeController, ""},
	}
	spoilt := map[string]func(*devissuer.Minting){
		", expired": issuedAt(time.Now().Add(-2 * time.Hour)), ", for another audience": forAudience("somebody-else"),
	}
	for how, option := range spoilt {
		asController := []func(*devissuer.Minting){func(m *devissuer.Minting) { m.Client = system.SampleController }, withScopes(protocols.ScopeController), option}
		all["a person"+how] = kind{h.token(t, alex, option), bad, ""}
		all["an operator"+how] = kind{h.token(t, system.SampleOperator, option), bad, ""}
		all["an auditor"+how] = kind{h.token(t, system.SampleAuditor, option), bad, ""}
		all["a controller"+how] = kind{h.token(t, system.SampleOperator, asController...), bad, ""}
	}
	spoken, err := h.sys.Protocols()
	must(t, err)
	for who, id := range map[string]string{"an agent": system.SampleAgent, "another agent": otherAgent, "an agent who is not in the directory": "STRANGER"} {
		token, err := spoken.DRP.Tokens.New(id)
		must(t, err)
		all[who] = kind{token, byAgent, id}
	}
	all["an agent who is not in the directory"] = kind{all["an agent who is not in the directory"].token, bad, ""}
	return all
}

// agentsStatus returns the status that a kind of token gets on a route that an agent's token
// opens, or that is for messages which an agent signs. An agent gets only its own requests.
func agentsStatus(route string, k kind) int {
	switch {
	case route == "POST /v1/agent/{id}": // a signed message alone opens these
		return http.StatusForbidden
	case k.agent == "":
		return http.StatusUnauthorized
	case k.agent == system.SampleAgent || route == "POST /v1/data-rights-request":
		return http.StatusOK
	}
	return http.StatusForbidden
}

// ruleOf returns the scopes that a route may have, according to its path. The routes that are
// open to anybody are listed here, so that no slip in the documents opens another one.
func ruleOf(route string) []string {
	staff := []string{api.ScopeOperator, api.ScopeOperator + ", " + api.ScopeAuditor}
	for _, rule := range []struct {
		routes string
		scopes []string
	}{
		{`[A-Z]+ /v1/operator/.*`, staff},
		{`[A-Z]+ /v1/data-rights-request.*|GET /v1/agent/\{id\}`, []string{byAgent}},
		{`[A-Z]+ /v2/requests.*|[A-Z]+ /v1/opengdpr_requests.*`, []string{protocols.ScopeController}},
		{`GET /v1/(notices|logos)/\{digest\}|GET /v1/catalogue(/\{digest\})?|GET /v[12]/discovery|GET /v2/certificate.pem|POST /v1/agent/\{id\}`, []string{""}},
		{`[A-Z]+ /v1/contact-request(/.*)?`, []string{byLink}},
		{`[A-Z]+ /v1/contact-requests`, []string{""}},
		{`GET /schema/.*|GET /\.well-known/.*|GET /openapi.yaml|GET /consent-offer.js|GET /v1/consent-offer`, []string{""}},
	} {
		if regexp.MustCompile("^(?:" + rule.routes + ")$").MatchString(route) {
			return rule.scopes
		}
	}
	return []string{api.ScopeSelf}
}

func TestRuleOfPath(t *testing.T) {
	for route, value := range documentedRoutes(t) {
		if _, scopes, _ := strings.Cut(value, " "); !slices.Contains(ruleOf(route), scopes) {
			t.Errorf("%s is documented for %q, its path is for %q", route, scopes, ruleOf(route))
		}
	}
	for route, scopes := range map[string]string{ // slips
		"GET /v1/operator/requests": "", "POST /v1/operator/people": api.ScopeSelf, "GET /v1/operator/new": api.ScopeAuditor,
		"GET /v1/receipts": "", "GET /v1/new": "", "POST /v1/catalogue": "", "GET /v2/requests/{id}": "",
	} {
		if slices.Contains(ruleOf(route), scopes) {
			t.Errorf("%s may be for %q", route, scopes)
		}
	}
}

// TestEveryRouteEveryToken: each route opens to the tokens that the documents name, and to no
// others. An agent's request opens to that agent alone.
func TestEveryRouteEveryToken(t *testing.T) {
	dir := t.TempDir()
	keys, agents := map[string]ed25519.PrivateKey{}, []drp.Agent{}
	for i, id := range []string{system.SampleAgent, otherAgent} {
		key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(7 + i)}, ed25519.SeedSize))
		keys[id] = key
		agents = append(agents, drp.Agent{ID: id, Name: id, VerifyKey: base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))})
	}
	must(t, os.MkdirAll(filepath.Join(dir, "protocols"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "protocols", "agents.json"), marshal(t, agents), 0o644))
	h := serveIn(t, dir)
	spoken, err := h.sys.Protocols()
	must(t, err)
	ticket, err := spoken.Counter.Open(t.Context(), counter.Request{
		Origin: counter.Origin{Party: counter.Party{Protocol: counter.DRP, ID: system.SampleAgent}},
		Key:    "one", Digest: strings.Repeat("0a", 32), Type: statement.Access, CustomerID: alex,
	})
	must(t, err)
	// message returns what an agent sends on a route, signed where it must be.
	message := func(route, agent string) string {
		key, ok := keys[agent]
		if !ok {
			return ""
		}
		claims := map[string]any{"reason": "changed their mind"}
		if route == "POST /v1/data-rights-request" {
			now := time.Now()
			claims = alexAsks("deletion", "drp.version", "1.0", "agent-id", agent, "business-id", system.SampleBusiness,
				"issued-at", now.Add(-time.Second).Format(time.RFC3339), "expires-at", now.Add(10*time.Minute).Format(time.RFC3339))
		}
		b := marshal(t, claims)
		return base64.StdEncoding.EncodeToString(append(ed25519.Sign(key, b), b...))
	}
	documented := documentedRoutes(t)
	for who, k := range h.kinds(t) {
		for _, route := range slices.Sorted(maps.Keys(documented)) {
			_, scopes, _ := strings.Cut(documented[route], " ")
			method, path, _ := strings.Cut(route, " ")
			ofAgents := scopes == byAgent || route == "POST /v1/agent/{id}"
			body := ""
			if scopes == byAgent && method != http.MethodGet {
				body = message(route, k.agent)
			}
			path = strings.NewReplacer("/v1/agent/{id}", "/v1/agent/"+system.SampleAgent, "/v1/data-rights-request/{id}", "/v1/data-rights-request/"+ticket.ID).Replace(path)
			path = strings.NewReplacer("{seq}", "1", "{id}", "x", "{person}", strings.Repeat("A", 43), "{digest}", "x", "{name}", "x", "{version}", "x").Replace(path)
			a := h.ask(t, k.token, method, path, body, "Content-Type", "text/plain")
			if ofAgents {
				if want := agentsStatus(route, k); a.status != want {
					t.Errorf("%s, %s: %d, want %d: %s", who, route, a.status, want, a.body)
				}
				continue
			}
			allowed := scopes == "" || slices.Contains(strings.Split(scopes, ", "), k.scope)
			refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
			want := http.StatusForbidden
			if k.scope == "" || k.scope == bad || k.scope == byAgent || scopes == byLink {
				want = http.StatusUnauthorized
			}
			if refused == allowed || refused && a.status != want {
				t.Errorf("%s, %s: %d, allowed: %t", who, route, a.status, allowed)
			}
		}
	}
}

// TestFunctionsCheckAgain: if the authorizer lets everybody in, or is not there, the function
// itself refuses a caller without the scope, and nothing is read or written.
func TestFunctionsCheckAgain(t *testing.T) {
	h := open(t)
	spoken, err := h.sys.Protocols()
	must(t, err)
	tr := h.trace()
	scopes := []string{"openid", api.ScopeSelf, api.ScopeOperator, api.ScopeAuditor, protocols.ScopeController}
	for route, value := range documentedRoutes(t) {
		function, of, _ := strings.Cut(value, " ")
		if of == "" || of == byAgent || of == byLink {
			continue
		}
		serve := h.sys.API.Handlers(function).Func()
		if function == "protocols" {
			serve = spoken.Handlers().Func()
		}
		refused := func(who string, a *events.APIGatewayV2HTTPRequestContextAuthorizerDescription, want int) {
			t.Helper()
			e := events.APIGatewayV2HTTPRequest{RouteKey: route, RequestContext: events.APIGatewayV2HTTPRequestContext{Authorizer: a}}
			if answer, err := serve(t.Context(), e); err != nil || answer.StatusCode != want {
				t.Errorf("%s, %s: %d (%v), want %d", route, who, answer.StatusCode, err, want)
			}
		}
		refused("without an authorizer", nil, http.StatusUnauthorized)
		claims := map[string]string{"sub": alex, "client_id": system.SampleController}
		for _, scope := range scopes {
			jwt := &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Scopes: []string{scope}}
			token := &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: jwt}
			refused("without claims, "+scope, token, http.StatusUnauthorized)
			if jwt.Claims = claims; !slices.Contains(strings.Split(of, ", "), scope) {
				refused(scope, token, http.StatusForbidden)
			}
		}
	}
	if steps := tr.take(); len(steps) > 0 {
		t.Errorf("asked for: %q", steps)
	}
}
