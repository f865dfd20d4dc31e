package system_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/receipt"
)

// TestEveryRouteEveryToken: each route opens to the tokens of which the OpenAPI
// document says so, and to no others.
func TestEveryRouteEveryToken(t *testing.T) {
	h := open(t)
	documented := documentedRoutes(t)
	scope := map[string]string{
		"nobody": "", alex: handler.ScopeSelf, system.SampleOperator: handler.ScopeOperator, system.SampleAuditor: handler.ScopeAuditor,
	}
	for who, scope := range scope {
		token := ""
		if scope != "" {
			token = h.token(t, who)
		}
		for route, value := range documented {
			_, scopes, _ := strings.Cut(value, " ")
			method, path, _ := strings.Cut(route, " ")
			path = strings.NewReplacer("{seq}", "1", "{id}", "x", "{person}", strings.Repeat("A", 43), "{digest}", "x", "{name}", "x", "{version}", "x").Replace(path)
			a := h.ask(t, token, method, path, "")
			refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
			allowed := scopes == "" || scope != "" && slices.Contains(strings.Split(scopes, ", "), scope)
			if refused == allowed {
				t.Errorf("%s, %s: %d", who, route, a.status)
			}
			if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[token == ""]; refused && a.status != want {
				t.Errorf("%s, %s: %d, want %d", who, route, a.status, want)
			}
		}
	}
}

type auditAnswer struct {
	Records []struct{ Role, Did, Case, Staff string }
}

// TestDesk: the staff finds a person, looks, and says no for them. The person has the
// receipt, and sees who looked.
func TestDesk(t *testing.T) {
	h := open(t)
	person, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	h.optIn(t, person)
	var found struct {
		Person   string
		Receipts int
	}
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	if found.Receipts != 1 || len(found.Person) != 43 {
		t.Fatalf("found %+v", found)
	}
	at := "/v1/operator/people/" + found.Person
	var stands standing
	h.ask(t, clerk, "GET", at+"/standing", "", "Case-Reference", "C-1").into(t, &stands)
	if stands.Seq != 1 {
		t.Errorf("the standing of %d", stands.Seq)
	}
	if slug, _ := h.ask(t, clerk, "POST", at+"/opt-out", `{"all":true}`).problem(t); slug != "invalid-parameter" {
		t.Errorf("without a case: %s", slug)
	}
	var out issued
	h.ask(t, clerk, "POST", at+"/opt-out", `{"all":true}`, "Case-Reference", "C-1").into(t, &out)
	verifier, err := receipt.NewVerifier(h.sys.Root)
	must(t, err)
	rec, err := verifier.Verify(out.Receipt)
	must(t, err)
	if actor := string(rec.Actor[0].Value); !strings.Contains(actor, `"agent"`) || !strings.Contains(actor, "C-1") || strings.Contains(actor, system.SampleOperator) {
		t.Errorf("the receipt names %s", actor)
	}
	if now := h.standing(t, person); now.Seq != 2 || now.Lines[0].InForce {
		t.Errorf("after it: %+v", now)
	}
	var looked, told auditAnswer
	h.ask(t, person, "GET", "/v1/audit", "").into(t, &looked)
	var did []string
	for _, r := range looked.Records {
		did = append(did, r.Did+" "+r.Case)
	}
	if got := strings.Join(did, ", "); got != "person.find , standing.read C-1, opt-out C-1" {
		t.Errorf("the person sees %q", got)
	}
	h.ask(t, h.token(t, system.SampleAuditor), "GET", at+"/audit", "").into(t, &told)
	if n := len(told.Records); n != 4 || told.Records[3].Role != "auditor" || told.Records[3].Did != "audit.read" {
		t.Errorf("the auditor sees %+v", told)
	}
	for _, secret := range []string{alex, system.SampleOperator, "C-1"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log names %s", secret)
		}
	}
}
