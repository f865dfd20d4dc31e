package system_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/intake"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/exchange/inbound"
	"consent-receipts/shared/ledger"
)

// entrances is a system with every way by which the identifier of a person can come into it.
type entrances struct {
	*peers
	clerk   *visitor
	csrf    string
	queue   *queue
	intake  *intake.Handler
	id      string // what the matching function answers
	n       int    // makes ids of requests
	touched []ledger.Subject
}

// noting is a store that notes to whose ledger an entry is appended.
type noting struct {
	ledger.Store
	touched *[]ledger.Subject
}

func (n noting) Append(ctx context.Context, e ledger.Entry) error {
	*n.touched = append(*n.touched, e.Subject)
	return n.Store.Append(ctx, e)
}

func openEntrances(t *testing.T) *entrances {
	t.Helper()
	e := &entrances{peers: openPeers(t), queue: &queue{sent: map[string][]string{}}}
	e.clerk = e.atDesk(t, system.SampleOperator)
	e.csrf = e.clerk.field(t, "/desk", csrfField)
	api := e.sys.API
	api.Registrar.Store = noting{api.Registrar.Store, &e.touched}
	api.Audit.Store = noting{api.Audit.Store, &e.touched}
	e.intake = &intake.Handler{
		Registrar: api.Registrar, Pseudonyms: api.Pseudonyms, Producers: map[string]intake.Producer{"crm": {Name: "crm", Channel: "branch"}},
		DeadLetters: e.queue, Metrics: &emf.Emitter{Out: io.Discard, Now: e.clock}, Log: slog.New(slog.NewJSONHandler(e.log, nil)),
	}
	protocols, err := e.sys.Protocols()
	must(t, err)
	protocols.Counter.Match = func(context.Context, *drp.Person) (customer, refusal string, err error) { return e.id, "", nil }
	return e
}

const crm = "arn:aws:sqs:eu-west-1:111122223333:crm"

// queue keeps the messages that are sent to it.
type queue struct{ sent map[string][]string } // by ARN

func (q *queue) Send(_ context.Context, arn, body string, _ map[string]string) error {
	q.sent[arn] = append(q.sent[arn], body)
	return nil
}

// queued hands an event to intake, and reports whether intake sets it aside.
func (e *entrances) queued(t *testing.T, body string) (refused bool) {
	t.Helper()
	e.queue.sent = map[string][]string{}
	out, err := e.intake.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: strconv.Itoa(e.n), Body: body, EventSourceARN: crm,
		Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(e.now.UnixMilli(), 10), "ApproximateReceiveCount": "1"},
	}}})
	must(t, err)
	dead := e.queue.sent[crm+"-dlq"]
	if len(out.BatchItemFailures) > 0 || len(dead) > 0 && dead[0] != body {
		t.Fatalf("delivered again: %v; set aside: %q", out, dead)
	}
	return len(dead) == 1
}

// event returns an event of the producer's about a person.
func (e *entrances) event(t *testing.T, kind, id string, data any) string {
	t.Helper()
	return string(marshal(t, map[string]any{"specversion": "1.0", "source": "crm", "datacontenttype": "application/json", "id": fmt.Sprint("e-", e.n), "type": kind, "time": "2026-11-23T13:00:00Z", "subject": id, "data": data}))
}

// invoke asks a function as API Gateway does for the owner of a token.
func (e *entrances) invoke(t *testing.T, function, route, body, scope, claim string) answer {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	event := events.APIGatewayV2HTTPRequest{RouteKey: route, RawPath: path, Body: body, Headers: map[string]string{"content-type": "application/json", "case-reference": "C-1"}}
	event.RequestContext.HTTP.Method = method
	event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
		Claims: map[string]string{"sub": claim}, Scopes: []string{scope},
	}}
	res, err := e.sys.API.Handlers(function).Func()(t.Context(), event)
	must(t, err)
	return answer{status: res.StatusCode, body: []byte(res.Body)}
}

