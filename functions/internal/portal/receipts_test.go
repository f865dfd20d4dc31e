package portal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

func TestReceipts(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	wants(t, b.get("/receipts/1?new=1"), 200, "This is your receipt", "Yes: Answer me in Parley Messenger", "No: Offers",
		"Checking-account balances", "?format=html", "/receipts/1/part")
	wants(t, b.get("/receipts/2"), 200, "Narrowed: Answer me in Parley Messenger", "Card transactions")
	wants(t, b.get("/receipts/4"), 200, "Delete my data", "23 December 2026", "General Data Protection Regulation (GDPR), Art. 12(3)")
	w := b.get("/receipts/3/print")
	wants(t, w, 200, "printed")
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") {
		t.Errorf("the policy of the printed page is %q", csp)
	}
	w = b.get("/receipts/9999/print")
	wants(t, w, 404, "This page does not exist")
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'self'") {
		t.Errorf("the policy of an error in its place is %q", csp)
	}
	wants(t, b.get("/receipts/3/download"), 200, s.api.receipt(3))
	for _, c := range copies {
		w := b.get("/receipts/3/download?format=" + c.Format)
		if got := w.Header().Get("Content-Disposition"); w.Code != 200 || got != `attachment; filename="first-example-bank-receipt-3.`+c.Format+`"` {
			t.Errorf("%s: %d, %s", c.Format, w.Code, got)
		}
		if !texts.In("en").Has("copy." + c.Format) {
			t.Errorf("no words for %s", c.Format)
		}
	}
	wants(t, b.get("/receipts/3/download?format=xml"), 404)
	wants(t, b.get("/receipts/x"), 404)
	wants(t, b.get("/receipts/bundle"), 200, "zip from 1")
	s.api.bundles = 2
	wants(t, b.get("/receipts/bundle"), 200, "2 parts", "/receipts/bundle?cursor=40")
	w = b.get("/receipts/bundle?cursor=40")
	wants(t, w, 200, "zip from 40")
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="bundle-from-40.zip"` {
		t.Errorf("the bundle is called %s", got)
	}
	wants(t, b.get("/nowhere"), 404, "This page does not exist")
}

// TestTell: what no vector has, a late no and one that a signal said.
func TestTell(t *testing.T) {
	s := newSite(t)
	rec, err := readReceipt(s.api.receipt(3))
	if err != nil {
		t.Fatal(err)
	}
	rec.Event.Late = true
	rec.Event.Corrects = &statement.Correction{Seq: 3, Why: "Wrong form."}
	rec.Changes, err = receipt.Disclosed(statement.Change{Purpose: "card-offers", Recipient: "parley", From: "given", To: "withdrawn", Cause: "gpc"},
		statement.Change{ConsentID: "unknown", From: "none", To: "none"})
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{Portal: &Portal{documents: new(documents), Config: Config{BaseURL: base, API: &http.Client{Transport: s.api}, Now: func() time.Time { return now }}}, r: httptest.NewRequest("GET", base, nil), words: texts.In("en")}
	got, err := v.tell(rec, false)
	if err != nil || !strings.HasPrefix(got.Late, "It reached us late") || !got.Changes[0].GPC || got.Changes[0].Verb != "Withdrawn" ||
		got.Changes[1].Purpose != "unknown" || got.Corrects != 3 || !slices.Equal(got.Why, []string{"Wrong form."}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTimeline(t *testing.T) {
	s := newSite(t)
	s.api.standing.Seq = 9
	b := s.signedIn()
	w := b.get("/receipts")
	wants(t, w, 200, `id="r-9"`, `id="r-5"`, `href="/receipts?from=4"`, "Added: Checking-account balances", "Delete my data")
	if body := w.Body.String(); strings.Contains(body, `id="r-4"`) || strings.Index(body, `id="r-9"`) > strings.Index(body, `id="r-8"`) {
		t.Error("not the newest ones, newest first")
	}
	w = b.get("/receipts?from=4")
	wants(t, w, 200, `id="r-4"`, `id="r-1"`, "Newest receipts", "Narrowed", "Removed: Card transactions", "An answer is due by 23 December 2026")
	if strings.Contains(w.Body.String(), "Older receipts") {
		t.Error("there is something before the first")
	}
}

var linkField = regexp.MustCompile(`(?s)<textarea id="link"[^>]*>([^<]*)</textarea>`)

func TestShowingPart(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	page := b.get("/receipts/1/part")
	wants(t, page, 200, `value="changes[0]" checked`, `value="changes[1]" checked`, `value="records[0]"> Answer me in Parley Messenger`,
		"Yes: Answer me in Parley Messenger (Parley Messenger)", "You were signed in", "your pseudonym")
	if n := strings.Count(page.Body.String(), " checked"); n != 2 {
		t.Errorf("%d parts are shown by default, want the 2 changes", n)
	}
	wants(t, b.get("/receipts/4/part"), 200, `value="request[0]" checked`)
	for n := range uint64(9) { // every kind of part has a name
		if w := b.get(fmt.Sprintf("/receipts/%d/part", n+1)); w.Code != 200 {
			t.Errorf("receipt %d: %d", n+1, w.Code)
		}
	}
	wants(t, b.post("/receipts/1/part", url.Values{}), 422, "Tick at least one part", `href="#parts"`)
	wants(t, b.post("/receipts/1/part", url.Values{"part": {"changes[7]"}}), 400)

	w := b.post("/receipts/1/part", url.Values{"part": {"changes[1]"}, "as": {"link"}})
	wants(t, w, 200, "What changed: No: Offers from Parley that fit how I pay", "What changed: 1 hidden", "What stood after it: 2 hidden")
	_, shown, found := strings.Cut(linkField.FindStringSubmatch(w.Body.String())[1], base+VerifyPath+"#r=")
	rec, err := readReceipt(shown)
	if err != nil || !found {
		t.Fatal(err)
	}
	if rec.Changes[0].Value != nil || rec.Changes[1].Value == nil || rec.Withheld()["standing"] != 2 {
		t.Errorf("withheld: %v", rec.Withheld())
	}
	w = b.post("/receipts/1/part", url.Values{"part": {"changes[1]"}, "as": {"file"}})
	if got := w.Header().Get("Content-Disposition"); w.Body.String() != shown || got != `attachment; filename="consent-first-example-bank-example-2026-11-23-no-receipt-1-part.sd-jwt"` {
		t.Errorf("the file is another: %s", got)
	}
	if len(s.api.sent) > 0 {
		t.Errorf("the API was sent %v", s.api.sent)
	}
}
