package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

// TestLadder: each error is found and answered as the published schema says. The answer to an
// error that is our fault tells nothing of the inside.
func TestLadder(t *testing.T) {
	for _, rung := range append(ladder, internal) {
		wrapped := fmt.Errorf("table 7 of %w", rung.Err)
		if got := Find(wrapped); got != rung {
			t.Errorf("%v is found as %+v", rung.Err, got)
		}
		p := Of(wrapped, "https://bank.example", "r-1")
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := contracts.CheckJSON("problem/1", b); err != nil {
			t.Errorf("%s: %v", b, err)
		}
		if p.Status >= 500 && (p.Detail != "" || strings.Contains(string(b), "table 7")) {
			t.Errorf("%s tells of the inside", b)
		}
	}
}

// TestDetail: the caller reads the detail that the code gave for the caller. Other errors are
// told only if they are refusals or say that something does not exist.
func TestDetail(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		detail string
	}{
		"said for the caller":        {fmt.Errorf("inside: %w", gateway.Errorf(gateway.ErrInvalidBody, "member %q", "x")), 400, `member "x"`},
		"a refusal":                  {fmt.Errorf("%w: all of it", consent.ErrNotOffered), 422, consent.ErrNotOffered.Error() + ": all of it"},
		"what there is not":          {fmt.Errorf("%w: receipt", registrar.ErrNotFound), 404, registrar.ErrNotFound.Error() + ": receipt"},
		"a fault that wraps":         {fmt.Errorf("%w: %w", registrar.ErrCorrupt, consent.ErrNotFound), 503, ""},
		"a fault with a detail":      {gateway.Errorf(registrar.ErrCorrupt, "key 7"), 503, ""},
		"the counter's, not its":     {fmt.Errorf("%w: %w", counter.ErrTooMany, consent.ErrCap), 400, ""},
		"the time is over":           {fmt.Errorf("secret: %w", context.DeadlineExceeded), 503, ""},
		"no key to sign with":        {fmt.Errorf("offer: %w", receipt.ErrNoLeaf), 503, ""},
		"an error that nobody knows": {errors.New("disk on fire"), 500, ""},
	} {
		p := Of(c.err, "https://bank.example", "")
		if p.Status != c.status || c.detail != "" && p.Detail != c.detail || p.Status >= 500 && p.Detail != "" || p.Instance != "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestHeader: a challenge that the handler set is kept.
func TestHeader(t *testing.T) {
	w := httptest.NewRecorder()
	Header(w.Header(), 401)
	first := w.Header().Get("WWW-Authenticate")
	w.Header().Set("WWW-Authenticate", "Bearer more")
	Header(w.Header(), 401)
	Header(w.Header(), 503)
	if first == "" || w.Header().Get("WWW-Authenticate") != "Bearer more" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%q then %v", first, w.Header())
	}
}
