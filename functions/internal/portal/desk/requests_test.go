package desk_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/shared/statement"
)

func TestDeskRequests(t *testing.T) {
	s := portaltest.New(t)
	b := s.AtDesk("operator")
	s.API.Requests = []map[string]any{
		{"person": portaltest.Somebody, "id": "r1", "type": "erasure", "rule": "gdpr", "state": "overdue", "received": portaltest.Now, "due": "2026-11-20", "overdue": true, "days_left": -3, "with": portaltest.Clerk, "assigned_in": 3, "mine": true},
		{"person": portaltest.Somebody, "id": "r2", "type": "access", "rule": "gdpr", "state": "completed", "received": portaltest.Now, "due": "2026-12-20", "ended": true},
		{"person": portaltest.Somebody, "id": "r3", "type": "complaint", "rule": "uk-gdpr", "state": "received", "received": portaltest.Now, "confirm": "2026-12-23", "days_left": 30, "with": portaltest.Somebody, "name": "Kim"},
	}
	w := b.Get("/desk/requests")
	portaltest.Wants(t, w, 200, "<code>3q2-7w</code>", "3 requests", `20 November 2026 <small><span class="tag bad">3 days late</span></small>`, "Confirm it by 23 December 2026 <small>in 30 days</small>", portaltest.PersonPath+"/requests/r1", `value="open" selected`, "cursor=200",
		`data-label="With"><bdi>me</bdi>`, `<bdi>nobody</bdi>`, `<bdi>Kim (3q2-7w)</bdi>`, `value="`+portaltest.Somebody+`/r1/3"`, `name="case" value="QUEUE-2026-11-23"`)
	if n := strings.Count(w.Body.String(), `class="tag bad"`); n != 1 {
		t.Errorf("%d are marked as late", n)
	}
	if got := s.API.Asked.Encode(); got != "state=open" {
		t.Errorf("asked for %s", got)
	}
	for query, label := range map[string]string{
		"state=open": "All open", "state=overdue": "Late", "due_before=2026-12-01&amp;state=open": "Late, or due within 7 days", "assigned=me&amp;state=open": "Mine", "assigned=nobody&amp;state=open": "With nobody", "state=identity-wanted": "Waiting for proof of identity", "state=ended": "Answered",
	} {
		chosen := `<li><a href="/desk/requests?` + query + `" aria-current="true">` + label + `</a>`
		w := b.Get("/desk/requests?" + strings.ReplaceAll(query, "&amp;", "&") + "&cursor=0")
		portaltest.Wants(t, w, 200, chosen, `<details class="fold">`)
		if got := strings.ReplaceAll(s.API.Asked.Encode(), "cursor=0&", ""); got != strings.ReplaceAll(query, "&amp;", "&") || strings.Count(w.Body.String(), `aria-current="true"`) != 1 {
			t.Errorf("%s: asked for %s", label, got)
		}
	}
	portaltest.Wants(t, b.Get("/desk/requests?due_before=soon&type=erasure"), 422, `href="#due_before"`, `<details class="fold" open>`, `value="soon" aria-invalid="true"`, `value="erasure" selected`, "Enter a date")
	portaltest.Wants(t, b.Get("/desk/requests?state=&type=erasure&due_before=2026-12-01&cursor=200"), 200, `value="erasure" selected`, `value="2026-12-01"`,
		`href="/desk/requests?cursor=200&amp;due_before=2026-12-01&amp;type=erasure&amp;state="`)
	if got := s.API.Asked.Encode(); got != "cursor=200&due_before=2026-12-01&type=erasure" {
		t.Errorf("asked for %s", got)
	}
}

