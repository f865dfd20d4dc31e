package system_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/statement"
)

// statuses returns what a path was told, in order.
func (p *peers) statuses(t *testing.T, path string) (all []string) {
	t.Helper()
	for _, c := range p.told {
		if c.path == path {
			var told struct {
				OpenDSR string `json:"request_status"`
				DRP     string `json:"status"`
			}
			must(t, json.Unmarshal(c.body, &told))
			all = append(all, told.OpenDSR+told.DRP)
		}
	}
	return all
}

// TestCallbacks: the sender of a request is told of each change. A sender that was down for
// hours is told once, when it is back, how the request stands, and not what was overtaken;
// also if this machine was off meanwhile.
func TestCallbacks(t *testing.T) {
	p := openPeers(t)
	for n, path := range []string{"/up", "/down"} {
		body := openDSR(t, requestID(n), "access", "customer-10"+path[1:], map[string]any{"status_callback_urls": []string{p.target(path)}})
		if a := p.of(t, "POST", "/v2/requests", body); a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if next := p.work(t); !next.IsZero() {
		t.Errorf("something is told of the request's receipt, at %s", next)
	}
	for _, step := range []string{"start", "complete"} {
		p.desk(t, "customer-10up", step)
		p.work(t)
	}
	if got := p.statuses(t, "/up"); !slices.Equal(got, []string{"in_progress", "completed"}) {
		t.Errorf("who is there is told %v", got)
	}

	p.down = true
	p.desk(t, "customer-10down", "start")
	for range 6 { // for some hours
		next := p.work(t)
		if !next.After(p.now) {
			t.Fatalf("the next try is at %s, now it is %s", next, p.now)
		}
		p.now = next
	}
	p.desk(t, "customer-10down", "complete")
	must(t, p.sys.Close()) // off, and on again
	p.begin(t)
	p.down = false
	for next := p.work(t); !next.IsZero(); next = p.work(t) {
		p.now = next
	}
	if got := p.statuses(t, "/down"); !slices.Equal(got, []string{"completed"}) {
		t.Errorf("who was down is told %v", got)
	}
	for _, c := range p.told {
		p.genuine(t, opendsr.OpenDSR, c.header, c.body)
	}
	if strings.Contains(p.log.String(), "example.com") {
		t.Errorf("the log names a URL:\n%s", p.log)
	}
}

// TestErasureIsTold: an erasure is told to every sender that had a request open. A new part
// of an answer is told to nobody.
func TestErasureIsTold(t *testing.T) {
	p := openPeers(t)
	for n, path := range []string{"/first", "/last"} {
		p.of(t, "POST", "/v2/requests", openDSR(t, requestID(n), "access", alex, map[string]any{"status_callback_urls": []string{p.target(path)}}))
		p.desk(t, alex, "start")
	}
	p.ask(t, p.token(t, alex), "POST", "/v1/data-requests", `{"type":"access"}`) // of their own
	p.work(t)
	reg := p.sys.API.Registrar
	subject, err := p.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	standing, err := reg.Standing(t.Context(), ledger.Person(subject))
	must(t, err)
	system := consent.Context{Actor: statement.Actor{Role: statement.RoleSystem}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "sweep"}}
	part := statement.Part{Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("0a", 32), Where: "at the branch"}
	for _, cmd := range []consent.Command{consent.AddPart{ID: standing.Requests[0].ID, Part: part}, consent.Erase{}} {
		_, err := reg.Do(t.Context(), ledger.Person(subject), "once", cmd, system)
		must(t, err)
		p.work(t)
	}
	for _, path := range []string{"/first", "/last"} {
		if got := p.statuses(t, path); !slices.Equal(got, []string{"in_progress", "cancelled"}) {
			t.Errorf("%s is told %v", path, got)
		}
	}
}

// TestJoined: where a request joins an open one, the senders of both are told.
func TestJoined(t *testing.T) {
	p := openPeers(t)
	for n := range consent.MaxRequests {
		p.of(t, "POST", "/v2/requests", openDSR(t, requestID(n), "access", alex, nil))
	}
	paths := []string{"/first", "/second"}
	for _, path := range paths {
		p.exercised(t, alexAsks("sale:opt-out", "agent-request-id", path[1:], "status_callback", p.target(path)))
		p.now = p.now.Add(time.Second)
	}
	p.exercised(t, alexAsks("sale:opt-out", "agent-request-id", "second", "status_callback", p.target("/second"))) // once more
	if s := p.standing(t, p.token(t, alex)); len(s.Requests) != consent.MaxRequests+1 {
		t.Fatalf("%d requests are open", len(s.Requests))
	}
	p.desk(t, alex, "start")
	p.work(t)
	for _, path := range paths {
		if got := p.statuses(t, path); !slices.Equal(got, []string{"in_progress"}) {
			t.Errorf("%s is told %v", path, got)
		}
	}
}

// TestCallbacksAreApart: a callback that fails for one request keeps no other request's
// callbacks from being sent, and is sent as soon as that is possible.
func TestCallbacksAreApart(t *testing.T) {
	p := openPeers(t)
	for n, path := range []string{"/one", "/two"} {
		p.of(t, "POST", "/v2/requests", openDSR(t, requestID(n), "access", "customer-10"+path[1:], map[string]any{"status_callback_urls": []string{p.target(path)}}))
		p.desk(t, "customer-10"+path[1:], "start")
	}
	reg := p.sys.API.Registrar
	store := reg.Store
	subject, err := p.sys.API.Pseudonyms.Of("customer-10one")
	must(t, err)
	reg.Store = blind{store, ledger.Person(subject)}
	next := p.work(t)
	if got := p.statuses(t, "/two"); len(p.told) != 1 || !slices.Equal(got, []string{"in_progress"}) {
		t.Errorf("told %v", p.told)
	}
	reg.Store = store
	if p.now = next; next.IsZero() || next.Sub(p.now) > time.Minute {
		t.Errorf("next at %s", next)
	}
	p.work(t)
	if got := p.statuses(t, "/one"); !slices.Equal(got, []string{"in_progress"}) {
		t.Errorf("told later %v", got)
	}
}

// blind is a store that does not find the ledger of one person.
type blind struct {
	ledger.Store
	person ledger.Subject
}

func (b blind) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	if subject == b.person {
		return ledger.Entry{}, ledger.ErrUnavailable
	}
	return b.Store.Newest(ctx, subject)
}