// refused reports whether an answer has the status of a refusal; it must have either that
// status or the good one. A refusal says what is wrong, and quotes nothing of the identifier.
func refused(t *testing.T, a answer, done, refusal int, says string) bool {
	t.Helper()
	quotes := strings.Contains(string(a.body), "0001")
	if a.status != done && a.status != refusal || a.status == refusal && (quotes || !strings.Contains(string(a.body), says)) {
		t.Errorf("%d %s", a.status, a.body)
	}
	return a.status == refusal
}

// ways lists the entrances. Each sends an identifier in, and reports whether it was refused
// as that entrance refuses.
var ways = map[string]func(e *entrances, t *testing.T, id string) bool{
	"an opt-out by the queue": func(e *entrances, t *testing.T, id string) bool {
		return e.queued(t, e.event(t, "consent.opt-out.v1", id, map[string]any{"all": true}))
	},
	"an opt-out by the queue, otherwise wrong": func(e *entrances, t *testing.T, id string) bool {
		return e.queued(t, e.event(t, "consent.opt-out.v1", id, map[string]any{"all": true, "reason": 7, "more": "than is known"}))
	},
	"a request by the queue": func(e *entrances, t *testing.T, id string) bool {
		return e.queued(t, e.event(t, "consent.data-request.v1", id, map[string]any{"type": "access"}))
	},
	"an import by the queue": func(e *entrances, t *testing.T, id string) bool {
		return e.queued(t, e.event(t, "consent.import.v1", id, map[string]any{
			"copied": map[string]any{"system": "old-crm", "record": fmt.Sprint("r-", e.n)}, "choices": []any{map[string]any{"purpose": "card-offers", "answer": "no"}},
		}))
	},
	"a line of an import": func(e *entrances, t *testing.T, id string) bool {
		cat, _ := e.sys.API.Registrar.Catalogue.Current()
		line := marshal(t, map[string]any{"id": fmt.Sprint("r-", e.n), "subject": id, "time": "2026-11-02T09:30:00Z", "answer": "no", "all": true})
		for read, err := range inbound.Lines(strings.NewReader(string(line)+"\n"), cat) {
			must(t, err)
			if read.Err != nil {
				return true
			}
			envelope, err := read.Record.Envelope("old-crm")
			must(t, err)
			if e.queued(t, string(envelope)) {
				t.Error("a line that was taken is set aside by the queue")
			}
		}
		return false
	},
	"OpenDSR": func(e *entrances, t *testing.T, id string) bool {
		a := e.of(t, "POST", "/v2/requests", openDSR(t, requestID(e.n), "access", id, nil))
		return refused(t, a, http.StatusCreated, http.StatusBadRequest, `"message":"identity_value: not valid`)
	},
	"OpenGDPR": func(e *entrances, t *testing.T, id string) bool {
		a := e.of(t, "POST", "/v1/opengdpr_requests", openDSR(t, requestID(e.n), "access", id, map[string]any{"api_version": "1.0"}))
		return refused(t, a, http.StatusCreated, http.StatusBadRequest, `"message":"identity_value: not valid`)
	},
	"DRP": func(e *entrances, t *testing.T, id string) bool {
		e.id = id
		a := e.exercise(t, alexAsks("access", "agent-request-id", strconv.Itoa(e.n)))
		return refused(t, a, http.StatusOK, http.StatusBadRequest, `{"code":"400","message":"The customer number that was found for this person is not valid"}`)
	},
	"a person's token": func(e *entrances, t *testing.T, id string) bool {
		a := e.invoke(t, "datarequest", "POST /v1/data-requests", `{"type":"access"}`, api.ScopeSelf, id)
		return refused(t, a, http.StatusCreated, http.StatusUnauthorized, "does not name a person: not an identifier: it ")
	},
	"the staff's API": func(e *entrances, t *testing.T, id string) bool {
		a := e.invoke(t, "operator", "POST /v1/operator/people", string(marshal(t, map[string]string{"customer": id})), api.ScopeOperator, "clerk-0002")
		says := "customer: not an identifier: it "
		if id == "" {
			says = "at /customer (minLength)"
		}
		return refused(t, a, http.StatusOK, http.StatusBadRequest, says)
	},
	"the desk": func(e *entrances, t *testing.T, id string) bool {
		got := e.clerk.do(t, "POST", "/desk", url.Values{"csrf": {e.csrf}, "customer": {id}, "first": {id}, "case": {"C-1"}})
		body := strings.ReplaceAll(got.body, "0001", "") // the form has what was typed
		return refused(t, answer{status: got.status, body: []byte(body)}, http.StatusSeeOther, http.StatusUnprocessableEntity, `aria-invalid="true"`)
	},
}