// aLife is a request that was received and asked about.
func aLife() map[string]any {
	return map[string]any{
		"request": map[string]any{"id": "r1", "type": "erasure", "rule": "gdpr", "state": "received", "received": portaltest.Now, "due": "2026-12-23", "details": "All of it.", "source": "GDPR Art. 12(3)",
			"scope": map[string]any{"purposes": []string{"account-alerts"}, "data": []string{"balances"}}},
		"history": []map[string]any{
			{"seq": 4, "at": portaltest.Now, "recorded_at": portaltest.Now.Add(2 * time.Hour), "event": "request-received", "by": "agent", "party": "Consent Bridge", "protocol": "opendsr", "state": "received", "due": "2026-12-23"},
			{"seq": 5, "at": portaltest.Now, "recorded_at": portaltest.Now, "event": "request-extended", "by": "agent", "state": "extended", "due": "2027-02-23", "reason": "complexity", "case": "C-1", "note": "Three systems."},
		},
		"choices": []map[string]any{
			{"act": "acknowledge", "becomes": "acknowledged"},
			{"act": "deny", "becomes": "denied", "reasons": []string{"excessive", "legal-obligation"}},
			{"act": "extend", "becomes": "extended", "due": "2027-02-23", "reasons": []string{"complexity"}},
			{"act": "set-due", "becomes": "in-progress", "dates": map[string]string{"from": "2026-11-23", "until": "2027-02-23"}},
			{"act": "give-clarification", "becomes": "in-progress", "dates": map[string]string{"from": "2026-11-20", "until": "2026-11-23"}},
		},
	}
}

// TestDeskHistory: each step has the mark of its receipt.
func TestDeskHistory(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	for state, mark := range map[statement.RequestState]string{"received": "ask", "extended": "ask", "denied": "end", "withdrawn": "end", "expired": "end", "completed": "done"} {
		s.API.Life["history"] = []map[string]any{{"seq": 4, "at": portaltest.Now, "recorded_at": portaltest.Now, "event": statement.RequestEvent(state), "by": "agent", "state": state}}
		portaltest.Wants(t, s.AtDesk("auditor").Get(portaltest.PersonPath+"/requests/r1"), 200, `<li><span class="mark `+mark+` small"`)
	}
}

// TestDeskDeadline: what a request needs next, and how near or how far that is, to the day: first
// that its receipt is confirmed, as in the list. While the clock stands still nothing is counted.
func TestDeskDeadline(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	request := s.API.Life["request"].(map[string]any)
	b := s.AtDesk("auditor")
	for _, c := range []struct{ state, due, want string }{
		{"received", "2026-11-21", `<span class="tag bad">2 days late</span>`},
		{"received", "2026-11-22", `<span class="tag bad">1 day late</span>`},
		{"received", "2026-11-23", `<span class="tag warn">today</span>`},
		{"received", "2026-11-24", `<span class="tag warn">in 1 day</span>`},
		{"received", "2026-11-30", `<span class="tag warn">in 7 days</span>`},
		{"received", "2026-12-01", `Due 1 December 2026, in 8 days</p>`},
		{"identity-wanted", "2026-12-01", `by 1 December 2026, in 8 days</p>`},
	} {
		request["state"], request["due"] = c.state, c.due
		portaltest.Wants(t, b.Get(portaltest.PersonPath+"/requests/r1"), 200, c.want)
	}
	request["state"], request["due"], request["confirm"], request["next"] = "received", "2026-12-23", "2026-11-25", "2026-11-25"
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"/requests/r1"), 200, `Confirm it by 25 November 2026 <span class="tag warn">in 2 days</span></p>`)
	request["pauses"], request["confirmed"], request["next"] = []map[string]string{{"from": "2026-11-23", "why": "clarification"}}, "2026-11-23", "2026-12-23"
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"/requests/r1"), 200, `Due 23 December 2026</p>`)
}

func TestDeskRequest(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(path), 200, "Delete the data", "All of it.", "GDPR, Art. 12(3)", "Answer me in Parley Messenger", "Checking-account balances",
		"23 November 2026 at 15:00 (Madrid)</small> <small class=\"sentence\">&#34;Consent Bridge&#34;, by OpenDSR · recorded 23 November 2026 at 17:00 (Madrid)", "23 November 2026 at 15:00 (Madrid)</small> <small class=\"sentence\">staff · case C-1", "The date was put off", "the request is complex", "Three systems.", "case C-1", "Due 23 February 2027",
		"Acknowledge the request", "Then: extended, due 23 February 2027", "Ends the request: denied", "A date from 23 November 2026 to 23 February 2027 can be set", `id="date-set-due" name="date-set-due" value="" min="2026-11-23" max="2027-02-23"`,
		"Enter the day, from 20 November 2026 to 23 November 2026", `id="date-give-clarification"`, `<option value="legal-obligation">a law obliges to keep or use the data</option>`)
	w := s.AtDesk("auditor").Get(path)
	portaltest.Wants(t, w, 200, "All of it.", "You may read here, but you may not act.")
	if strings.Contains(w.Body.String(), `name="act"`) {
		t.Error("an auditor is shown what they may not do")
	}
}

