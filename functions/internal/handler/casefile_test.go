package handler_test

import (
	"strings"
	"testing"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
)

// TestCase: two clerks and an auditor at one data request. What one does the others see; the
// person sees that the staff worked on it, and nothing of what it wrote.
func TestCase(t *testing.T) {
	d := open(t)
	robin, kim := operator, gateway.Call{Claims: map[string]string{"sub": "clerk-0002"}, Scopes: []string{api.ScopeOperator}}
	asked := read[api.Given](t, d.ask(t, alex, "POST /v1/data-requests", "", consent.RequestData{Type: "access"}), 201)
	r, err := asked.Requested()
	if err != nil {
		t.Fatal(err)
	}
	list := func(who gateway.Call, query string) api.Requests {
		return read[api.Requests](t, d.ask(t, who, "GET /v1/operator/requests", query, nil), 200)
	}
	person := list(robin, "state=open").Requests[0].Person
	const base = "/v1/operator/people/{person}/data-requests/{id}/case"
	act := func(who gateway.Call, route string, body any, status int, more ...string) api.CaseRecord {
		t.Helper()
		return read[api.CaseRecord](t, d.ask(t, who, "POST "+base+route, "", body, append(more, "person="+person, "id="+r.ID, "Case-Reference: C-1")...), status)
	}
	none, first := new(uint64), uint64(1)
	mine := api.CaseAssignment{With: api.Me, Name: "Robin Clerk", Seen: none}
	assigned := act(robin, api.Assignments, mine, 201, "Idempotency-Key: k")
	act(kim, api.Assignments, api.CaseAssignment{With: api.Me, Seen: none}, 409)
	if again := act(robin, api.Assignments, mine, 201, "Idempotency-Key: k"); again.Record != assigned.Record {
		t.Errorf("again: %+v, and not %+v", again, assigned)
	}
	act(robin, api.Assignments, api.CaseAssignment{With: api.Nobody}, 422, "Idempotency-Key: k")
	act(kim, api.Notes, api.CaseText{Text: "The archive answers\r\non the 15th."}, 201)
	for who, want := range map[string]int{"assigned=me": 1, "assigned=nobody": 0, "assigned=" + assigned.With: 1, "number=" + r.ID[:8]: 1, "number=" + strings.ToUpper(r.ID): 1, "number=00000000": 0} {
		if got := list(robin, who); got.Total != want {
			t.Errorf("%s: %d", who, got.Total)
		}
	}
	if got := list(kim, "state=open").Requests[0]; got.Mine || got.With != assigned.With || got.Name != "Robin Clerk" || got.AssignedIn != 1 {
		t.Errorf("%+v", got)
	}
	act(kim, api.Assignments, api.CaseAssignment{With: api.Me, Seen: &first}, 201)
	if got := list(kim, "assigned=me"); got.Total != 1 || !got.Requests[0].Mine {
		t.Errorf("%+v", got)
	}
	for _, wrong := range []string{"assigned=customer-0001", "number=" + r.ID[:7], "number=0000000g", "number=" + r.ID + "0", "number=%25"} {
		if w := d.ask(t, robin, "GET /v1/operator/requests", wrong, nil); w.Code != 400 {
			t.Errorf("%s: %d", wrong, w.Code)
		}
	}
	read[api.Case](t, d.ask(t, auditor, "GET "+base, "", nil, "person="+person, "id="+r.ID), 200)
	if w := d.ask(t, auditor, "POST "+base+api.Notes, "", api.CaseText{Text: "x"}, "person="+person, "id="+r.ID, "Case-Reference: C-1"); w.Code != 403 {
		t.Errorf("the auditor writes: %d", w.Code)
	}
	if w := d.ask(t, robin, "POST "+base+api.Notes, "", api.CaseText{Text: "x"}, "person="+person, "id=5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f", "Case-Reference: C-1"); w.Code != 404 {
		t.Errorf("the case of no request: %d", w.Code)
	}
	whole := read[api.Case](t, d.ask(t, robin, "GET "+base, "", nil, "person="+person, "id="+r.ID), 200)
	if f := whole.File(); len(whole.Records) != 3 || whole.Me != assigned.With || f.Assigned.Seq != 3 || whole.Records[1].Text != "The archive answers\non the 15th." {
		t.Errorf("%+v", whole)
	}
	looked := d.ask(t, alex, "GET /v1/audit", "", nil)
	if s := looked.Body.String(); !strings.Contains(s, "case.assign") || !strings.Contains(s, "case.note") || strings.Contains(s, "archive") || strings.Contains(s, "Robin") {
		t.Errorf("the person sees %s", s)
	}
	if s := d.ask(t, alex, "GET /v1/receipts", "", nil).Body.String(); strings.Count(s, `"seq"`) != 1 {
		t.Errorf("the person's ledger: %s", s)
	}
}