// TestSpellings: each spelling of a customer number is either refused at every entrance, or
// means one and the same person at each. Nobody else gets a ledger.
func TestSpellings(t *testing.T) {
	b, err := os.ReadFile("../../../shared/pseudonym/testdata/spellings.json")
	must(t, err)
	var spellings []struct{ Name, ID, Refused string }
	must(t, json.Unmarshal(b, &spellings))
	e := openEntrances(t)
	people := map[string]string{}
	for _, s := range spellings {
		person, _ := e.sys.API.Pseudonyms.Of(s.ID)
		if other, taken := people[person]; taken && person != "" {
			t.Errorf("%s is the same person as %s", s.Name, other)
		}
		people[person] = s.Name
		for way, send := range ways {
			e.n++
			e.touched = nil
			if no := send(e, t, s.ID); no != (s.Refused != "") {
				t.Errorf("%s by %s: refused %v", s.Name, way, no)
			}
			want := []ledger.Subject{ledger.Person(person), audit.Of(ledger.Person(person))}
			if s.Refused != "" {
				want = nil
			}
			if (len(e.touched) == 0) != (s.Refused != "") {
				t.Errorf("%s by %s: %d entries", s.Name, way, len(e.touched))
			}
			if i := slices.IndexFunc(e.touched, func(subject ledger.Subject) bool { return !slices.Contains(want, subject) }); i >= 0 {
				t.Errorf("%s by %s: an entry of %s", s.Name, way, e.touched[i])
			}
		}
	}
	for _, s := range spellings {
		if s.ID != "" && s.ID != " " && strings.Contains(e.log.String(), s.ID) {
			t.Errorf("the log has %s", s.Name)
		}
	}
}

// TestMatchCorrected: an agent's request is accepted after the matching function was
// corrected.
func TestMatchCorrected(t *testing.T) {
	e := openEntrances(t)
	asked := alexAsks("access", "agent-request-id", "ours-1")
	e.id = alex + " "
	if a := e.exercise(t, asked); a.status != http.StatusBadRequest {
		t.Fatalf("%d %s", a.status, a.body)
	}
	e.id = alex
	if got := e.exercised(t, asked); got.Status != "in_progress" || len(e.standing(t, e.token(t, alex)).Requests) != 1 {
		t.Errorf("once it is right: %+v", got)
	}
}

// TestStaffSpellings: the same holds for the identifiers of the staff.
func TestStaffSpellings(t *testing.T) {
	e := openEntrances(t)
	for id, status := range map[string]int{
		"clerk-0002": http.StatusOK, "Clerk 0002": http.StatusOK, "": http.StatusUnauthorized, " clerk-0002": http.StatusUnauthorized,
		"clerk-0002\t": http.StatusUnauthorized, "clerk-0002\u200b": http.StatusUnauthorized, "clerk-000２": http.StatusUnauthorized,
	} {
		e.touched = nil
		a := e.invoke(t, "operator", "GET /v1/operator/requests", "", api.ScopeOperator, id)
		if a.status != status || (len(e.touched) == 0) != (status != http.StatusOK) {
			t.Errorf("%q: %d, recorded %q", id, a.status, e.touched)
		}
	}
}