func TestDeskStep(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	key := keyField.FindStringSubmatch(b.Get(path).Body.String())[1]
	form := func(pairs ...string) url.Values {
		f := url.Values{"key": {key}, "csrf": {portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1]}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for field, f := range map[string]url.Values{
		`href="#act"`:          form("case", "C-1"),
		`href="#case"`:         form("act", "acknowledge"),
		`href="#reason-deny"`:  form("act", "deny", "case", "C-1", "reason-deny", ""),
		`href="#note"`:         form("act", "acknowledge", "case", "C-1", "note", strings.Repeat("x", 501)),
		`href="#date-set-due"`: form("act", "set-due", "case", "C-1", "date-set-due", "", "note", "why"),
		`href="#note">Write why the date is set by hand`: form("act", "set-due", "case", "C-1", "date-set-due", "2027-01-01"),
	} {
		portaltest.Wants(t, b.Send("POST", path, f), 422, field, key, "<title>Error: ")
	}
	if len(s.API.Sent) > 0 {
		t.Fatalf("the API was sent %v", s.API.Sent)
	}
	s.API.Problem, s.API.Status = "request-state", 409
	w := b.Send("POST", path, form("act", "acknowledge", "case", "C-1"))
	portaltest.Wants(t, w, 409, "The request has moved on meanwhile", "The date was put off", `name="act"`)
	if again := keyField.FindStringSubmatch(w.Body.String())[1]; again == key {
		t.Error("another form has the key of the one that was refused")
	}
	s.API.Problem, s.API.Status = "invalid-body", 400
	portaltest.Wants(t, b.Send("POST", path, form("act", "set-due", "case", "C-1", "date-set-due", "2027-02-24", "note", "why")), 422,
		`href="#date-set-due">Enter a date that is allowed`, `name="date-set-due" value="2027-02-24"`, "why</textarea>", key)
	s.API.Problem = ""
	for body, sent := range map[string]url.Values{
		`{"act":"set-due","due":"2027-01-01","note":"why"}`:    form("act", "set-due", "case", "C-1", "date-set-due", "2027-01-01", "date-give-clarification", "2026-11-21", "note", "why"),
		`{"act":"give-clarification","received":"2026-11-21"}`: form("act", "give-clarification", "case", "C-1", "date-give-clarification", "2026-11-21"),
		`{"act":"give-clarification"}`:                         form("act", "give-clarification", "case", "C-1", "date-give-clarification", ""),
	} {
		if w := b.Send("POST", path, sent); w.Code != 303 || s.API.Last().Body != body {
			t.Errorf("%d, sent %s, want %s", w.Code, s.API.Last().Body, body)
		}
	}
	w = b.Send("POST", path, form("act", "deny", "reason-deny", "excessive", "reason-extend", "complexity", "case", " C-1 ", "note", "Sorry.", "go", "record"))
	sent := s.API.Last()
	if to := w.Header().Get("Location"); w.Code != 303 || to != portaltest.PersonPath+"/receipts/7?new=1" {
		t.Errorf("%d to %s", w.Code, to)
	}
	if sent.Path != "/v1/operator/people/"+portaltest.Somebody+"/data-requests/r1/steps" || sent.Body != `{"act":"deny","note":"Sorry.","reason":"excessive"}` ||
		sent.Header.Get("Case-Reference") != "C-1" || sent.Header.Get("Idempotency-Key") != key {
		t.Errorf("sent %+v", sent)
	}
	portaltest.Wants(t, b.Send("POST", path, url.Values{"act": {"deny"}}), 403, "The form was not accepted")
}

var keyField = regexp.MustCompile(`name="key" value="([^"]+)"`)

// TestDeskStepTooLate: a colleague was faster. Whatever else is wrong with the form, the page says
// this and shows the state of the request.
func TestDeskStepTooLate(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	s.API.Life["request"].(map[string]any)["state"] = "denied"
	s.API.Life["choices"] = []any{}
	s.API.Problem, s.API.Status = "request-state", 409
	for name, form := range map[string]url.Values{
		"whole": {"act": {"acknowledge"}, "case": {"C-1"}}, "without a reason": {"act": {"deny"}, "reason-deny": {""}, "case": {"C-1"}},
	} {
		form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1])
		w := b.Send("POST", path, form)
		portaltest.Wants(t, w, 409, "The request was answered meanwhile", "Denied", "The date was put off")
		if body := w.Body.String(); strings.Contains(body, `name="act"`) || strings.Contains(body, "Choose a reason") {
			t.Errorf("%s: the form is still there", name)
		}
	}
}

