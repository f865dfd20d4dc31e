package system_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/looks"
)

// TestAuditLedgersAreNobody: an operator who addresses an audit ledger as if it were a
// person, on every route that takes one, reads nothing of it and adds nothing to it. It
// stays readable, and the next record follows the last.
func TestAuditLedgersAreNobody(t *testing.T) {
	h := open(t)
	calls, person := h.staffCalls(t)
	clerk, log := h.token(t, system.SampleOperator), h.sys.API.Audit
	other, err := h.sys.API.Pseudonyms.Of("customer-0002")
	must(t, err)
	now := h.sys.API.Registrar.Clock()
	h.ask(t, clerk, "GET", "/v1/operator/people/"+person+"/standing", "", "Case-Reference", "C-1")
	h.ask(t, clerk, "GET", "/v1/operator/requests", "")
	for name, c := range map[string]struct {
		of      ledger.Subject
		records int
	}{
		"of somebody who was looked at":     {audit.Of(ledger.Person(person)), 1},
		"of somebody who was not looked at": {audit.Of(ledger.Person(other)), 0},
		"of today":                          {audit.OfDay(now), 1},
		"of tomorrow":                       {audit.OfDay(now.Add(24 * time.Hour)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := log.List(t.Context(), c.of, 1, 10)
			if err != nil || len(before) != c.records {
				t.Fatalf("%d records (%v), want %d", len(before), err, c.records)
			}
			for _, call := range calls {
				if !strings.Contains(call.pattern, "{person}") {
					continue
				}
				call.path = strings.Replace(call.path, person, c.of.ID(), 1)
				a := h.call(t, clerk, call)
				if a.status >= 500 || slices.ContainsFunc(before, func(r *looks.Record) bool { return bytes.Contains(a.body, []byte(r.Raw)) }) {
					t.Errorf("%s: %d %s", call.pattern, a.status, a.body)
				}
			}
			if a := h.ask(t, clerk, "POST", "/v1/operator/people/"+c.of.ID()+"/opt-out", `{"all":true}`, "Case-Reference", "C-2"); a.status != http.StatusCreated {
				t.Errorf("a person of that name has another ledger, and yet: %d %s", a.status, a.body)
			}
			must(t, log.Append(t.Context(), c.of, looks.Act{Staff: "clerk", Role: "operator", Did: "standing.read"}))
			after, err := log.List(t.Context(), c.of, 1, 10)
			if err != nil || len(after) != len(before)+1 {
				t.Fatalf("afterwards: %d records (%v), want %d", len(after), err, len(before)+1)
			}
			for i, r := range before {
				if r.Raw != after[i].Raw {
					t.Errorf("record %d is another", i+1)
				}
			}
		})
	}
}
