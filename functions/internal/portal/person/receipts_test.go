package person_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/portaltest"
)

func TestReceipts(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	portaltest.Wants(t, b.Get("/receipts"), 200, `<a href="/receipts" aria-current="page">`)
	portaltest.Wants(t, b.Get("/receipts/1?new=1"), 200, "Keep your receipt", "<strong>Yes</strong>: <bdi>Answer me in Parley Messenger", "<strong>No</strong>: <bdi>Offers",
		"Checking-account balances", "?format=html", "/receipts/1/part")
	portaltest.Wants(t, b.Get("/receipts/2"), 200, `<a href="/receipts" aria-current="true">`, "<strong>Less</strong>: <bdi>Answer me in Parley Messenger", "Card transactions")
	portaltest.Wants(t, b.Get("/receipts/4"), 200, "Delete my data", "23 December 2026", "GDPR, Art. 12(3)")
	w := b.Get("/receipts/3/print")
	portaltest.Wants(t, w, 200, "printed")
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") {
		t.Errorf("the policy of the printed page is %q", csp)
	}
	w = b.Get("/receipts/9999/print")
	portaltest.Wants(t, w, 404, "This page does not exist")
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'self'") {
		t.Errorf("the policy of an error in its place is %q", csp)
	}
	portaltest.Wants(t, b.Get("/receipts/3/download"), 200, s.API.Receipt(3))
	page := b.Get("/receipts/3").Body.String()
	if strings.Contains(page, "copy.") {
		t.Error("a form has no words")
	}
	formats := regexp.MustCompile(`/receipts/3/download\?format=([a-z-]+)"`).FindAllStringSubmatch(page, -1)
	if len(formats) != 4 {
		t.Errorf("the page offers %d forms beside the PDF, want 4", len(formats))
	}
	for _, m := range append(formats, []string{"", "pdf"}) {
		w := b.Get("/receipts/3/download?format=" + m[1])
		if got := w.Header().Get("Content-Disposition"); w.Code != 200 || got != `attachment; filename="first-example-bank-receipt-3.`+m[1]+`"` {
			t.Errorf("%s: %d, %s", m[1], w.Code, got)
		}
	}
	portaltest.Wants(t, b.Get("/receipts/3/download?format=xml"), 404)
	portaltest.Wants(t, b.Get("/receipts/x"), 404)
	portaltest.Wants(t, b.Get("/receipts/bundle"), 200, "zip from 1")
	s.API.Bundles = 2
	asked := s.API.BundlesAsked
	portaltest.Wants(t, b.Get("/receipts/bundle"), 200, "several parts", `href="/receipts/bundle?cursor=1">Part 1, from receipt 1`, `href="/receipts/bundle?from=40&amp;part=2"`)
	if n := s.API.BundlesAsked - asked; n != 1 {
		t.Errorf("the page has the API make %d parts, want 1", n)
	}
	page = b.Get("/receipts/bundle?from=40&part=2").Body.String()
	if !strings.Contains(page, `href="/receipts/bundle?cursor=40">Part 2, from receipt 40`) || strings.Contains(page, "next part") {
		t.Errorf("the page of the last part: %s", page)
	}
	w = b.Get("/receipts/bundle?cursor=40")
	portaltest.Wants(t, w, 200, "zip from 40")
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="bundle-from-40.zip"` {
		t.Errorf("the bundle is called %s", got)
	}
	portaltest.Wants(t, b.Get("/nowhere"), 404, "This page does not exist")
}

func TestTimeline(t *testing.T) {
	s := portaltest.New(t)
	s.API.Standing.Seq = 9
	b := s.SignedIn()
	w := b.Get("/receipts")
	portaltest.Wants(t, w, 200, `id="r-9"`, `id="r-5"`, `href="/receipts?from=4"`, "Added: “Checking-account balances”", "Delete my data")
	if body := w.Body.String(); strings.Contains(body, `id="r-4"`) || strings.Index(body, `id="r-9"`) > strings.Index(body, `id="r-8"`) {
		t.Error("not the newest ones, newest first")
	}
	w = b.Get("/receipts?from=4")
	portaltest.Wants(t, w, 200, `id="r-4"`, `id="r-1"`, "Newest receipts", "<strong>Less</strong>", "Removed: “Card transactions”", "An answer is due by 23 December 2026")
	if strings.Contains(w.Body.String(), "Older receipts") {
		t.Error("there is something before the first")
	}
}

var linkField = regexp.MustCompile(`(?s)<textarea id="link"[^>]*>([^<]*)</textarea>`)

func TestShowingPart(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	page := b.Get("/receipts/1/part")
	portaltest.Wants(t, page, 200, `value="changes[0]" checked`, `value="changes[1]" checked`, `value="records[0]"> Answer me in Parley Messenger`,
		"Yes: Answer me in Parley Messenger (Parley Messenger)", "You were signed in", "a code that stands for you")
	if n := strings.Count(page.Body.String(), " checked"); n != 2 {
		t.Errorf("%d parts are shown by default, want the 2 changes", n)
	}
	portaltest.Wants(t, b.Get("/receipts/4/part"), 200, `value="request[0]" checked`)
	for n := range uint64(9) { // every kind of part has a name
		if w := b.Get(fmt.Sprintf("/receipts/%d/part", n+1)); w.Code != 200 {
			t.Errorf("receipt %d: %d", n+1, w.Code)
		}
	}
	portaltest.Wants(t, b.Post("/receipts/1/part", url.Values{}), 422, "Tick at least one part", `href="#parts"`)
	portaltest.Wants(t, b.Post("/receipts/1/part", url.Values{"part": {"changes[7]"}}), 400)

	w := b.Post("/receipts/1/part", url.Values{"part": {"changes[1]"}, "as": {"link"}})
	portaltest.Wants(t, w, 200, "What changed: No: Offers from Parley that fit how I pay", "What changed: 1 hidden", "The state after this receipt: 2 hidden")
	_, shown, found := strings.Cut(linkField.FindStringSubmatch(w.Body.String())[1], portaltest.Base+"/verify#r=")
	rec, err := cards.Parse(shown)
	if err != nil || !found {
		t.Fatal(err)
	}
	if rec.Changes[0].Value != nil || rec.Changes[1].Value == nil || rec.Withheld()["standing"] != 2 {
		t.Errorf("withheld: %v", rec.Withheld())
	}
	w = b.Post("/receipts/1/part", url.Values{"part": {"changes[1]"}, "as": {"file"}})
	if got := w.Header().Get("Content-Disposition"); w.Body.String() != shown || got != `attachment; filename="consent-first-example-bank-example-2026-11-23-no-receipt-1-part.sd-jwt"` {
		t.Errorf("the file is another: %s", got)
	}
	if len(s.API.Sent) > 0 {
		t.Errorf("the API was sent %v", s.API.Sent)
	}
}
