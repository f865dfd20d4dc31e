package portal

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
)

func TestDeskAnnul(t *testing.T) {
	s := newSite(t)
	s.api.standing.Seq = 9
	path := personPath + "/receipts/1/annul"
	b := s.atDesk("operator")
	wants(t, b.get(personPath+"/receipts/1"), 200, `href="`+path+`"`)
	if strings.Contains(b.get(personPath+"/receipts/4").Body.String(), "/annul") {
		t.Error("a receipt about a data request is offered to be annulled")
	}
	page := b.get(path)
	wants(t, page, 200, "Annul receipt 1", "Answer me in Parley Messenger", "Nothing is given back")
	digest := regexp.MustCompile(`name="digest" value="(sha256:[0-9a-f]{64})"`).FindStringSubmatch(page.Body.String())[1]
	for _, form := range []url.Values{{"reason": {" "}, "case": {"C-1"}}, {"reason": {"Wrong form."}}, {"reason": {strings.Repeat("x", 501)}, "case": {"C-1"}}} {
		if status, _ := b.postAtDesk(path, form); status != 422 || len(s.api.sent) > 0 {
			t.Errorf("%v: %d", form, status)
		}
	}
	status, to := b.postAtDesk(path, url.Values{"digest": {digest}, "reason": {"Wrong form."}, "case": {"C-1"}})
	if sent := s.api.last(); status != 303 || to != personPath+"/receipts/7?new=1" || sent.path != "/v1/operator/people/"+somebody+"/annulments" ||
		sent.body != `{"seq":1,"digest":"`+digest+`","reason":"Wrong form."}` || sent.header.Get("Case-Reference") != "C-1" {
		t.Errorf("%d to %s, sent %+v", status, to, sent)
	}
	s.api.status, s.api.problem = 422, "idempotency-mismatch"
	again := url.Values{"digest": {digest}, "reason": {"Wrong customer."}, "case": {"C-2"}, "csrf": {csrfField.FindStringSubmatch(page.Body.String())[1]}}
	wants(t, b.send("POST", path, again), 422, "This receipt was annulled before")
	s.api.problem = ""
	reader := s.atDesk("auditor")
	wants(t, reader.get(path), 403)
	if status, _ := reader.postAtDesk(path, url.Values{"reason": {"x"}, "case": {"C-1"}}); status != 403 || strings.Contains(reader.get(personPath+"/receipts/1").Body.String(), "/annul") {
		t.Errorf("an auditor annuls: %d", status)
	}
}

func TestDeskOptOut(t *testing.T) {
	s := newSite(t)
	s.api.decide(consent.OptIn{Offer: s.api.offer(), Choices: []consent.Choice{{Purpose: "account-alerts", Answer: "yes"}}})
	id := s.api.standing.Line("account-alerts", "parley").ConsentID
	path := personPath + "/opt-out"
	b := s.atDesk("operator")
	wants(t, b.get(personPath), 200, `href="`+path+`"`)
	wants(t, b.get(path), 200, "Answer me in Parley Messenger", "Case reference")
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
		status, to := b.postAtDesk(path, c.form)
		if status != c.status {
			t.Errorf("%v: %d", c.form, status)
		}
		if c.body == "" {
			if len(s.api.sent) > 0 {
				t.Errorf("%v: sent %v", c.form, s.api.sent)
			}
			continue
		}
		if sent := s.api.last(); sent.body != c.body || sent.header.Get("Case-Reference") != "C-1" || to != personPath+"/receipts/7?new=1" {
			t.Errorf("%v: sent %+v, to %s", c.form, sent, to)
		}
	}
	s.api.decide(consent.RequestData{Type: "restriction"})
	wants(t, b.get(path), 200, `value="`+id+`"`, " · paused")
	reader := s.atDesk("auditor")
	wants(t, reader.get(path), 403, "Your role does not allow it")
	if strings.Contains(reader.get(personPath).Body.String(), "/opt-out") {
		t.Error("an auditor is shown the way")
	}
	n := len(s.api.sent)
	for _, to := range []string{path, personPath + "/requests/r1"} {
		if status, _ := reader.postAtDesk(to, url.Values{"all": {"1"}, "case": {"C-1"}, "act": {"deny"}}); status != 403 {
			t.Errorf("an auditor posts to %s: %d", to, status)
		}
	}
	if len(s.api.sent) != n {
		t.Error("what an auditor did was sent on")
	}
}
