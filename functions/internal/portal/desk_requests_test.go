package portal

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestDeskRequests(t *testing.T) {
	s := newSite(t)
	b := s.atDesk("operator")
	s.api.requests = []map[string]any{
		{"person": somebody, "id": "r1", "type": "erasure", "rule": "gdpr", "state": "overdue", "received": now, "due": "2026-11-20", "overdue": true},
		{"person": somebody, "id": "r2", "type": "access", "rule": "gdpr", "state": "completed", "received": now, "due": "2026-12-20", "ended": true},
	}
	w := b.get("/desk/requests")
	wants(t, w, 200, "<code>3q2-7w</code>", "2 requests", "Due 20 November 2026", personPath+"/requests/r1", `value="open" selected`, "cursor=200")
	if n := strings.Count(w.Body.String(), `class="badge"`); n != 1 {
		t.Errorf("%d are marked as overdue", n)
	}
	if got := s.api.asked.Encode(); got != "state=open" {
		t.Errorf("asked for %s", got)
	}
	wants(t, b.get("/desk/requests?due_before=soon&type=erasure"), 422, `href="#due_before"`, `value="soon" aria-invalid="true"`, `value="erasure" selected`, "Enter a date")
	wants(t, b.get("/desk/requests?state=&type=erasure&due_before=2026-12-01&cursor=200"), 200, `value="erasure" selected`, `value="2026-12-01"`,
		`href="/desk/requests?cursor=200&amp;due_before=2026-12-01&amp;type=erasure&amp;state="`)
	if got := s.api.asked.Encode(); got != "cursor=200&due_before=2026-12-01&type=erasure" {
		t.Errorf("asked for %s", got)
	}
}

// aLife is a request that was received and asked about.
func aLife() map[string]any {
	return map[string]any{
		"request": map[string]any{"id": "r1", "type": "erasure", "rule": "gdpr", "state": "received", "received": now, "due": "2026-12-23", "details": "All of it.", "source": "GDPR Art. 12(3)",
			"scope": map[string]any{"purposes": []string{"account-alerts"}, "data": []string{"balances"}}},
		"history": []map[string]any{
			{"seq": 4, "at": now, "recorded_at": now.Add(2 * time.Hour), "event": "request-received", "by": "agent", "party": "Consent Bridge", "protocol": "opendsr", "state": "received", "due": "2026-12-23"},
			{"seq": 5, "at": now, "recorded_at": now, "event": "request-extended", "by": "agent", "state": "extended", "due": "2027-02-23", "reason": "complexity", "case": "C-1", "note": "Three systems."},
		},
		"choices": []map[string]any{
			{"act": "acknowledge", "becomes": "acknowledged"},
			{"act": "deny", "becomes": "denied", "reasons": []string{"excessive", "legal-obligation"}},
			{"act": "extend", "becomes": "extended", "due": "2027-02-23", "reasons": []string{"complexity"}},
		},
	}
}

func TestDeskRequest(t *testing.T) {
	s := newSite(t)
	s.api.life = aLife()
	path := personPath + "/requests/r1"
	b := s.atDesk("operator")
	wants(t, b.get(path), 200, "Delete the data", "All of it.", "GDPR, Art. 12(3)", "Answer me in Parley Messenger", "Checking-account balances",
		"23 November 2026, 15:00, Madrid · &#34;Consent Bridge&#34;, by OpenDSR · recorded 23 November 2026, 17:00, Madrid", "23 November 2026, 15:00, Madrid · staff · case C-1", "The date was put off", "the request is complex", "Three systems.", "case C-1", "Due 23 February 2027",
		"Acknowledge it", "Then: extended, due 23 February 2027", `<option value="legal-obligation">a law obliges to keep or use the data</option>`)
	w := s.atDesk("auditor").get(path)
	wants(t, w, 200, "All of it.", "You may read here, and not act.")
	if strings.Contains(w.Body.String(), `name="act"`) {
		t.Error("an auditor is shown what they may not do")
	}
}

