package system_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
)

type auditAnswer struct {
	Records []struct{ Role, Did, Case, Staff string }
}

// TestDesk: the staff finds a person, looks, and says no for the person. The person gets the
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
	verifier := receipt.NewVerifier(h.sys.Root)
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
	var newest auditAnswer
	h.ask(t, person, "GET", "/v1/audit?order=newest", "").into(t, &newest)
	if n := len(newest.Records); n != 3 || newest.Records[0].Did != "opt-out" {
		t.Errorf("newest first: %+v", newest)
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

type requestList struct {
	Total    int
	Next     int `json:"next_cursor"`
	Requests []struct {
		Person, ID, State, Type, Due string
		Ended, Overdue               bool
	}
}

// TestRequests: data requests appear at the desk and in the report.
func TestRequests(t *testing.T) {
	h := open(t)
	person, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	var out struct{ Request struct{ ID string } }
	h.ask(t, person, "POST", "/v1/data-requests", `{"type":"access"}`).into(t, &out)
	h.ask(t, person, "POST", "/v1/data-requests", `{"type":"erasure"}`)
	h.ask(t, person, "DELETE", "/v1/data-requests/"+out.Request.ID, "")
	var all, open requestList
	h.ask(t, clerk, "GET", "/v1/operator/requests", "").into(t, &all)
	h.ask(t, clerk, "GET", "/v1/operator/requests?state=open", "").into(t, &open)
	if all.Total != 2 || open.Total != 1 || open.Requests[0].Type != "erasure" || open.Requests[0].Overdue || open.Requests[0].Due == "" {
		t.Errorf("all %+v, open %+v", all, open)
	}
	csv := h.ask(t, clerk, "GET", "/v1/operator/requests/report", "", "Accept", "text/csv")
	if want := "access,gdpr,1,0,0,1,0,0,0,0,0,0\r\n"; !strings.Contains(string(csv.body), want) {
		t.Errorf("the report is %s", csv.body)
	}
	for _, wrong := range []string{"from=2026-13", "from=2020-01&until=2026-01", "from=2026-02&until=2026-01", "due_before=soon", "cursor=-1", "state=receved", "state=", "type=acces"} {
		if slug, _ := h.ask(t, clerk, "GET", "/v1/operator/requests?"+wrong, "").problem(t); slug != "invalid-parameter" {
			t.Errorf("%s: %s", wrong, slug)
		}
	}
}

var manyRequests = flag.Int("requests", 500, "how many requests TestManyRequests opens")

// TestManyRequests: however many requests are open, the desk reads the docket of each month
// and shard once for an answer, and no ledger.
func TestManyRequests(t *testing.T) {
	h := open(t)
	now := h.sys.API.Registrar.Clock()
	var writers sync.WaitGroup
	for worker := range 50 { // many requests run together, because the store commits together what waits
		writers.Go(func() {
			for n := worker; n < *manyRequests; n += 50 {
				id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", n)
				subject := ledger.Person(fmt.Sprintf("%043d", n))
				line := docket.Item{ID: id, Type: "access", Rule: "gdpr", State: "received", Received: now.AddDate(0, 0, -n%60), Due: now.AddDate(0, 0, 30-n%60).Format(time.DateOnly), At: now}
				if err := h.sys.API.Registrar.Store.Append(t.Context(), ledger.Entry{
					Subject: subject, Seq: 1, Receipt: "x", Key: [32]byte{1}, Command: [32]byte{1}, Listing: line.Listing(),
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	clerk := h.token(t, system.SampleOperator)
	counted := &countedDocket{Docket: h.sys.API.Docket}
	h.sys.API.Docket, h.sys.API.Registrar.Store = counted, nil // a call of the store would crash the test
	most := int32(len(docket.Months(now.AddDate(0, -docket.Reach, 0), now)) * ledger.Shards)
	for path, want := range map[string]string{
		"/v1/operator/requests?state=open": fmt.Sprintf(`"total":%d`, *manyRequests),
		"/v1/operator/requests/report":     fmt.Sprintf(`"received":%d`, *manyRequests),
	} {
		counted.reads.Store(0)
		a := h.ask(t, clerk, "GET", path, "")
		if a.status != http.StatusOK || !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %d %.200s", path, a.status, a.body)
		}
		if reads := counted.reads.Load(); reads == 0 || reads > most {
			t.Errorf("%s reads the docket %d times, want %d at most", path, reads, most)
		}
	}
}

// countedDocket counts how often a month is read.
type countedDocket struct {
	ledger.Docket
	reads atomic.Int32
}

func (c *countedDocket) Listings(ctx context.Context, month string, shard int) ([]ledger.Listed, error) {
	c.reads.Add(1)
	return c.Docket.Listings(ctx, month, shard)
}

// life gets how a data request stands, what became of it, and what the staff may do.
type life struct {
	Request struct{ State string }
	History []struct {
		Seq                   int
		Event, By, Note, Case string
	}
	Choices []struct {
		Act, Becomes, Due string
		Reasons           []string
	}
}

// TestSteps: the staff takes a request from its receipt to its answer, and the person gets a
// receipt of each step.
func TestSteps(t *testing.T) {
	h := open(t)
	person, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	var asked struct{ Request struct{ ID string } }
	h.ask(t, person, "POST", "/v1/data-requests", `{"type":"access"}`).into(t, &asked)
	var found struct{ Person string }
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	at := "/v1/operator/people/" + found.Person + "/data-requests/" + asked.Request.ID
	steps := at + "/steps"
	var before life
	h.ask(t, clerk, "GET", at, "").into(t, &before)
	if len(before.Choices) != 9 || before.Choices[4].Act != "extend" || before.Choices[4].Due == "" || len(before.Choices[4].Reasons) == 0 {
		t.Errorf("the staff may %+v", before.Choices)
	}
	for i, body := range []string{`{"act":"acknowledge"}`, `{"act":"start"}`, `{"act":"extend","reason":"complexity"}`, `{"act":"complete","nothing_held":true,"note":"Here it is."}`} {
		a := h.ask(t, clerk, "POST", steps, body, "Case-Reference", "DR-1")
		if a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", body, a.status, a.body)
		}
		var out issued
		a.into(t, &out)
		if out.Seq != uint64(i)+2 {
			t.Errorf("%s: receipt %d", body, out.Seq)
		}
	}
	if slug, detail := h.ask(t, clerk, "POST", steps, `{"act":"start"}`, "Case-Reference", "DR-1").problem(t); slug != "request-state" || !strings.Contains(detail, "has ended: it is completed") {
		t.Errorf("an ended request went on: %s %s", slug, detail)
	}
	if slug, _ := h.ask(t, person, "DELETE", "/v1/data-requests/"+asked.Request.ID, "").problem(t); slug != "request-state" {
		t.Errorf("an ended request was taken back: %s", slug)
	}
	if a := h.ask(t, h.token(t, system.SampleAuditor), "POST", steps, `{"act":"start"}`, "Case-Reference", "DR-1"); a.status != http.StatusForbidden {
		t.Errorf("an auditor acts: %d", a.status)
	}
	var after life
	h.ask(t, h.token(t, system.SampleAuditor), "GET", at, "").into(t, &after)
	if n := len(after.History); n != 5 || len(after.Choices) != 0 || after.Request.State != "completed" || after.History[4].Note != "Here it is." || after.History[4].Case != "DR-1" || after.History[0].By != "subject" {
		t.Errorf("its life: %+v", after)
	}
	if a := h.ask(t, clerk, "GET", "/v1/operator/people/"+found.Person+"/data-requests/x", ""); a.status != http.StatusNotFound {
		t.Errorf("no such request: %d", a.status)
	}
	var list requestList
	h.ask(t, clerk, "GET", "/v1/operator/requests?state=completed", "").into(t, &list)
	if list.Total != 1 || !list.Requests[0].Ended {
		t.Errorf("the list has %+v", list)
	}
}

// TestAnnulment: the staff annuls a receipt that was made by mistake, once, and the consent
// that it gave ends. The person's own copies tell the whole story.
func TestAnnulment(t *testing.T) {
	h := open(t)
	person, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	mistake := h.optIn(t, person)
	var found struct{ Person string }
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	at := "/v1/operator/people/" + found.Person + "/annulments"
	body := func(seq int, digest, reason string) string {
		return fmt.Sprintf(`{"seq":%d,"digest":%q,"reason":%q}`, seq, digest, reason)
	}
	other := "sha256:" + strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		body, slug string
	}{
		"another digest":         {body(1, other, "Wrong form."), "invalid-body"},
		"no such receipt":        {body(7, mistake.Digest, "Wrong form."), "not-found"},
		"no reason":              {body(1, mistake.Digest, ""), "invalid-body"},
		"a reason of blanks":     {body(1, mistake.Digest, "  "), "invalid-body"},
		"something else besides": {`{"seq":1,"all":true}`, "invalid-body"},
	} {
		if slug, _ := h.ask(t, clerk, "POST", at, c.body, "Case-Reference", "C-9").problem(t); slug != c.slug {
			t.Errorf("%s: %s", name, slug)
		}
	}
	var out, again issued
	h.ask(t, clerk, "POST", at, body(1, mistake.Digest, "Another customer's form."), "Case-Reference", "C-9").into(t, &out)
	h.ask(t, clerk, "POST", at, body(1, mistake.Digest, "Another customer's form."), "Case-Reference", "C-9").into(t, &again)
	if out.Seq != 2 || again.Receipt != out.Receipt {
		t.Errorf("annulled as %d, and again as %d", out.Seq, again.Seq)
	}
	if slug, _ := h.ask(t, clerk, "POST", at, body(1, mistake.Digest, "For another reason."), "Case-Reference", "C-9").problem(t); slug != "idempotency-mismatch" {
		t.Errorf("annulled twice: %s", slug)
	}
	if slug, _ := h.ask(t, clerk, "POST", at, body(2, out.Digest, "It was right."), "Case-Reference", "C-9").problem(t); slug != "invalid-body" {
		t.Errorf("an annulment was annulled: %s", slug)
	}
	verifier := receipt.NewVerifier(h.sys.Root)
	rec, err := verifier.Verify(out.Receipt)
	must(t, err)
	if c := rec.Event.Corrects; rec.Event.Type != "annulment" || c == nil || c.Digest != mistake.Digest || c.Why != "Another customer's form." {
		t.Errorf("the receipt says %+v", rec.Event)
	}
	now := h.standing(t, person)
	for _, l := range now.Lines {
		if l.InForce {
			t.Errorf("still in force: %+v", l)
		}
	}
	if text := h.ask(t, person, "GET", "/v1/receipts/2?format=text", ""); !strings.Contains(string(text.body), "Another customer's") {
		t.Errorf("the person reads %s", text.body)
	}
}

// TestManifest: a request for data is answered at once with what is here. Receipts and a
// signed manifest list what other systems add.
func TestManifest(t *testing.T) {
	h := open(t)
	person, clerk, auditor := h.token(t, alex), h.token(t, system.SampleOperator), h.token(t, system.SampleAuditor)
	h.optIn(t, person)
	var asked struct {
		Request struct{ ID string }
		Answer  struct{ Bundle, Manifest string }
	}
	h.ask(t, person, "POST", "/v1/data-requests", `{"type":"portability"}`).into(t, &asked)
	if a := h.ask(t, person, "GET", asked.Answer.Bundle, ""); a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" {
		t.Fatalf("the bundle: %d %s", a.status, a.header)
	}
	var found struct{ Person string }
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	at := "/v1/operator/people/" + found.Person + "/data-requests/" + asked.Request.ID
	digest := "sha256:" + strings.Repeat("0a", 32)
	part := `{"name":"payments.csv","media_type":"text/csv","digest":"` + digest + `","size":12,"where":"https://bank.example/d/7"}`
	var added issued
	h.ask(t, clerk, "POST", at+"/parts", part, "Case-Reference", "DR-2", "Idempotency-Key", "p").into(t, &added)
	h.ask(t, clerk, "POST", at+"/parts", part, "Case-Reference", "DR-2", "Idempotency-Key", "p").into(t, &added)
	if added.Seq != 3 {
		t.Errorf("receipt %d", added.Seq)
	}
	for body, slug := range map[string]string{
		strings.Replace(part, "payments.csv", "../x", 1): "invalid-body",
		strings.Replace(part, digest, "sha256:0", 1):     "invalid-body",
	} {
		if got, _ := h.ask(t, clerk, "POST", at+"/parts", body, "Case-Reference", "DR-2").problem(t); got != slug {
			t.Errorf("%s: %s", body, got)
		}
	}
	h.ask(t, clerk, "POST", at+"/steps", `{"act":"complete"}`, "Case-Reference", "DR-2")
	if slug, _ := h.ask(t, clerk, "POST", at+"/parts", part, "Case-Reference", "DR-2").problem(t); slug != "request-state" {
		t.Errorf("a part of what has ended: %s", slug)
	}
	verifier := receipt.NewVerifier(h.sys.Root)
	for who, ask := range map[string][2]string{"the person": {person, asked.Answer.Manifest}, "an auditor": {auditor, at + "/manifest"}} {
		signed := h.ask(t, ask[0], "GET", ask[1], "", "Accept", "application/jose")
		payload, err := verifier.VerifyToken(manifest.Type, h.sys.API.Registrar.Catalogue.Issuer(), string(signed.body), 1<<17)
		must(t, err)
		var m manifest.Manifest
		must(t, json.Unmarshal([]byte(payload.Raw()), &m))
		if len(m.Parts) != 1 || m.Parts[0].Digest != digest || m.Parts[0].Receipt != 3 || m.Receipts.Count != 4 || m.Request.State != "completed" || m.Request.Parts != 1 || m.Subject != found.Person {
			t.Errorf("%s reads %+v", who, m)
		}
		must(t, contracts.Check("manifest/1", payload))
	}
	if slug, _ := h.ask(t, h.token(t, lucia), "GET", asked.Answer.Manifest, "").problem(t); slug != "not-found" {
		t.Errorf("somebody else's manifest: %s", slug)
	}
	if text := h.ask(t, person, "GET", "/v1/receipts/3?format=text", ""); !strings.Contains(string(text.body), "payments.csv") {
		t.Errorf("the receipt does not name the part: %s", text.body)
	}
}
