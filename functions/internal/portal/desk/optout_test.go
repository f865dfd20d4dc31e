package desk_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/shared/consent"
)

func TestDeskAnnul(t *testing.T) {
	s := portaltest.New(t)
	s.API.Standing.Seq = 9
	path := portaltest.PersonPath + "/receipts/1/annul"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"/receipts/1"), 200, `href="`+path+`"`)
	if strings.Contains(b.Get(portaltest.PersonPath+"/receipts/4").Body.String(), "/annul") {
		t.Error("a receipt about a data request is offered to be annulled")
	}
	page := b.Get(path)
	portaltest.Wants(t, page, 200, "Annul receipt 1", "Answer me in Parley Messenger", "Nothing is given back")
	digest := regexp.MustCompile(`name="digest" value="(sha256:[0-9a-f]{64})"`).FindStringSubmatch(page.Body.String())[1]
	for _, form := range []url.Values{{"reason": {" "}, "case": {"C-1"}}, {"reason": {"Wrong form."}}, {"reason": {strings.Repeat("x", 501)}, "case": {"C-1"}}} {
		if status, _ := b.PostAtDesk(path, form); status != 422 || len(s.API.Sent) > 0 {
			t.Errorf("%v: %d", form, status)
		}
	}
	status, to := b.PostAtDesk(path, url.Values{"digest": {digest}, "reason": {"Wrong form."}, "case": {"C-1"}})
	if sent := s.API.Last(); status != 303 || to != portaltest.PersonPath+"/receipts/7?new=1" || sent.Path != "/v1/operator/people/"+portaltest.Somebody+"/annulments" ||
		sent.Body != `{"seq":1,"digest":"`+digest+`","reason":"Wrong form."}` || sent.Header.Get("Case-Reference") != "C-1" {
		t.Errorf("%d to %s, sent %+v", status, to, sent)
	}
	s.API.Status, s.API.Problem = 422, "idempotency-mismatch"
	again := url.Values{"digest": {digest}, "reason": {"Wrong customer."}, "case": {"C-2"}, "csrf": {portaltest.CSRFField.FindStringSubmatch(page.Body.String())[1]}}
	portaltest.Wants(t, b.Send("POST", path, again), 422, "This receipt was annulled before")
	s.API.Problem = ""
	reader := s.AtDesk("auditor")
	portaltest.Wants(t, reader.Get(path), 403)
	if status, _ := reader.PostAtDesk(path, url.Values{"reason": {"x"}, "case": {"C-1"}}); status != 403 || strings.Contains(reader.Get(portaltest.PersonPath+"/receipts/1").Body.String(), "/annul") {
		t.Errorf("an auditor annuls: %d", status)
	}
}

func TestDeskOptOut(t *testing.T) {
	s := portaltest.New(t)
	s.API.Decide(consent.OptIn{Offer: s.API.Offer(), Choices: []consent.Choice{{Purpose: "account-alerts", Answer: "yes"}}})
	id := s.API.Standing.Line("account-alerts", "parley").ConsentID
	path := portaltest.PersonPath + "/opt-out"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(portaltest.PersonPath), 200, `href="`+path+`"`)
	portaltest.Wants(t, b.Get(path), 200, "Answer me in Parley Messenger", "Case reference")
	for _, c := range []struct {
		form   url.Values
		status int
		body   string
	}{
		{url.Values{"case": {"C-1"}}, 422, ""},
		{url.Values{"all": {"1"}}, 422, ""},
		{url.Values{"consent": {id}, "case": {"C-1"}, "reason": {"Called."}}, 303, `{"consents":["` + id + `"],"reason":"Called."}`},
		{url.Values{"all": {"1"}, "consent": {id}, "case": {"C-1"}}, 303, `{"all":true}`},
		{url.Values{"all": {"1"}, "case": {"C-1"}, "reason": {"\x1b[2J\r\n" + strings.Repeat("x", 600)}}, 303, `{"all":true,"reason":"[2J\n` + strings.Repeat("x", consent.MaxText-4) + `"}`},
	} {
		status, to := b.PostAtDesk(path, c.form)
		if status != c.status {
			t.Errorf("%v: %d", c.form, status)
		}
		if c.body == "" {
			if len(s.API.Sent) > 0 {
				t.Errorf("%v: sent %v", c.form, s.API.Sent)
			}
			continue
		}
		if sent := s.API.Last(); sent.Body != c.body || sent.Header.Get("Case-Reference") != "C-1" || to != portaltest.PersonPath+"/receipts/7?new=1" {
			t.Errorf("%v: sent %+v, to %s", c.form, sent, to)
		}
	}
	s.API.Decide(consent.RequestData{Type: "restriction"})
	portaltest.Wants(t, b.Get(path), 200, `value="`+id+`"`, " · paused")
	reader := s.AtDesk("auditor")
	portaltest.Wants(t, reader.Get(path), 403, "Your role does not allow it")
	if strings.Contains(reader.Get(portaltest.PersonPath).Body.String(), "/opt-out") {
		t.Error("an auditor is shown the way")
	}
	n := len(s.API.Sent)
	for _, to := range []string{path, portaltest.PersonPath + "/requests/r1"} {
		if status, _ := reader.PostAtDesk(to, url.Values{"all": {"1"}, "case": {"C-1"}, "act": {"deny"}}); status != 403 {
			t.Errorf("an auditor posts to %s: %d", to, status)
		}
	}
	if len(s.API.Sent) != n {
		t.Error("what an auditor did was sent on")
	}
}
