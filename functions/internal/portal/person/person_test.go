package person_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/banktest"
	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// filled is what a page's form sends if the person changes nothing: its hidden fields, and what
// is chosen already.
func filled(page string) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"|<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)" checked`).FindAllStringSubmatch(page[strings.Index(page, "<main"):], -1) {
		form.Add(m[1]+m[3], html.UnescapeString(m[2]+m[4]))
	}
	return form
}

// with sends a page's form with these fields set.
func with(b *portaltest.Browser, w *httptest.ResponseRecorder, fields ...string) *httptest.ResponseRecorder {
	form := filled(w.Body.String())
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.Post("/offer", form)
}

// TestAnsweringAnOffer answers three questions: a no with data ticked, which is asked about, a
// no, and a skipped one. It goes back and finds what was answered, ends the yes earlier on the
// overview, and sends.
func TestAnsweringAnOffer(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	first := b.Get("/offer")
	portaltest.Wants(t, first, 200, "Question 1 of 3", "<h1>Answer me in Parley Messenger</h1>", "Parley Messenger gets: “Checking-account balances”", "Read the whole notice",
		"What Parley would get", "12 months, then it ends by itself. Each reading is kept for 90 days.", "Parley Messenger then deletes what it holds within 30 days.")
	if page := first.Body.String(); strings.Contains(page, " checked") || strings.Count(page, `value="yes"`) != 1 || strings.Count(page, `value="no"`) != 1 {
		t.Fatal("something is ticked that the person has not ticked, or there is not one question")
	}
	portaltest.Wants(t, with(b, first, "go", "next"), 422, "answer yes or no, or skip the question", `href="#item-0"`)
	portaltest.Wants(t, with(b, first, "go", "next", "data-0", "card-transactions"), 422, "answered neither yes nor no", `value="card-transactions" checked`)

	asked := with(b, first, "go", "next", "answer-0", "no", "data-0", "card-transactions")
	portaltest.Wants(t, asked, 422, "You said no, and you ticked: “Card transactions”", `name="answer-0" value="no"`, "Parley Messenger gets: “Checking-account balances” and “Card transactions”")
	portaltest.Wants(t, with(b, asked, "go", "next"), 422, "What did you mean?")
	portaltest.Wants(t, with(b, asked, "go", "change-0"), 200, "Question 1 of 3", `name="answer-0" value="no" checked`, `value="card-transactions" checked`)
	second := with(b, asked, "go", "next", "meant", "yes")
	portaltest.Wants(t, second, 200, "Question 2 of 3", `name="answer-0" value="yes"`, `name="data-0" value="card-transactions"`)
	if w := with(b, asked, "go", "next", "meant", "no"); strings.Contains(w.Body.String(), "card-transactions") {
		t.Error("a no carries data")
	}
	portaltest.Wants(t, with(b, second, "go", "back", "answer-1", "no"), 200, "Question 1 of 3", `name="answer-0" value="yes" checked`, `value="card-transactions" checked`, `type="hidden" name="answer-1" value="no"`)

	third := with(b, second, "go", "next", "answer-1", "no")
	portaltest.Wants(t, third, 200, "Question 3 of 3")
	review := with(b, third, "go", "skip", "answer-2", "yes")
	portaltest.Wants(t, review, 200, "Is this what you want to say?", "Yes: Answer me in Parley Messenger", "Parley Messenger gets: “Checking-account balances” and “Card transactions”, until 23 November 2027.",
		"No: Offers from Parley", "Not answered: Improve the bank", "End it earlier", "Please send by 23 November 2026 at 15:30 (Madrid)")
	portaltest.Wants(t, with(b, review, "go", "change-2"), 200, "Question 3 of 3", `name="reviewed"`)
	portaltest.Wants(t, with(b, with(b, review, "go", "change-1"), "go", "next", "answer-1", "yes"), 200, "Is this what you want to say?", "Yes: Offers from Parley")
	for _, way := range []string{"send", "review"} {
		portaltest.Wants(t, with(b, review, "go", way, "until-0", "2031-01-01"), 422, "the date must be from 23 November 2026 to 23 November 2027", `href="#until-0"`, `value="2031-01-01"`)
	}
	portaltest.Wants(t, with(b, review, "go", "review", "until-0", "2027-01-31"), 200, "until 31 January 2027")
	if len(s.API.Sent) > 0 {
		t.Fatalf("the API was sent %v", s.API.Sent)
	}

	b.Headers["Sec-GPC"] = "1"
	w := with(b, review, "go", "send", "until-0", "2027-01-31")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/7?new=1" {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	got := s.API.Last()
	want := `{"choices":[{"purpose":"account-alerts","recipient":"parley","answer":"yes","data":["balances","card-transactions"],"until":"2027-01-31"},` +
		`{"purpose":"card-offers","recipient":"parley","answer":"no"}],"offer":"` + filled(review.Body.String()).Get("offer") + `"}`
	if got.Path != "/v1/opt-in" || got.Body != want || got.Header.Get("Sec-GPC") != "1" || got.Header.Get("Authorization") != "Bearer the-token" {
		t.Errorf("sent %s %v\nwant %s", got.Body, got.Header, want)
	}
}

// TestLanguageOfAnOffer: who changes the language in the middle of an offer keeps their answers,
// as long as the terms are the same.
func TestLanguageOfAnOffer(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	first := b.Get("/offer?purpose=account-alerts&purpose=card-offers")
	portaltest.Wants(t, first, 200, `form="answers" formaction="/offer?language=es&amp;purpose=account-alerts&amp;purpose=card-offers" name="go" value="language" lang="es">Español</button>`)
	inSpanish := func(page *httptest.ResponseRecorder, fields ...string) *httptest.ResponseRecorder {
		form := filled(page.Body.String())
		for i := 0; i+1 < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		form.Set("go", "language")
		return b.Post("/offer?language=es", form)
	}
	portaltest.Wants(t, inSpanish(first, "answer-0", "yes", "data-0", "card-transactions"), 200, `<html lang="es"`, "Pregunta 1 de 3",
		`name="answer-0" value="yes" checked`, `value="card-transactions" checked`)
	second := with(b, first, "go", "next", "answer-0", "yes", "data-0", "card-transactions")
	portaltest.Wants(t, inSpanish(second), 200, "Pregunta 2 de 3", `type="hidden" name="answer-0" value="yes"`, `type="hidden" name="data-0" value="card-transactions"`)
	review := with(b, with(b, second, "go", "next", "answer-1", "no"), "go", "skip")
	review = with(b, review, "go", "review", "until-0", "2027-01-31")
	portaltest.Wants(t, review, 200, `name="until-0" value="2027-01-31"`, `name="go" value="review" tabindex="-1"`)
	portaltest.Wants(t, inSpanish(review, "until-0", "2027-01-31"), 200, "Sí: ", "No: ", `name="until-0" value="2027-01-31"`, `name="reviewed"`)
	if len(s.API.Sent) > 0 {
		t.Errorf("the API was sent %v", s.API.Sent)
	}
	s.API.OnOnePage() // another catalogue
	if w := inSpanish(second); w.Code != 409 || strings.Contains(w.Body.String(), `value="yes" checked`) {
		t.Errorf("answers to other terms went along: %d", w.Code)
	}
}

// TestForgedAnswers: fields that no page of the portal sends reach the API only as far as they
// are answers to the offer.
func TestForgedAnswers(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	first := b.Get("/offer")
	with(b, first, "go", "send", "answer-0", "yes", "data-0", "forged", "answer-1", "maybe", "answer-9", "yes", "at", "-7")
	if got := s.API.Last().Body; !strings.Contains(got, `"data":["balances"]`) || strings.Contains(got, "card-offers") {
		t.Errorf("sent %s", got)
	}
	sent := len(s.API.Sent)
	portaltest.Wants(t, with(b, first, "go", "send", "answer-0", "no", "data-0", "card-transactions"), 422, "You said no, and you ticked: “Card transactions”")
	portaltest.Wants(t, with(b, first, "go", "send", "data-0", "card-transactions"), 422, "answered neither yes nor no")
	portaltest.Wants(t, with(b, first, "go", "send"), 422, "You have not answered any question")
	portaltest.Wants(t, with(b, first, "go", "change-99"), 200, "Question 1 of 3")
	portaltest.Wants(t, with(b, first, "go", "back"), 200, "Question 1 of 3")
	if len(s.API.Sent) != sent {
		t.Errorf("the API was sent %v", s.API.Last())
	}
}

// TestAllOnOnePage: a catalogue can have all questions on one page. The answers are shown before
// they are sent all the same.
func TestAllOnOnePage(t *testing.T) {
	s := portaltest.New(t)
	s.API.OnOnePage()
	b := s.SignedIn()
	page := b.Get("/offer")
	if n := strings.Count(page.Body.String(), `value="yes"`); n != 3 {
		t.Errorf("%d questions", n)
	}
	portaltest.Wants(t, with(b, page, "go", "next"), 422, "You have not answered any question")
	asked := with(b, page, "go", "next", "answer-0", "no", "data-0", "card-transactions", "answer-2", "yes")
	portaltest.Wants(t, asked, 422, "You said no, and you ticked: “Card transactions”")
	review := with(b, asked, "go", "next", "meant", "no")
	portaltest.Wants(t, review, 200, "No: Answer me in Parley Messenger", "Yes: Improve the bank", "Not answered: Offers from Parley")
	portaltest.Wants(t, with(b, review, "go", "change-1"), 200, `name="answer-2" value="yes" checked`)
	if w := with(b, review, "go", "send"); w.Code != http.StatusSeeOther {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestOfferThatCannotBeAnswered(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	first := b.Get("/offer")
	for slug, text := range map[string]string{"offer-stale": "Something changed in the meantime", "offer-expired": "open for too long"} {
		s.API.Problem, s.API.Status = slug, 409
		w := with(b, first, "go", "send", "answer-0", "yes")
		portaltest.Wants(t, w, 409, text, `name="offer" value="`)
		if strings.Contains(w.Body.String(), " checked") || strings.Contains(w.Body.String(), `value="yes" `) {
			t.Error("the fresh offer has answers")
		}
	}
	portaltest.Wants(t, b.Post("/offer", url.Values{"offer": {"x"}}), 422, "The page could not be read")
	s.API.Problem, s.API.Status = "cap-reached", 422
	b.Get("/?language=es")
	portaltest.Wants(t, with(b, first, "go", "send", "answer-0", "yes"), 422, "Se ha alcanzado un límite", "urn:request:1", `<html lang="es" dir="ltr">`)
	s.API.Problem = "brand-new"
	portaltest.Wants(t, with(b, first, "go", "send", "answer-0", "yes"), 422, "<h1>T</h1>", `<p class="lead" lang="en">D</p>`)
}