func TestDeskStep(t *testing.T) {
	s := newSite(t)
	s.api.life = aLife()
	path := personPath + "/requests/r1"
	b := s.atDesk("operator")
	key := keyField.FindStringSubmatch(b.get(path).Body.String())[1]
	form := func(pairs ...string) url.Values {
		f := url.Values{"key": {key}, "csrf": {csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())[1]}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for field, f := range map[string]url.Values{
		`href="#act"`:         form("case", "C-1"),
		`href="#case"`:        form("act", "acknowledge"),
		`href="#reason-deny"`: form("act", "deny", "case", "C-1", "reason-deny", ""),
		`href="#note"`:        form("act", "acknowledge", "case", "C-1", "note", strings.Repeat("x", 501)),
	} {
		wants(t, b.send("POST", path, f), 422, field, key, "<title>Error: ")
	}
	if len(s.api.sent) > 0 {
		t.Fatalf("the API was sent %v", s.api.sent)
	}
	s.api.problem, s.api.status = "request-state", 409
	w := b.send("POST", path, form("act", "acknowledge", "case", "C-1"))
	wants(t, w, 409, "It has moved on meanwhile", "The date was put off", `name="act"`)
	if again := keyField.FindStringSubmatch(w.Body.String())[1]; again == key {
		t.Error("another form has the key of the one that was refused")
	}
	s.api.problem = ""
	w = b.send("POST", path, form("act", "deny", "reason-deny", "excessive", "reason-extend", "complexity", "case", " C-1 ", "note", "Sorry."))
	sent := s.api.last()
	if to := w.Header().Get("Location"); w.Code != 303 || to != personPath+"/receipts/7?new=1" {
		t.Errorf("%d to %s", w.Code, to)
	}
	if sent.path != "/v1/operator/people/"+somebody+"/data-requests/r1/steps" || sent.body != `{"act":"deny","note":"Sorry.","reason":"excessive"}` ||
		sent.header.Get("Case-Reference") != "C-1" || sent.header.Get("Idempotency-Key") != key {
		t.Errorf("sent %+v", sent)
	}
	wants(t, b.send("POST", path, url.Values{"act": {"deny"}}), 403, "The form was not accepted")
}

var keyField = regexp.MustCompile(`name="key" value="([^"]+)"`)

// TestDeskStepTooLate: a colleague was faster. Whatever is wrong with the form, the page
// says so and shows how the request stands.
func TestDeskStepTooLate(t *testing.T) {
	s := newSite(t)
	s.api.life = aLife()
	path := personPath + "/requests/r1"
	b := s.atDesk("operator")
	s.api.life["request"].(map[string]any)["state"] = "denied"
	s.api.life["choices"] = []any{}
	s.api.problem, s.api.status = "request-state", 409
	for name, form := range map[string]url.Values{
		"whole": {"act": {"acknowledge"}, "case": {"C-1"}}, "without a reason": {"act": {"deny"}, "reason-deny": {""}, "case": {"C-1"}},
	} {
		form.Set("csrf", csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())[1])
		w := b.send("POST", path, form)
		wants(t, w, 409, "It was answered meanwhile", "denied", "The date was put off")
		if body := w.Body.String(); strings.Contains(body, `name="act"`) || strings.Contains(body, "Choose a reason") {
			t.Errorf("%s: the form is still there", name)
		}
	}
}

// TestDeskAppeal: the staff sees what an appeal is about.
func TestDeskAppeal(t *testing.T) {
	s := newSite(t)
	s.api.life = aLife()
	s.api.life["request"].(map[string]any)["about"] = "r0"
	wants(t, s.atDesk("auditor").get(personPath+"/requests/r1"), 200, "Delete the data, asked on 23 November 2026")
}

// TestDeskAsk enters a request that came by letter.
func TestDeskAsk(t *testing.T) {
	s := newSite(t)
	path := personPath + "/ask"
	b := s.atDesk("operator")
	wants(t, b.get(personPath), 200, `href="`+path+`"`)
	wants(t, b.get(path), 200, "every consent that it is about ends", `min="2025-11-23" max="2026-11-23"`, "Checking-account balances")
	for field, form := range map[string]url.Values{
		`href="#type"`: {"case": {"C-1"}}, `href="#case"`: {"type": {"access"}}, `href="#scope"`: {"type": {"access-specific"}, "case": {"C-1"}},
		`href="#received"`: {"type": {"access"}, "case": {"C-1"}, "received": {"2026-11-24"}},
		`href="#received">Enter a date from 23 November 2025 to`: {"type": {"access"}, "case": {"C-1"}, "received": {"2025-11-22"}},
	} {
		form.Set("csrf", csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())[1])
		wants(t, b.send("POST", path, form), 422, field)
	}
	for body, form := range map[string]url.Values{
		`{"type":"access","received":"2026-11-20"}`: {"type": {"access"}, "case": {"C-1"}, "received": {"2026-11-20"}},
		`{"type":"objection","scope":{"purposes":["card-offers"],"data":["balances"]},"details":"By letter."}`: {
			"type": {"objection"}, "case": {"C-1"}, "purpose": {"card-offers"}, "data": {"balances"}, "details": {"By letter."}},
	} {
		status, to := b.postAtDesk(path, form)
		if sent := s.api.last(); status != 303 || to != personPath+"/receipts/7?new=1" || sent.path != "/v1/operator/people/"+somebody+"/data-requests" ||
			sent.body != body || sent.header.Get("Case-Reference") != "C-1" {
			t.Errorf("%d to %s, sent %+v", status, to, sent)
		}
	}
	wants(t, s.atDesk("auditor").get(path), 403)
}
