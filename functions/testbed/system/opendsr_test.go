package system_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// TestController: a controller discovers, asks, asks again, follows and cancels, under
// both names of the protocol. The person has the receipts.
func TestController(t *testing.T) {
	for _, c := range []struct {
		dialect opendsr.Dialect
		prefix  string
		changes map[string]any
	}{
		{opendsr.OpenDSR, "/v2/", nil},
		// as a client of 2018 sends it, to the letter
		{opendsr.OpenGDPR, "/v1/", map[string]any{"regulation": nil, "api_version": "0.1", "status_callback_urls": []string{}, "extensions": json.RawMessage("null")}},
	} {
		t.Run(c.dialect.Collection, func(t *testing.T) {
			p := openPeers(t)
			var discovery struct {
				Version string `json:"api_version"`
			}
			if p.ask(t, "", "GET", c.prefix+"discovery", "").into(t, &discovery); discovery.Version != c.dialect.Version {
				t.Errorf("discovery says %s", discovery.Version)
			}
			path, id := c.prefix+c.dialect.Collection, requestID(1)
			body := openDSR(t, id, "erasure", alex, c.changes)
			first := p.of(t, "POST", path, body)
			p.genuine(t, c.dialect, first.header, first.body)
			want := map[string]string{
				"controller_id": "first-example-bank", "subject_request_id": id, "received_time": "2026-11-23T14:00:00Z",
				"expected_completion_time": "2026-12-23T22:59:59Z", "encoded_request": base64.StdEncoding.EncodeToString([]byte(body)),
			}
			var got map[string]string
			first.into(t, &got)
			if first.status != http.StatusCreated || len(got) != len(want) {
				t.Errorf("%d %s", first.status, first.body)
			}
			for name, v := range want {
				if got[name] != v {
					t.Errorf("%s is %s, want %s", name, got[name], v)
				}
			}
			p.now = p.now.Add(time.Hour)
			for _, end := range []string{"", "/"} {
				if again := p.of(t, "POST", path+end, body); string(again.body) != string(first.body) {
					t.Errorf("the same again: %s, was %s", again.body, first.body)
				}
			}
			if other := p.of(t, "POST", path, openDSR(t, id, "access", alex, c.changes)); other.status != http.StatusBadRequest {
				t.Errorf("the same id for another request: %d", other.status)
			}
			person := p.token(t, alex)
			if s := p.standing(t, person); s.Seq != 1 || len(s.Requests) != 1 {
				t.Fatalf("%d receipts, requests %+v", s.Seq, s.Requests)
			}
			verifier := receipt.NewVerifier(p.sys.Root)
			rec, err := verifier.Verify(string(p.ask(t, person, "GET", "/v1/receipts/1", "", "Accept", "application/sd-jwt").body))
			must(t, err)
			actor := string(rec.Actor[0].Value)
			if rec.Event.Channel != counter.OpenDSR || !strings.Contains(actor, "first-example-bank") || !strings.Contains(actor, `"law":"gdpr"`) || !strings.Contains(string(rec.Evidence[0].Value), `"none"`) {
				t.Errorf("the receipt says %s, %s, %s", rec.Event.Channel, actor, rec.Evidence[0].Value)
			}
			status := func() (told string) {
				t.Helper()
				a := p.of(t, "GET", path+"/"+id+"/", "")
				p.genuine(t, c.dialect, a.header, a.body)
				var out struct {
					Status string `json:"request_status"`
				}
				a.into(t, &out)
				return out.Status
			}
			if got := status(); got != "pending" {
				t.Errorf("status %s", got)
			}
			for range 2 { // and once more says the same
				a := p.of(t, "DELETE", path+"/"+id, "")
				p.genuine(t, c.dialect, a.header, a.body)
				if a.status != http.StatusAccepted || !strings.Contains(string(a.body), `"received_time":"2026-11-23T15:00:00Z"`) {
					t.Errorf("cancel: %d %s", a.status, a.body)
				}
			}
			if got := status(); got != "cancelled" {
				t.Errorf("status %s", got)
			}
			// a person who does not exist here is no secret
			if a := p.of(t, "POST", path, openDSR(t, requestID(2), "access", "nobody-we-know", c.changes)); a.status != http.StatusCreated {
				t.Errorf("%d %s", a.status, a.body)
			}
			for _, secret := range []string{alex, "nobody-we-know", id} {
				if strings.Contains(p.log.String(), secret) {
					t.Errorf("the log names %s", secret)
				}
			}
		})
	}
}

