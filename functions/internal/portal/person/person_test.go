package person_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
)

var offerField = regexp.MustCompile(`name="offer" value="([^"]+)"`)

func TestAnsweringAnOffer(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	page := b.Get("/offer").Body.String()
	if strings.Contains(page, " checked") {
		t.Fatal("something is ticked that the person has not ticked")
	}
	if n := strings.Count(page, `value="yes"`); n != 3 || strings.Count(page, `value="no"`) != n {
		t.Errorf("%d questions", n)
	}
	offer := offerField.FindStringSubmatch(page)[1]
	w := b.Post("/offer", url.Values{"offer": {offer}})
	portaltest.Wants(t, w, 422, "Answer at least one question", `href="#item-0"`, offer)
	w = b.Post("/offer", url.Values{
		"offer": {offer}, "data-0": {"card-transactions"}, "answer-1": {"yes"}, "until-1": {"2031-01-01"}, "answer-2": {"no"},
	})
	portaltest.Wants(t, w, 422, "neither yes nor no", "the date must be from 23 November 2026 to 23 May 2027", offer,
		`value="card-transactions" checked`, `name="answer-2" value="no" checked`, `value="2031-01-01"`)
	if len(s.API.Sent) > 0 {
		t.Fatalf("the API was sent %v", s.API.Sent)
	}

	b.Headers["Sec-GPC"] = "1"
	w = b.Post("/offer", url.Values{"offer": {offer}, "answer-0": {"yes"}, "until-0": {"2027-01-31"}, "answer-1": {"no"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/7?new=1" {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	got := s.API.Last()
	want := `{"choices":[{"purpose":"account-alerts","recipient":"parley","answer":"yes","data":["balances"],"until":"2027-01-31"},` +
		`{"purpose":"card-offers","recipient":"parley","answer":"no"}],"offer":"` + offer + `"}`
	if got.Path != "/v1/opt-in" || got.Body != want || got.Header.Get("Sec-GPC") != "1" || got.Header.Get("Authorization") != "Bearer the-token" {
		t.Errorf("sent %s %v\nwant %s", got.Body, got.Header, want)
	}
	b.Post("/offer", url.Values{"offer": {offer}, "answer-0": {"yes"}, "data-0": {"card-transactions", "forged"}})
	if got := s.API.Last().Body; !strings.Contains(got, `"data":["balances","card-transactions"]`) {
		t.Errorf("sent %s", got)
	}
}

func TestOfferThatCannotBeAnswered(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	offer := offerField.FindStringSubmatch(b.Get("/offer").Body.String())[1]
	answers := url.Values{"offer": {offer}, "answer-0": {"yes"}}
	for slug, text := range map[string]string{"offer-stale": "Something changed in the meantime", "offer-expired": "open for too long"} {
		s.API.Problem, s.API.Status = slug, 409
		w := b.Post("/offer", answers)
		portaltest.Wants(t, w, 409, text, `name="offer" value="`)
		if strings.Contains(w.Body.String(), " checked") {
			t.Error("the fresh offer has answers")
		}
	}
	portaltest.Wants(t, b.Post("/offer", url.Values{"offer": {"x"}}), 422, "The page could not be read")
	s.API.Problem, s.API.Status = "cap-reached", 422
	b.Get("/?language=es")
	portaltest.Wants(t, b.Post("/offer", answers), 422, "Se ha alcanzado un límite", "urn:request:1", `<html lang="es">`)
	s.API.Problem = "brand-new"
	portaltest.Wants(t, b.Post("/offer", answers), 422, "<h1>T</h1>", `<p class="lead" lang="en">D</p>`)
}

func TestWaysOut(t *testing.T) {
	s := portaltest.New(t)
	s.API.Decide(consent.OptIn{Offer: s.API.Offer(), Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"},
	}})
	s.API.Decide(consent.RequestData{Type: "access"})
	id := s.API.Standing.Line("account-alerts", "parley").ConsentID
	b := s.SignedIn()
	portaltest.Wants(t, b.Get("/"), 200, "Answer me in Parley Messenger", "Checking-account balances", "/consents/"+id+"/narrow",
		"What you do not allow", "See my data",
		"An answer is due by 23 December 2026", "General Data Protection Regulation", "/offer?purpose=account-alerts", "/receipts/2", "/receipts/bundle")
	portaltest.Wants(t, b.Get("/consents/"+id+"/withdraw"), 200, "deleted within 30 days", "Withdraw the consent")
	portaltest.Wants(t, b.Get("/withdraw-all"), 200, "Withdraw everything")
	portaltest.Wants(t, b.Get("/consents/"+id+"/narrow"), 200, `value="balances" checked`, `max="2027-11-23"`)
	portaltest.Wants(t, b.Get("/consents/unknown/narrow"), 404, "not in force")

	narrow := "/consents/" + id + "/narrow"
	all := []string{"balances", "card-transactions"}
	portaltest.Wants(t, b.Post(narrow, url.Values{"data": all, "key": {"k"}}), 422, "Untick something", `value="k"`)
	portaltest.Wants(t, b.Post(narrow, url.Values{"data": all, "until": {"2020-01-01"}}), 422, "the date must be", `href="#until"`)
	for _, c := range []struct {
		target       string
		form         url.Values
		method, path string
		body         string
	}{
		{narrow, url.Values{"data": {"balances"}}, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","data":["balances"]}]}`},
		{narrow, url.Values{"data": all, "until": {"2027-01-31"}}, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","until":"2027-01-31"}]}`},
		{narrow, url.Values{}, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","data":[]}]}`},
		{"/withdraw", url.Values{"consent": {id}, "reason": {strings.Repeat("é", 501)}}, "POST", "/v1/opt-out", `{"consents":["` + id + `"],"reason":"` + strings.Repeat("é", 500) + `"}`},
		{"/withdraw-all", url.Values{}, "POST", "/v1/opt-out", `{"all":true}`},
		{"/requests", url.Values{"type": {"erasure"}, "details": {"all\r\nof it"}}, "POST", "/v1/data-requests", `{"type":"erasure","details":"all\nof it"}`},
		{"/requests/" + s.API.Standing.Requests[0].ID, url.Values{}, "DELETE", "/v1/data-requests/" + s.API.Standing.Requests[0].ID, ""},
	} {
		c.form.Set("key", "once")
		if w := b.Post(c.target, c.form); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d: %s", c.target, w.Code, w.Body)
		}
		got := s.API.Last()
		if got.Method != c.method || got.Path != c.path || got.Body != c.body {
			t.Errorf("%s sent %s %s %s, want %s", c.target, got.Method, got.Path, got.Body, c.body)
		}
		if key := got.Header.Get("Idempotency-Key"); c.method == "POST" && key != "once" {
			t.Errorf("%s: the form's key did not come along: %q", c.target, key)
		}
	}
	portaltest.Wants(t, b.Post("/requests", url.Values{"details": {"<b>"}}), 422, "Choose what you ask for", "&lt;b&gt;")
	portaltest.Wants(t, b.Post("/requests", url.Values{"type": {"access"}, "details": {strings.Repeat("x", 501)}}), 422, "over 500 characters", `value="access" checked`)
}

func TestHeadersAndLanguage(t *testing.T) {
	s := portaltest.New(t)
	b := s.Browser()
	b.Headers["Accept-Language"] = "es-MX,es;q=0.9"
	w := b.Get("/")
	portaltest.Wants(t, w, 200, `<html lang="es">`, "Iniciar sesión", "/login?language=es")
	for name, want := range map[string]string{
		"Content-Security-Policy": shell.ContentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Referrer-Policy": "same-origin",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	b = s.SignedIn()
	portaltest.Wants(t, b.Get("/offer?purpose=card-offers&language=es"), 200, `<html lang="es">`, "Lo que se le pide", "purpose=card-offers")
	portaltest.Wants(t, b.Get("/"), 200, `<html lang="es">`) // the browser keeps it
	b.Post("/logout", url.Values{})
	portaltest.Wants(t, b.Get("/"), 200, `<html lang="es">`)
	portaltest.Wants(t, b.Get("/?language=xx"), 200, `<html lang="es">`)
	b = s.SignedIn()
	portaltest.Wants(t, b.Get(shell.StylePath), 200, "--ink")
	for _, page := range []string{"/", "/offer", "/requests", "/withdraw-all", "/receipts", "/receipts/1", "/receipts/1/part", "/looked"} {
		for _, forbidden := range []string{"<script", " style=", "ZgotmplZ", "the-token", "http://", `onclick`} {
			if strings.Contains(b.Get(page).Body.String(), forbidden) {
				t.Errorf("%s: %q on the page", page, forbidden)
			}
		}
		if body := b.Get(page).Body.String(); strings.Count(body, `method="post"`) != strings.Count(body, `name="csrf"`) {
			t.Errorf("%s: a form without a CSRF token", page)
		}
	}
}
