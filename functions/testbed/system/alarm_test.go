package system_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
)

// TestRefusedEntries: whatever part of the ledger holds what this service did not write,
// nothing is answered that rests on it, and the line that an alarm watches is logged.
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
			return h.sys.API.Audit.Store, ledger.Entry{Subject: audit.Of(person)}
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

// TestRefusedElsewhere: the same where other systems ask, and where they are told.
func TestRefusedElsewhere(t *testing.T) {
	d := newQueued(t, "https://controller.example/")
	var log bytes.Buffer
	to := slog.New(slog.NewJSONHandler(&log, nil))
	d.Handler.Log, d.API.Log = to, to
	news := d.step(t, datarequest.Start)
	must(t, d.sys.API.Registrar.Store.Append(t.Context(), ledger.Entry{
		Subject: ledger.Person(d.subject), Seq: 3, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1},
	}))
	refused := func(what string, want int) {
		t.Helper()
		if n := strings.Count(log.String(), `"msg":"`+alarm.Refused+`"`); n != want {
			t.Errorf("%s: the line was logged %d times, want %d:\n%s", what, n, want, &log)
		}
	}
	if d.handle(t, news, 0) {
		t.Error("news of a ledger that cannot be believed were told")
	}
	refused("news", 1)
	notice := `{"notice":{"id":"` + d.request.ID + `","state":"in-progress","due":"` + d.request.Due + `","to":0}}`
	if d.handle(t, notice, 0) || len(d.queue.sent[dead]) > 0 {
		t.Error("a callback about it was made")
	}
	refused("a notice", 2)
	answer, err := d.API.Handlers().Func()(t.Context(), events.APIGatewayV2HTTPRequest{
		RouteKey: "POST /v2/requests", Body: openDSR(t, requestID(1), "access", system.SamplePerson, nil),
		RequestContext: events.APIGatewayV2HTTPRequestContext{Authorizer: &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
				Claims: map[string]string{"client_id": system.SampleController}, Scopes: []string{protocols.ScopeController},
			},
		}},
	})
	if must(t, err); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a controller is answered %d %s", answer.StatusCode, answer.Body)
	}
	refused("a controller's request", 3)
}
