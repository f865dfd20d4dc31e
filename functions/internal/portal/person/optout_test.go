package person_test

import (
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/shared/consent"
)

// TestOptOutIsShown: the first page and a new receipt say since when an opt-out of sale and
// sharing is in force, and a browser's privacy signal is one.
func TestOptOutIsShown(t *testing.T) {
	const inForce = "Your opt-out of sale and sharing is in force since 23 November 2026."
	s := portaltest.New(t)
	b := s.SignedIn()
	for _, path := range []string{"/", "/receipts/1?new=1"} {
		if w := b.Get(path); strings.Contains(w.Body.String(), "opt-out of sale") {
			t.Errorf("%s says so before anybody opted out", path)
		}
	}
	if len(s.API.Sent) > 0 {
		t.Fatalf("without a signal the API was sent %v", s.API.Sent)
	}
	b.Headers["Sec-GPC"] = "1"
	portaltest.Wants(t, b.Get("/"), 200, inForce+" It honours the privacy signal that your browser sends")
	if sent := s.API.Last(); sent.Path != "/v1/signals" || sent.Header.Get("Idempotency-Key") == "" {
		t.Errorf("sent %+v", sent)
	}
	portaltest.Wants(t, b.Get("/"), 200, inForce)
	if len(s.API.Sent) != 1 {
		t.Errorf("the signal was sent %d times", len(s.API.Sent))
	}
	delete(b.Headers, "Sec-GPC")
	portaltest.Wants(t, b.Get("/"), 200, inForce+"</p>")
	portaltest.Wants(t, b.Get("/receipts/1?new=1"), 200, "Done. Keep your receipt. "+inForce)

	s = portaltest.New(t)
	s.API.Decide(consent.RequestData{Type: "opt-out-of-sale"})
	portaltest.Wants(t, s.SignedIn().Get("/"), 200, inForce+"</p>")
	portaltest.Wants(t, s.AtDesk("auditor").Get(portaltest.PersonPath), 200, "Their opt-out of sale and sharing is in force since 23 November 2026.")
}

// TestSignalWithoutEffect: a signal that concerns nothing is passed on to nobody.
func TestSignalWithoutEffect(t *testing.T) {
	s := portaltest.New(t)
	s.API.Offers("sample-general-hospital.yaml")
	b := s.SignedIn()
	b.Headers["Sec-GPC"] = "1"
	w := b.Get("/")
	portaltest.Wants(t, w, 200)
	if len(s.API.Sent) > 0 || strings.Contains(w.Body.String(), "opt-out of sale") {
		t.Errorf("the API was sent %v", s.API.Sent)
	}
}

// TestSignalNotHonoured: the first page, which leads to withdrawing, is there even if the signal
// cannot be passed on. It does not say that the signal is honoured.
func TestSignalNotHonoured(t *testing.T) {
	s := portaltest.New(t)
	s.API.Problem, s.API.Status = "busy", 503
	b := s.SignedIn()
	b.Headers["Sec-GPC"] = "1"
	w := b.Get("/")
	portaltest.Wants(t, w, 200, "What you allow today")
	if strings.Contains(w.Body.String(), "honours the privacy signal") {
		t.Error("it says that the signal is honoured")
	}
}
