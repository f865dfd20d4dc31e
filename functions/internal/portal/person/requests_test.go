package person_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// TestAnswerGrows: a request for data shows the bundle at once, and what other systems have
// added. Only an https address is a link.
func TestAnswerGrows(t *testing.T) {
	s := portaltest.New(t)
	s.API.Decide(consent.RequestData{Type: "access"})
	s.API.Standing.Requests[0].Parts = 2
	s.API.Added = []statement.Part{
		{Name: "payments.csv", Where: "https://bank.example/d/7", Digest: "sha256:0a0a"},
		{Name: "letters.pdf", Where: "javascript:alert(1)", Digest: "sha256:0b0b"},
	}
	page := s.SignedIn().Get("/requests")
	portaltest.Wants(t, page, 200, `href="/receipts/bundle"`, `<a href="https://bank.example/d/7" rel="noreferrer">payments.csv</a>`, `letters.pdf: <blockquote><p dir="auto">javascript:alert(1)</p>`, "sha256:0a0a")
	if strings.Contains(page.Body.String(), `href="javascript`) {
		t.Error("a part's place is a link that it should not be")
	}
}

// TestAnsweredRequests: the page still lists answered requests, from their receipts, with the
// answer. It says no due date for them.
func TestAnsweredRequests(t *testing.T) {
	s := portaltest.New(t)
	s.API.Skip, s.API.Standing.Seq = 9, 9 // from an access request to its answer in part, then a restriction that is denied
	b := s.SignedIn()
	page := b.Get("/requests")
	portaltest.Wants(t, page, 200, `id="answered">Answered<`, "Carried out in part", "it would harm the rights of others", `href="/receipts/bundle"`, "/manifest",
		"Denied", "the request is manifestly unfounded", "You can complain to", "By which law", `class="mark end"`)
	if body := page.Body.String(); strings.Contains(body, "answered by") || strings.Contains(body, "Take the request back") || strings.Contains(body, "/appeal") || strings.Contains(body, `id="open"`) {
		t.Error("something is due of what has ended, or offered that is refused")
	}
	w := b.Get("/requests/r1/manifest")
	portaltest.Wants(t, w, 200, "e30.e30.c2ln")
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="answer-manifest.jws"` {
		t.Errorf("handed over as %s", got)
	}
	s.API.Earlier = []statement.Request{stated(t, s, 7)}
	portaltest.Wants(t, b.Get("/receipts/1"), 200, "You asked to see certain data of yours", "What became of it", "carried out in part", `href="/receipts/bundle"`, "/manifest")
	portaltest.Wants(t, b.Get("/receipts/9"), 200, "Your request was denied", "By: staff of First Example Bank", "the request is manifestly unfounded", "https://www.authority.example", "Reference")
}

// stated is the data request that a receipt states.
func stated(t *testing.T, s *portaltest.Site, n uint64) (r statement.Request) {
	t.Helper()
	rec, err := cards.Parse(s.API.Receipt(n))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(rec.Request[0].Value, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatMayBeTakenBack(t *testing.T) {
	s := portaltest.New(t)
	s.API.Decide(consent.RequestData{Type: "access"})
	s.API.Decide(consent.RequestData{Type: "erasure"})
	s.API.Standing.Seq = 0 // none of the vectors
	s.API.Standing.Requests[1].State = statement.ToBeErased
	b := s.SignedIn()
	page := b.Get("/requests")
	portaltest.Wants(t, page, 200, "To be deleted by", "To be answered by", "Take the request back")
	if n := strings.Count(page.Body.String(), ">Take the request back<"); n != 1 {
		t.Errorf("%d can be taken back, want the one that is not granted", n)
	}
	portaltest.Wants(t, b.Get("/"), 200, "Your data are to be deleted by 23 December 2026", "granted, to be deleted, asked on 23 November 2026 · ")
	s.API.Problem, s.API.Status = "request-state", 409
	portaltest.Wants(t, b.Post("/requests/r2", url.Values{}), 409, "The request does not allow this now")
}

func TestAppeal(t *testing.T) {
	s := portaltest.New(t)
	s.API.UnderVirginiasLaw()
	s.API.Decide(consent.RequestData{Type: "access"})
	s.API.Standing.Seq = 0 // none of the vectors
	denied := &s.API.Standing.Requests[0]
	b := s.SignedIn()
	path := "/requests/" + denied.ID + "/appeal"
	portaltest.Wants(t, b.Get(path), 404, "There is nothing to appeal against")
	denied.State, denied.Next = statement.Denied, "2026-12-24"
	portaltest.Wants(t, b.Get("/requests"), 200, `href="`+path+`"`, "You can appeal until", "24 December 2026")
	portaltest.Wants(t, b.Get("/"), 200, "You can appeal until 24 December 2026", "denied, asked on 23 November 2026")
	portaltest.Wants(t, b.Get(path), 200, "See my data, asked on 23 November 2026 · denied")
	portaltest.Wants(t, b.Post(path, url.Values{"details": {strings.Repeat("x", 501)}}), 422, `href="#details"`)
	w := b.Post(path, url.Values{"details": {"I did show who I am."}, "key": {"once"}})
	if sent := s.API.Last(); w.Code != 303 || sent.Body != `{"type":"appeal","about":"`+denied.ID+`","details":"I did show who I am."}` || sent.Header.Get("Idempotency-Key") != "once" {
		t.Errorf("%d, sent %+v", w.Code, sent)
	}
	s.API.Earlier = []statement.Request{*denied}
	s.API.Earlier[0].State = statement.Denied
	s.API.Standing.Seq = 3 // so that ids differ
	s.API.Decide(consent.RequestData{Type: "appeal", About: denied.ID})
	s.API.Standing.Seq = 0
	portaltest.Wants(t, b.Get("/requests"), 200, "Appeal against an answer", `>See my data, asked on 23 November 2026</dd>`)
	denied.Next = "2026-11-22"
	if strings.Contains(b.Get("/").Body.String(), "22 November") {
		t.Error("an appeal that is too late is offered")
	}
}

// TestAskingAboutSome: a request may be about some purposes or data only.
func TestAskingAboutSome(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	portaltest.Wants(t, b.Get("/requests"), 200, "Every consent that the request is about ends", "is paused", "only the data that you name", `name="purpose" value="card-offers"`, `name="data" value="balances"`)
	some := url.Values{"purpose": {"card-offers"}, "data": {"balances"}}
	portaltest.Wants(t, b.Post("/requests", url.Values{"type": {"access-specific"}}), 422, `href="#scope"`)
	for kind, want := range map[string]string{
		"access-specific": `{"type":"access-specific","scope":{"purposes":["card-offers"],"data":["balances"]}}`,
		"objection":       `{"type":"objection","scope":{"purposes":["card-offers"],"data":["balances"]}}`,
		"opt-out-of-sale": `{"type":"opt-out-of-sale"}`,
	} {
		some.Set("type", kind)
		if w := b.Post("/requests", some); w.Code != 303 || s.API.Last().Body != want {
			t.Errorf("%s: %d, sent %s", kind, w.Code, s.API.Last().Body)
		}
	}
}

// allow gives a consent.
func allow(s *portaltest.Site) {
	s.API.Decide(consent.OptIn{Offer: s.API.Offer(), Choices: []consent.Choice{{Purpose: "account-alerts", Answer: "yes"}}})
}

// TestLateAndGoingOn: the person reads that an answer is late and whose fault that is, and that
// what they allow goes on while an erasure is open, with the way to stop it now.
func TestLateAndGoingOn(t *testing.T) {
	s := portaltest.New(t)
	allow(s)
	s.API.Decide(consent.RequestData{Type: "erasure"})
	s.API.Standing.Seq = 0 // none of the vectors
	b := s.SignedIn()
	for _, page := range []string{"/", "/requests"} {
		w := b.Get(page)
		portaltest.Wants(t, w, 200, "What you allow goes on until we have answered.", `href="/withdraw-all"`)
		if strings.Contains(w.Body.String(), "our fault") {
			t.Errorf("%s: an answer is late before its date", page)
		}
	}
	lines := s.API.Standing.Lines
	s.API.Standing.Lines = nil
	for _, page := range []string{"/", "/requests"} {
		if strings.Contains(b.Get(page).Body.String(), "goes on until") {
			t.Errorf("%s: what nobody allows goes on", page)
		}
	}
	s.API.Standing.Lines = lines
	s.API.Standing.Requests[0].Due, s.API.Standing.Requests[0].Next = "2026-11-22", "2026-11-22"
	for _, page := range []string{"/", "/requests"} {
		portaltest.Wants(t, b.Get(page), 200, "We are late, and that is our fault.", "1 202 555 0111", `class="mark bad"`)
	}
}

// TestOldReceipt: the page of a receipt says what held when it was signed. What became of the
// request since stands apart, and only what is possible today is offered.
func TestOldReceipt(t *testing.T) {
	s := portaltest.New(t)
	s.API.Skip = 3 // receipt 1 asks for erasure
	r := stated(t, s, 1)
	then := []string{"You asked us to delete your data", "An answer is due by"}
	b := s.SignedIn()
	s.API.Standing.Requests = []statement.Request{r}
	allow(s)
	portaltest.Wants(t, b.Get("/receipts/1"), 200, append(then, "What became of it", "What you allow goes on until we have answered.")...)
	s.API.Standing.Requests[0].State, s.API.Standing.Requests[0].Next = statement.Overdue, "2026-11-20"
	portaltest.Wants(t, b.Get("/receipts/1"), 200, append(then, "We are late, and that is our fault.")...)
	s.API.Standing.Requests = nil
	r.State, r.Next = statement.Denied, "2026-12-24"
	s.API.Earlier = []statement.Request{r}
	w := b.Get("/receipts/1")
	portaltest.Wants(t, w, 200, append(then, "What became of it", "denied. You can appeal until 24 December 2026")...)
	for _, past := range []string{"goes on until we have answered", "We are late", "/appeal"} {
		if strings.Contains(w.Body.String(), past) {
			t.Errorf("a request that was answered, and no longer stands: %q", past)
		}
	}
}

// TestManyAnswers: answers of one kind are told apart by their date.
func TestManyAnswers(t *testing.T) {
	s := portaltest.New(t)
	s.API.UnderVirginiasLaw()
	for i := range 3 {
		r := statement.Request{
			Kind: "request", ID: fmt.Sprintf("r-%d", i), Type: statement.Access, State: statement.Denied, Rule: "us-va",
			Received: portaltest.Now.AddDate(0, 0, -i), Next: "2026-12-24",
		}
		s.API.Standing.Requests = append(s.API.Standing.Requests, r)
	}
	for _, day := range []string{"23", "22", "21"} {
		portaltest.Wants(t, s.SignedIn().Get("/requests"), 200, `See my data<span class="unseen">, asked on `+day+" November 2026</span></h3>", day+" November 2026 at")
	}
}

// TestAnswersLeave: an answer leaves the page when it was visible for 90 days. Its receipt stays.
func TestAnswersLeave(t *testing.T) {
	s := portaltest.New(t)
	s.API.Skip, s.API.Standing.Seq = 9, 9 // see TestAnsweredRequests
	for days, visible := range map[int]bool{89: true, 91: false} {
		s.Issuer.Later = time.Duration(days) * 24 * time.Hour
		b := s.SignedIn()
		if got := strings.Contains(b.Get("/requests").Body.String(), "Carried out in part"); got != visible {
			t.Errorf("after %d days: %v", days, got)
		}
	}
}

// TestRequestsOfMany: the page reads a fixed number of receipts, and leads to requests among older
// ones. There, what is open is not said again: a later receipt may have answered it.
func TestRequestsOfMany(t *testing.T) {
	s := portaltest.New(t)
	s.API.Skip, s.API.Standing.Seq = 9, 27 // see TestAnsweredRequests, three times
	b := s.SignedIn()
	portaltest.Wants(t, b.Get("/requests"), 200, `id="answered"`, `href="/requests?from=17"`)
	page := b.Get("/requests?from=17")
	portaltest.Wants(t, page, 200, "Carried out in part", `href="/requests">Newest requests`)
	if body := page.Body.String(); strings.Contains(body, `id="open"`) || strings.Contains(body, "Take the request back") {
		t.Error("an older page says what is open")
	}
}
