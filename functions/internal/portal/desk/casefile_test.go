package desk_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/portaltest"
)

// TestDeskSearch: the number of a request leads to it, whole or as pages show it, and any other
// leads nowhere and suggests nothing.
func TestDeskSearch(t *testing.T) {
	const id = "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f"
	s := portaltest.New(t)
	b := s.AtDesk("auditor")
	request := map[string]any{"person": portaltest.Somebody, "id": id, "type": "access", "rule": "gdpr", "state": "received", "received": portaltest.Now}
	s.API.Requests = []map[string]any{request}
	for _, number := range []string{id, " 5D2C1F0E "} {
		w := b.Get("/desk/requests?number=" + url.QueryEscape(number))
		if to := w.Header().Get("Location"); w.Code != 303 || to != portaltest.PersonPath+"/requests/"+id || s.API.Asked.Encode() != "number="+strings.TrimSpace(number) {
			t.Errorf("%s: %d to %s, asked for %v", number, w.Code, to, s.API.Asked)
		}
	}
	s.API.Requests = append(s.API.Requests, request)
	portaltest.Wants(t, b.Get("/desk/requests?number=5d2c1f0e"), 200, "2 requests", `value="5d2c1f0e"`)
	s.API.Requests = nil
	for _, number := range []string{"5d2c1f0f", "5d2c", "", "customer-0001", id + "0"} {
		s.API.Asked = nil
		w := b.Get("/desk/requests?number=" + number)
		portaltest.Wants(t, w, 422, `href="#number"`, "No request has this number.", `aria-invalid="true"`)
		if strings.Contains(w.Body.String(), "/requests/5d") || (s.API.Asked != nil) != (number == "5d2c1f0f") {
			t.Errorf("%s suggests something, or was asked for: %v", number, s.API.Asked)
		}
	}
}

// fields are those of a form that a page has, with what somebody filled in.
func fields(b *portaltest.Browser, page string, more url.Values) url.Values {
	body := b.Get(page).Body.String()
	more.Set("csrf", portaltest.CSRFField.FindStringSubmatch(body)[1])
	more.Set("key", keyField.FindStringSubmatch(body)[1])
	return more
}

// TestDeskMany: what is done to many requests is sent for each of them, with a key of its own
// that is the same when the form is sent again; the page says of each what became of it.
func TestDeskMany(t *testing.T) {
	s := portaltest.New(t)
	s.API.Requests = []map[string]any{{"person": portaltest.Somebody, "id": "r1", "type": "access", "rule": "gdpr", "state": "received", "received": portaltest.Now}}
	b := s.AtDesk("operator")
	picks := func(n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("%s/r%d/%d", portaltest.Somebody, i+1, i))
		}
		return all
	}
	const list = "/desk/requests?assigned=nobody&state=open"
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"do": {"acknowledge"}, "case": {"C-1"}}, "Choose at least one request."},
		{url.Values{"do": {"delete"}, "case": {"C-1"}, "pick": picks(1)}, "Choose at least one request."},
		{url.Values{"do": {"take"}, "case": {"C-1"}, "pick": {"r1"}}, "Choose at least one request."},
		{url.Values{"do": {"take"}, "case": {"C-1"}, "pick": picks(51)}, "Choose at most 50 requests."},
		{url.Values{"do": {"take"}, "case": {"a b"}, "pick": picks(1)}, "Enter a case reference"},
	} {
		portaltest.Wants(t, b.Send("POST", list, fields(b, list, c.form)), 422, c.want, `class="queue" id="queue"`)
	}
	if len(s.API.Sent) > 0 {
		t.Fatalf("the API was sent %v", s.API.Sent)
	}
	form := fields(b, list, url.Values{"do": {"take"}, "case": {"C-1"}, "pick": picks(2)})
	portaltest.Wants(t, b.Send("POST", list, form), 200, "You work on it now.", `href="`+portaltest.PersonPath+`/requests/r2"`, `href="/desk/requests?assigned=nobody&amp;state=open"`)
	if len(s.API.Sent) != 2 {
		t.Fatalf("sent %+v", s.API.Sent)
	}
	for i, body := range []string{`{"with":"me","name":"Alex Rivera","seen":0}`, `{"with":"me","name":"Alex Rivera","seen":1}`} {
		sent := s.API.Sent[i]
		want := fmt.Sprintf("/v1/operator/people/%s/data-requests/r%d/case/assignments", portaltest.Somebody, i+1)
		if sent.Path != want || sent.Body != body || sent.Header.Get("Case-Reference") != "C-1" || sent.Header.Get("Idempotency-Key") != fmt.Sprintf("%s.r%d", form.Get("key"), i+1) {
			t.Errorf("sent %+v", sent)
		}
	}
	form.Set("do", "acknowledge")
	portaltest.Wants(t, b.Send("POST", list, form), 200, "Acknowledged. The person has a receipt.")
	if sent := s.API.Last(); !strings.HasSuffix(sent.Path, "/r2/steps") || sent.Body != `{"act":"acknowledge"}` {
		t.Errorf("sent %+v", sent)
	}
	for status, want := range map[int]string{409: "Not acknowledged: the request has moved on meanwhile.", 503: "It is not known whether this was recorded.", 404: "Nothing was recorded."} {
		s.API.Problem, s.API.Status = "busy", status
		w := b.Send("POST", list, form)
		portaltest.Wants(t, w, 200, want)
		if again := strings.Contains(w.Body.String(), `name="pick"`); again != (status == 503) {
			t.Errorf("%d can be sent again: %v", status, again)
		}
	}
	s.API.Problem = ""
	if w := s.AtDesk("auditor").Get(list); strings.Contains(w.Body.String(), `name="pick"`) {
		t.Error("an auditor is shown what they may not do")
	}
}