// TestBrand: the pages wear the brand of the catalogue, and what they load may be kept for good.
func TestBrand(t *testing.T) {
	s := portaltest.New(t)
	s.API.Offers("sample-street-shop.yaml")
	b := s.SignedIn()
	w := b.Get("/")
	portaltest.Wants(t, w, 200, "– Sample Street Shop</title>", "What we may send you", `href="https://www.sample-street-shop.example/privacy"`)
	for _, m := range regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		got := b.Get(m[1])
		if got.Code != 200 || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", m[1], got.Code, got.Header())
		}
	}
	portaltest.Wants(t, b.Get(shell.StylePath), 200, "--accent:#6d2b6f")
	if kept := b.Get(shell.StylePath + "?v=old").Header().Get("Cache-Control"); kept != "no-store" {
		t.Errorf("another version may be kept: %s", kept)
	}
	if logo := b.Get(shell.LogoPath); logo.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the logo is %v", logo.Header())
	}
}

// TestNotKnown: after an answer that says nothing definite, the person reads that it is not known
// whether what they sent has arrived, where to look, and can send the very same again. Then no
// refusal says that nothing arrived, unless it was the first try.
func TestNotKnown(t *testing.T) {
	const note = "It is not known yet whether what you sent has arrived."
	s := portaltest.New(t)
	b := s.SignedIn()
	again := func(page *httptest.ResponseRecorder, target string) *httptest.ResponseRecorder {
		t.Helper()
		portaltest.Wants(t, page, 503, note, `href="/receipts"`, "Send the same again", `action="`+target+`"`)
		return b.Post(target, filled(page.Body.String()))
	}
	review := with(b, b.Get("/offer"), "go", "review", "answer-0", "no")
	for _, slug := range []string{"offer-stale", "offer-invalid", "cap-reached"} {
		s.API.Problem, s.API.Status = slug, 422
		if w := with(b, review, "go", "send"); strings.Contains(w.Body.String(), note) {
			t.Errorf("%s: a first try that was refused is said to be unknown", slug)
		}
	}
	for target, form := range map[string]url.Values{
		"/offer": filled(review.Body.String()), "/withdraw-all": {"key": {"k"}}, "/requests": {"type": {"access"}, "key": {"k"}},
	} {
		form.Set("go", "send")
		s.API.Problem, s.API.Status = "busy", 503
		page := b.Post(target, form)
		first := s.API.Last()
		page = again(page, target)
		s.API.Problem, s.API.Status = "cap-reached", 422
		portaltest.Wants(t, again(page, target), 422, note, `href="/receipts"`)
		s.API.Problem = ""
		if w := b.Post(target, filled(page.Body.String())); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if last := s.API.Last(); last.Body != first.Body || last.Header.Get("Idempotency-Key") != first.Header.Get("Idempotency-Key") {
			t.Errorf("sent %+v again as %+v", first, last)
		}
	}
	s.API.Problem, s.API.Status = "busy", 503
	page := b.Post("/offer", url.Values{"offer": filled(review.Body.String())["offer"], "answer-0": {"no"}, "go": {"send"}})
	s.API.Problem, s.API.Status = "offer-invalid", 422
	portaltest.Wants(t, b.Post("/offer", filled(page.Body.String())), 422, "could not be read", note)
}