// TestDeskAppeal: the staff sees what an appeal is about.
func TestDeskAppeal(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	s.API.Life["request"].(map[string]any)["about"] = "r0"
	portaltest.Wants(t, s.AtDesk("auditor").Get(portaltest.PersonPath+"/requests/r1"), 200, "Delete the data, asked on 23 November 2026")
}

// TestDeskAsk enters a request that came by letter.
func TestDeskAsk(t *testing.T) {
	s := portaltest.New(t)
	path := portaltest.PersonPath + "/ask"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(portaltest.PersonPath), 200, `href="`+path+`"`)
	portaltest.Wants(t, b.Get(path), 200, "Every consent that the request is about ends", `min="2025-11-23" max="2026-11-23"`, "Checking-account balances")
	for field, form := range map[string]url.Values{
		`href="#type"`: {"case": {"C-1"}}, `href="#case"`: {"type": {"access"}}, `href="#scope"`: {"type": {"access-specific"}, "case": {"C-1"}},
		`href="#received"`: {"type": {"access"}, "case": {"C-1"}, "received": {"2026-11-24"}},
		`href="#customer"`: {"type": {"access"}, "case": {"C-1"}, "customer": {"customer-0001 "}},
		`href="#received">Enter a date from 23 November 2025 to`: {"type": {"access"}, "case": {"C-1"}, "received": {"2025-11-22"}},
	} {
		form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1])
		portaltest.Wants(t, b.Send("POST", path, form), 422, field)
	}
	for body, form := range map[string]url.Values{
		`{"type":"access","received":"2026-11-20"}`:     {"type": {"access"}, "case": {"C-1"}, "received": {"2026-11-20"}},
		`{"type":"erasure","customer":"customer-0001"}`: {"type": {"erasure"}, "case": {"C-1"}, "customer": {"customer-0001"}},
		`{"type":"objection","scope":{"purposes":["card-offers"],"data":["balances"]},"details":"By letter."}`: {
			"type": {"objection"}, "case": {"C-1"}, "purpose": {"card-offers"}, "data": {"balances"}, "details": {"By letter."}},
	} {
		status, to := b.PostAtDesk(path, form)
		if sent := s.API.Last(); status != 303 || to != portaltest.PersonPath+"/receipts/7?new=1" || sent.Path != "/v1/operator/people/"+portaltest.Somebody+"/data-requests" ||
			sent.Body != body || sent.Header.Get("Case-Reference") != "C-1" {
			t.Errorf("%d to %s, sent %+v", status, to, sent)
		}
	}
	s.API.Status, s.API.Problem = 400, "invalid-body"
	others := url.Values{"type": {"access"}, "case": {"C-1"}, "customer": {"customer-0002"}, "csrf": {portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1]}}
	portaltest.Wants(t, b.Send("POST", path, others), 422, `href="#customer">This is not the number of this person`)
	portaltest.Wants(t, s.AtDesk("auditor").Get(path), 403)
}