// TestDeskCase: the page of a request shows who works on it and what colleagues noted, and adds
// to both.
func TestDeskCase(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	kim := portaltest.Somebody
	s.API.Work = []map[string]any{
		{"seq": 1, "at": portaltest.Now, "staff": kim, "role": "operator", "did": "assign", "with": kim, "name": "Kim"},
		{"seq": 2, "at": portaltest.Now, "staff": kim, "role": "operator", "did": "note", "text": "The archive answers\non the 15th."},
		{"seq": 3, "at": portaltest.Now, "staff": portaltest.Clerk, "role": "operator", "did": "draft", "text": "Your copy is complete."},
	}
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(path), 200, "<bdi>Kim (3q2-7w)</bdi>", "<p dir=\"auto\">The archive answers</p>", "draft of the answer · <bdi>me</bdi>", `<option value="`+portaltest.Clerk+`">me</option>`, `<option value="nobody">nobody</option>`, `name="seen" value="1"`)
	w := b.Send("POST", path+"/assign", fields(b, path, url.Values{"with": {portaltest.Clerk}, "seen": {"1"}, "case": {"r1"}}))
	if sent := s.API.Last(); w.Code != 303 || w.Header().Get("Location") != path+"#work" || !strings.HasSuffix(sent.Path, "/data-requests/r1/case/assignments") ||
		sent.Body != `{"with":"`+portaltest.Clerk+`","name":"Alex Rivera","seen":1}` || sent.Header.Get("Case-Reference") != "r1" {
		t.Errorf("%d, sent %+v", w.Code, sent)
	}
	w = b.Send("POST", path+"/note", fields(b, path, url.Values{"work-note": {" Mine.\r\n"}, "case": {"r1"}}))
	if sent := s.API.Last(); w.Code != 303 || !strings.HasSuffix(sent.Path, "/case/notes") || sent.Body != `{"text":"Mine."}` {
		t.Errorf("%d, sent %+v", w.Code, sent)
	}
	before := len(s.API.Sent)
	portaltest.Wants(t, b.Send("POST", path+"/note", fields(b, path, url.Values{"work-note": {" "}, "case": {"r1"}})), 422, `href="#work-note">Write the note.`)
	portaltest.Wants(t, b.Send("POST", path+"/note", fields(b, path, url.Values{"work-note": {strings.Repeat("x", 501)}, "case": {"r1"}})), 422, `href="#work-note"`, "xxx</textarea>")
	portaltest.Wants(t, b.Send("POST", path+"/assign", fields(b, path, url.Values{"with": {"nobody"}, "seen": {"all"}, "case": {"r1"}})), 400)
	if len(s.API.Sent) != before {
		t.Errorf("sent %+v", s.API.Last())
	}
	form := fields(b, path, url.Values{"with": {portaltest.Clerk}, "seen": {"0"}, "case": {"r1"}})
	s.API.Problem, s.API.Status = "case-moved", 409
	portaltest.Wants(t, b.Send("POST", path+"/assign", form), 409, "A colleague was faster", "<bdi>Kim (3q2-7w)</bdi>")
	s.API.Problem = ""
	auditor := s.AtDesk("auditor")
	w = auditor.Get(path)
	portaltest.Wants(t, w, 200, "The archive answers")
	if strings.Contains(w.Body.String(), `name="work-note"`) || strings.Contains(w.Body.String(), `name="with"`) {
		t.Error("an auditor is shown what they may not do")
	}
	form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(auditor.Get(desk.Path).Body.String())[1])
	portaltest.Wants(t, auditor.Send("POST", path+"/note", form), 403)
}