// TestNothingSent: a form whose page cannot be made was sent on to nobody, and nothing else is said.
func TestNothingSent(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	first := b.Get("/offer")
	s.API.Down = "/v1/offers"
	w := with(b, first, "go", "language", "answer-0", "no")
	if w.Code < 500 || strings.Contains(w.Body.String(), "It is not known yet") || strings.Contains(w.Body.String(), `name="unsure"`) {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

// TestLostLogo: a logo that cannot be read is left out. Every page is there without it.
func TestLostLogo(t *testing.T) {
	s := portaltest.New(t)
	s.API.Offers("sample-street-shop.yaml")
	s.API.Lost = "/v1/logos/"
	b := s.SignedIn()
	for _, page := range []string{"/", "/receipts/1", "/receipts/1/print", "/receipts/1/download", "/receipts/bundle"} {
		w := b.Get(page)
		if w.Code != 200 || strings.Contains(w.Body.String(), shell.LogoPath) {
			t.Errorf("%s: %d, with a logo", page, w.Code)
		}
	}
	portaltest.Wants(t, b.Get("/"), 200, "What we may send you") // the rest of the brand is there
	if w := b.Get(shell.LogoPath); w.Code != 404 {
		t.Errorf("the logo: %d", w.Code)
	}
}

// TestLastDay: a person chooses the end of a consent among the days of the catalogue's time zone.
func TestLastDay(t *testing.T) {
	s := portaltest.New(t)
	s.API.Offers("sample-street-shop.yaml") // in Los Angeles
	s.API.Decide(consent.OptIn{Offer: s.API.Offer(), Choices: []consent.Choice{{Purpose: "price-alerts", Answer: "yes", Until: "2027-01-31"}}})
	line := s.API.Standing.Line("price-alerts", "shop")
	if got := line.Until.Format(time.RFC3339); got != "2027-02-01T08:00:00Z" {
		t.Errorf("until %s", got)
	}
	portaltest.Wants(t, s.SignedIn().Get("/consents/"+line.ConsentID+"/narrow"), 200, `max="2027-01-31"`, "the end of 31 January 2027 (Los Angeles)")
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
		"Not allowed", "See my data",
		"An answer is due by 23 December 2026", "General Data Protection Regulation", "/offer?purpose=account-alerts", "/receipts/2", "/receipts/bundle")
	portaltest.Wants(t, b.Get("/consents/"+id+"/withdraw"), 200, "Parley Messenger then deletes what it holds within 30 days.", "Withdraw the consent")
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

// decided returns what records the commands of a person, one a day, and lets the API have their
// receipts and what stands then.
func decided(t *testing.T, s *portaltest.Site) func(consent.Command) {
	bank, n := banktest.Open(t), 0
	return func(cmd consent.Command) {
		t.Helper()
		n++
		result, err := bank.Do(t.Context(), ledger.Person(portaltest.Somebody), fmt.Sprint(n), cmd, consent.Context{
			Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.API.Issued = append(s.API.Issued, result.Receipt)
		if s.API.Standing, err = bank.Standing(t.Context(), ledger.Person(portaltest.Somebody)); err != nil {
			t.Fatal(err)
		}
		bank.Time = bank.Time.AddDate(0, 0, 1)
	}
}

// TestAfterTheEnd: the first page says what happens with the data of a consent that has ended, and
// until when.
func TestAfterTheEnd(t *testing.T) {
	s := portaltest.New(t)
	do := decided(t, s)
	do(consent.OptIn{Choices: []consent.Choice{
		{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}, {Purpose: "card-offers", Recipient: "parley", Answer: "no"},
	}})
	b := s.SignedIn()
	const deletes = "Parley Messenger deletes the data that it holds and may no longer use, by 24 December 2026"
	portaltest.Wants(t, b.Get("/"), 200, "Your decision: no")
	if page := b.Get("/").Body.String(); strings.Contains(page, deletes) {
		t.Error("something is deleted of what is allowed")
	}
	do(consent.OptOut{Purposes: []string{"account-alerts"}})
	page := b.Get("/")
	portaltest.Wants(t, page, 200, "Your decision: withdrawn", deletes)
	if n := strings.Count(page.Body.String(), deletes); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// TestAfterTheLastEnd: the first page says what the last end of each consent says, and reads no
// receipt for it. An earlier end does not count. A consent that nobody ended, ended by itself.
func TestAfterTheLastEnd(t *testing.T) {
	s := portaltest.New(t)
	do := decided(t, s)
	alerts := consent.Choice{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}
	offers := consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "yes"}
	do(consent.OptIn{Choices: []consent.Choice{alerts, offers}})
	do(consent.OptOut{Purposes: []string{"account-alerts", "card-offers"}})
	do(consent.OptIn{Choices: []consent.Choice{alerts}})
	do(consent.OptOut{Purposes: []string{"account-alerts"}})
	s.API.Down = "/v1/receipts/"
	const deletes = "Parley Messenger deletes the data that it holds and may no longer use, by %d December 2026"
	page := s.SignedIn().Get("/")
	portaltest.Wants(t, page, 200, fmt.Sprintf(deletes, 24), fmt.Sprintf(deletes, 26))
	if body := page.Body.String(); strings.Count(body, fmt.Sprintf(deletes, 24)) != 1 || strings.Count(body, fmt.Sprintf(deletes, 26)) != 1 {
		t.Errorf("the ends are mixed up: %s", body)
	}

	do(consent.OptIn{Choices: []consent.Choice{alerts}})
	given := s.API.Standing.Line("account-alerts", "parley")
	data := given.Data[:1]
	do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: given.ConsentID, Data: &data}}})
	for i := range s.API.Standing.Lines {
		if l := &s.API.Standing.Lines[i]; l.ConsentID == given.ConsentID {
			l.Until = portaltest.Now // it has ended by itself
		}
	}
	page = s.SignedIn().Get("/")
	portaltest.Wants(t, page, 200, "It ended by itself on 23 November 2026", fmt.Sprintf(deletes, 23), fmt.Sprintf(deletes, 24))
	if body := page.Body.String(); strings.Contains(body, "may go on using") || strings.Contains(body, "Your decision: ended") || strings.Count(body, "deletes the data") != 2 {
		t.Errorf("of a consent that ended by itself: %s", body)
	}
	portaltest.Wants(t, s.SignedIn().Get("/offer?purpose=account-alerts"), 200, "It ended by itself on 23 November 2026.")
}

func TestHeadersAndLanguage(t *testing.T) {
	s := portaltest.New(t)
	b := s.Browser()
	b.Headers["Accept-Language"] = "es-MX,es;q=0.9"
	w := b.Get("/")
	portaltest.Wants(t, w, 200, `<html lang="es" dir="ltr">`, "Iniciar sesión", "/login?language=es")
	for name, want := range map[string]string{
		"Content-Security-Policy": shell.ContentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Referrer-Policy": "same-origin",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	b = s.SignedIn()
	portaltest.Wants(t, b.Get("/offer?purpose=card-offers&language=es"), 200, `<html lang="es" dir="ltr">`, "Pregunta 1 de", "purpose=card-offers")
	portaltest.Wants(t, b.Get("/"), 200, `<html lang="es" dir="ltr">`) // the browser keeps it
	b.Post("/logout", url.Values{})
	portaltest.Wants(t, b.Get("/"), 200, `<html lang="es" dir="ltr">`)
	portaltest.Wants(t, b.Get("/?language=xx"), 200, `<html lang="es" dir="ltr">`)
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