// TestControllerRefused: each refusal has its code, and tells nothing of the inside.
func TestControllerRefused(t *testing.T) {
	p := openPeers(t)
	const path = "/v2/requests"
	one := path + "/" + requestID(1)
	if a := p.of(t, "POST", path, openDSR(t, requestID(1), "erasure", alex, nil)); a.status != http.StatusCreated {
		t.Fatal(a.status)
	}
	p.desk(t, alex, "start")
	bank, err := p.Token(system.SampleController)
	must(t, err)
	stranger, err := p.Issuer.Mint(system.SampleOperator, withScopes(protocols.ScopeController)) // of a client that is no controller
	must(t, err)
	body := func(changes map[string]any) string { return openDSR(t, requestID(2), "access", lucia, changes) }
	for name, c := range map[string]struct {
		method, path, token, body string
		status                    int
		message                   string
	}{
		"an unknown client":          {"POST", path, stranger, body(nil), 403, "The token does not allow this"},
		"another controller's":       {"GET", one, stranger, "", 403, "The token does not allow this"},
		"no JSON":                    {"POST", path, bank, "x", 400, "not a JSON object without repeated members"},
		"rectification":              {"POST", path, bank, body(map[string]any{"subject_request_type": "rectification"}), 400, "subject_request_type: not supported; see /discovery"},
		"years old":                  {"POST", path, bank, body(map[string]any{"submitted_time": "2025-11-01T00:00:00Z"}), 400, "submitted_time: not valid"},
		"of tomorrow":                {"POST", path, bank, body(map[string]any{"submitted_time": "2026-11-24T14:00:00Z"}), 400, "submitted_time: not valid"},
		"unknown":                    {"GET", path + "/" + requestID(9), bank, "", 404, "There is no such request"},
		"no id":                      {"GET", path + "/7", bank, "", 404, "There is no such request"},
		"cancel what is in progress": {"DELETE", one, bank, "", 409, "The request can no longer be taken back"},
	} {
		var got struct {
			Error struct {
				Code    int
				Message string
			}
		}
		a := p.ask(t, c.token, c.method, c.path, c.body)
		if json.Unmarshal(a.body, &got) != nil || a.status != c.status || got.Error.Code != c.status || got.Error.Message != c.message {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// A request that could not be opened does not exist until it can be opened.
	reg := p.sys.API.Registrar
	store := reg.Store
	for fault, status := range map[error]int{ledger.ErrUnavailable: 503, errors.New("disk on fire"): 500} {
		reg.Store = broken{store, fault}
		a := p.of(t, "POST", path, body(nil))
		if a.status != status || strings.Contains(string(a.body), "fire") {
			t.Errorf("%v: %d %s", fault, a.status, a.body)
		}
		reg.Store = store
		for _, method := range []string{"GET", "DELETE"} {
			if a := p.of(t, method, path+"/"+requestID(2), ""); a.status != http.StatusNotFound {
				t.Errorf("%s what was not opened: %d %s", method, a.status, a.body)
			}
		}
	}
	if a := p.of(t, "POST", path, body(nil)); a.status != http.StatusCreated {
		t.Errorf("sent again: %d %s", a.status, a.body)
	}
}

// broken is a store that accepts no entries.
type broken struct {
	ledger.Store
	err error
}

func (b broken) Append(_ context.Context, _ ledger.Entry) error { return b.err }

// TestCorrectAndLimit: the two rights that only the CCPA's controllers ask for are requests of
// the person's, with the clocks of their rules. The older protocol does not have them. The time
// of the request is read in the basic form of ISO 8601 too.
func TestCorrectAndLimit(t *testing.T) {
	p := openPeers(t)
	for n, c := range []struct {
		customer, kind string
		ours           statement.RequestType
		due            string
	}{
		{alex, "correction", statement.Rectification, "2026-12-23"},
		{lucia, "limit", statement.LimitSensitiveUse, "2026-12-15"}, // 15 business days of California, Thanksgiving not counted
	} {
		changes := map[string]any{"regulation": "ccpa", "submitted_time": "20261123T120000Z"}
		a := p.of(t, "POST", "/v2/requests", openDSR(t, requestID(n), c.kind, c.customer, changes))
		p.genuine(t, opendsr.OpenDSR, a.header, a.body)
		if s := p.standing(t, p.token(t, c.customer)); a.status != http.StatusCreated || len(s.Requests) != 1 || s.Requests[0].Type != c.ours || s.Requests[0].Due != c.due {
			t.Errorf("%s: %d %s, requests %+v", c.kind, a.status, a.body, s.Requests)
		}
		changes["api_version"] = "1.0"
		if a := p.of(t, "POST", "/v1/opengdpr_requests", openDSR(t, requestID(10+n), c.kind, c.customer, changes)); a.status != http.StatusBadRequest {
			t.Errorf("%s under the older name: %d %s", c.kind, a.status, a.body)
		}
	}
}

// TestTooMany: a request beyond the number that a person may have open is refused. A
// controller may send it again later; for an agent the refusal is final. Neither keeps a
// request that is in no ledger.
func TestTooMany(t *testing.T) {
	p := openPeers(t)
	const path = "/v2/requests"
	n := 0
	for ; n < 50; n++ {
		a := p.of(t, "POST", path, openDSR(t, requestID(n), "access", alex, nil))
		if a.status == http.StatusCreated {
			continue
		}
		if a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "Too many requests of this person are open") {
			t.Errorf("%d %s", a.status, a.body)
		}
		break
	}
	if n != 20 {
		t.Fatalf("%d requests were opened", n)
	}
	if a := p.of(t, "GET", path+"/"+requestID(n), ""); a.status != http.StatusNotFound {
		t.Errorf("the one that was refused: %d %s", a.status, a.body)
	}
	if got := p.exercised(t, alexAsks("access")); got.Status != "denied" || got.Reason != "too_many_requests" || got.Details == "" {
		t.Errorf("an agent is told %+v", got)
	}
	p.of(t, "DELETE", path+"/"+requestID(0), "")
	if a := p.of(t, "POST", path, openDSR(t, requestID(n), "access", alex, nil)); a.status != http.StatusCreated {
		t.Errorf("once there is room: %d %s", a.status, a.body)
	}
}

// Each story takes a new request to a state. It has the status that each protocol tells, and
// what else an agent is told.
var stories = []struct {
	state   statement.RequestState
	kind    string // in the words of OpenDSR; DRP has a similar word
	steps   []string
	opendsr string
	drp     progress
}{
	{"received", "access", nil, "pending", progress{Status: "in_progress"}},
	{"identity-wanted", "access", []string{"ask-identity"}, "pending", progress{Status: "in_progress", Reason: "need_user_verification", Verification: portal}},
	{"identity-given", "access", []string{"ask-identity", "give-identity"}, "pending", progress{Status: "in_progress"}},
	{"acknowledged", "access", []string{"acknowledge"}, "pending", progress{Status: "in_progress"}},
	{"in-progress", "access", []string{"start"}, "in_progress", progress{Status: "in_progress"}},
	{"extended", "access", []string{"extend:complexity"}, "in_progress", progress{Status: "in_progress"}},
	{"to-be-erased", "erasure", []string{"complete"}, "in_progress", progress{Status: "in_progress"}},
	{"completed", "access", []string{"complete"}, "completed", progress{Status: "fulfilled", Results: portal}},
	{"partly-completed", "access", []string{"complete-partly:rights-of-others"}, "completed", progress{Status: "fulfilled", Results: portal}},
	{"denied", "access", []string{"deny:excessive"}, "cancelled", progress{Status: "denied", Reason: "too_many_requests"}},
	{"withdrawn", "access", []string{"withdraw"}, "cancelled", progress{Status: "revoked"}},
	{"overdue", "access", nil, "in_progress", progress{Status: "in_progress"}},
	{"expired", "access", []string{"ask-identity"}, "cancelled", progress{Status: "expired"}},
}

// portal is the address at which people sign in, according to the sample catalogue.
const portal = "https://consent.first-example-bank.example/"

// TestStatesTold: each state of a request is told as docs/protocols.md says, both in an
// answer and in a callback.
func TestStatesTold(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/protocols.md")
	must(t, err)
	p := openPeers(t)
	actions := map[string]string{"access": "access", "erasure": "deletion"}
	seen := map[statement.RequestState]bool{}
	for n, c := range stories {
		seen[c.state] = true
		customer, id := fmt.Sprintf("customer-%d", 100+n), requestID(n)
		if a := p.of(t, "POST", "/v2/requests", openDSR(t, id, c.kind, customer, map[string]any{
			"status_callback_urls": []string{p.target("/controller")}, "submitted_time": p.now.Format(time.RFC3339),
		})); a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", c.state, a.status, a.body)
		}
		p.now = p.now.Add(time.Second)
		request := p.exercised(t, alexAsks(actions[c.kind], "status_callback", p.target("/agent"), "agent-request-id", string(c.state)))
		p.work(t)
		p.told = nil
		p.desk(t, customer, c.steps...)
		p.desk(t, alex, c.steps...)
		if c.state == "overdue" || c.state == "expired" {
			p.wait(t)
		}
		p.work(t)

		a := p.of(t, "GET", "/v2/requests/"+id, "")
		var told struct {
			Status string `json:"request_status"`
		}
		a.into(t, &told)
		b, got := p.agentStatus(t, request.ID)
		want := c.drp
		want.ID, want.Details, want.Expected = got.ID, got.Details, got.Expected
		if told.Status != c.opendsr || got != want || got.Details == "" {
			t.Errorf("%s: a controller is told %s, an agent %+v", c.state, told.Status, got)
		}
		for about, answer := range map[string][]byte{id: a.body, got.ID: b.body} {
			if last := p.last(about); c.state != "received" && (last == nil || !sameStatus(t, last, answer)) {
				t.Errorf("%s: the callback says %s, and the status is %s", c.state, last, answer)
			}
		}
		row := fmt.Sprintf("| %s | %s | %s |", c.state, c.opendsr, strings.TrimSuffix(c.drp.Status+", "+c.drp.Reason, ", "))
		if c.state == "denied" {
			row = "| denied | **cancelled** | denied, and a reason |"
		}
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/protocols.md has no row %s", row)
		}
	}
	for _, state := range statement.RequestStates() {
		if !seen[state] {
			t.Errorf("no story leads to %s", state)
		}
	}
}

