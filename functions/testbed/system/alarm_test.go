package system_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
)

// TestRefusedEntries: if this service did not write some part of the ledger, no answer rests
// on that part, and the line that an alarm watches is logged.
func TestRefusedEntries(t *testing.T) {
	for name, c := range map[string]struct {
		forge     func(h *here, person string) (ledger.Store, ledger.Entry)
		who, path string
		status    int
	}{
		"a person's": {func(h *here, person string) (ledger.Store, ledger.Entry) {
			return h.sys.API.Registrar.Store, ledger.Entry{Subject: ledger.Person(person)}
		}, alex, "/v1/standing", 503},
		"the staff's": {func(h *here, person string) (ledger.Store, ledger.Entry) {
			return h.sys.API.Audit.Store, ledger.Entry{Subject: audit.Of(ledger.Person(person))}
		}, alex, "/v1/audit", 503},
		"the staff's, before an act": {func(h *here, _ string) (ledger.Store, ledger.Entry) {
			return h.sys.API.Audit.Store, ledger.Entry{Subject: audit.OfDay(time.Now())}
		}, system.SampleOperator, "/v1/operator/requests", 503},
		"the docket's": {func(h *here, person string) (ledger.Store, ledger.Entry) {
			return h.sys.API.Registrar.Store, ledger.Entry{Subject: ledger.Person(person), Listing: ledger.Listing{Month: time.Now().UTC().Format("2006-01"), Text: "{}"}}
		}, system.SampleAuditor, "/v1/operator/requests/report", 500},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			person, err := h.sys.API.Pseudonyms.Of(alex)
			must(t, err)
			store, entry := c.forge(h, person)
			entry.Seq, entry.Receipt, entry.Key, entry.Command = 1, "forged", [32]byte{1}, [32]byte{1}
			must(t, store.Append(t.Context(), entry))
			if a := h.ask(t, h.token(t, c.who), "GET", c.path, ""); a.status != c.status {
				t.Errorf("%d %s", a.status, a.body)
			}
			if n := strings.Count(h.log.String(), `"msg":"`+alarm.Refused+`"`); n != 1 {
				t.Errorf("the line was logged %d times:\n%s", n, h.log)
			}
		})
	}
}

// TestRefusedElsewhere: the same holds where other systems ask. Package notify tests it for
// callbacks.
func TestRefusedElsewhere(t *testing.T) {
	p := openPeers(t)
	person, err := p.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	must(t, p.sys.API.Registrar.Store.Append(t.Context(), ledger.Entry{
		Subject: ledger.Person(person), Seq: 1, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1},
	}))
	if a := p.of(t, "POST", "/v2/requests", openDSR(t, requestID(1), "access", alex, nil)); a.status != http.StatusServiceUnavailable {
		t.Errorf("a controller is answered %d %s", a.status, a.body)
	}
	if n := strings.Count(p.log.String(), `"msg":"`+alarm.Refused+`"`); n != 1 {
		t.Errorf("the line was logged %d times:\n%s", n, p.log)
	}
}