// last returns what was told last about a request.
func (p *peers) last(id string) (last []byte) {
	for _, c := range p.told {
		if bytes.Contains(c.body, []byte(id)) {
			last = c.body
		}
	}
	return last
}

// sameStatus reports whether a callback says the same as the status, except for the version
// and the URL to which the callback was sent.
func sameStatus(t *testing.T, callback, status []byte) bool {
	t.Helper()
	var a, b map[string]any
	must(t, json.Unmarshal(callback, &a))
	must(t, json.Unmarshal(status, &b))
	delete(a, "status_callback_url")
	delete(b, "api_version")
	return string(marshal(t, a)) == string(marshal(t, b))
}

// TestExamples: requests as the examples of the specification have them, member by member,
// and what becomes of each here.
func TestExamples(t *testing.T) {
	example := func(changes map[string]any) string { // of section 7.2, with our parties
		m := map[string]any{
			"subject_request_id": requestID(1), "subject_request_type": "erasure", "submitted_time": "2026-10-02T15:00:00Z",
			"subject_identities": []any{map[string]any{"identity_type": "email", "identity_value": "alex@example.com", "identity_format": "raw"}},
			"api_version":        "2.0", "status_callback_urls": []string{"https://controller.example/opendsr/callbacks"},
			"extensions": map[string]any{
				"processor.example":       map[string]any{"foo-processor-custom-id": 123456, "property_id": "123456"},
				"other-processor.example": map[string]any{"foo-other-processor-custom-id": 654321},
			},
		}
		for name, v := range changes {
			m[name] = v
		}
		return string(marshal(t, m))
	}
	customer := map[string]any{"identity_type": "controller_customer_id", "identity_value": alex, "identity_format": "raw"}
	mail := map[string]any{"identity_type": "email", "identity_value": "f5f4a4bd6ed7ab9e2d2ff6e0ed2a3e9c5f5f4a4bd6ed7ab9e2d2ff6e0ed2a3e9", "identity_format": "sha256"}
	p := openPeers(t)
	for name, c := range map[string]struct {
		body   string
		status int
		reason string
	}{
		"7.2, as it stands: no regulation":     {example(nil), 400, "regulation"},
		"7.2, by mail alone":                   {example(map[string]any{"regulation": "gdpr"}), 400, "subject_identities"},
		"7.2, a comma too many":                {strings.TrimSuffix(example(nil), "}") + ",}", 400, "not a JSON object"},
		"7.2, by customer number, beside mail": {example(map[string]any{"regulation": "gdpr", "subject_identities": []any{mail, customer}}), 201, ""},
	} {
		a := p.of(t, "POST", "/v2/requests", c.body)
		if a.status != c.status || !strings.Contains(string(a.body), c.reason) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// sections 8.2 and 9.2: status and cancellation of it
	for method, want := range map[string]int{"GET": 200, "DELETE": 202} {
		if a := p.of(t, method, "/v2/requests/"+requestID(1), ""); a.status != want {
			t.Errorf("%s: %d %s", method, a.status, a.body)
		}
	}
}
