package intake

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// TestSalvage: an opt-out keeps every part that is as it should be.
func TestSalvage(t *testing.T) {
	e, err := parse(`{"type":"consent.opt-out.v1","subject":"c","id":"e1","time":"soon","data":{"narrow":[{"consent_id":"c1","data":[]}],` +
		`"reason":"enough","actor":{"role":"attorney","id":"a1"},"evidence":{"claimed":{"acr":1}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	out := e.command.(consent.OptOut)
	if e.id != "e1" || !e.occurred.IsZero() || e.actor.ID != "a1" || e.claimed != nil || out.Reason != "enough" || len(out.Narrow) != 1 {
		t.Errorf("kept %+v", e)
	}
	e, err = parse(`{"type":"consent.opt-out.v1","subject":"c","data":{"all":true,"reason":"` + strings.Repeat("é", consent.MaxText+1) + `"}}`)
	if err != nil || e.command.(consent.OptOut).Reason != consent.Reason(strings.Repeat("é", consent.MaxText)) { // the receipt keeps less
		t.Errorf("a long reason: %v", err)
	}
}

// TestAsideIsBounded: what is said of the actor must fit beside any standing. An
// opt-out counts without it.
func TestAsideIsBounded(t *testing.T) {
	long := strings.Repeat("x", 500)
	actor := `{"role":"attorney","authority":{"a":"` + long + `","b":"` + long + `","c":"` + long + `","d":"` + long + `"}}`
	_, err := parse(`{"specversion":"1.0","id":"1","source":"s","time":"2026-11-23T14:00:00Z","type":"consent.data-request.v1","subject":"c","data":{"type":"access","actor":` + actor + `}}`)
	if !errors.Is(err, errEnvelope) {
		t.Errorf("a data request: %v", err)
	}
	e, err := parse(`{"type":"consent.opt-out.v1","subject":"c","data":{"all":true,"actor":` + actor + `}}`)
	if err != nil || e.actor.Role != statement.RoleSubject || e.actor.Authority.RawMessage != nil {
		t.Errorf("an opt-out: %+v %v", e, err)
	}
}

// TestReasonQuotesNothing that a producer wrote.
func TestReasonQuotesNothing(t *testing.T) {
	for _, body := range []string{
		`{"alex":"alex"}`,
		`{"type":"alex","subject":"alex","data":{"alex":1}}`,
		`{"specversion":"1.0","id":"alex","source":"alex","time":"alex","type":"consent.opt-in.v1","subject":"alex","data":{"choices":[{"purpose":"Alex alex"}]}}`,
		`{"specversion":"1.0","id":"1","source":"s","time":"2026-11-23T14:00:00Z","type":"consent.data-request.v1","subject":"c","data":{"type":"access","actor":{"role":"agent","authority":{"alex":[]}}}}`,
		`{"specversion":"1.0","id":"1","source":"s","time":"2026-11-23T14:00:00Z","type":"consent.data-request.v1","subject":"c","data":{"type":"access","actor":{"role":"agent","authority":{"Alex alex":1}}}}`,
	} {
		_, err := parse(body)
		if _, _, detail := explain(err); !errors.Is(err, errEnvelope) || strings.Contains(strings.ToLower(detail), "alex") {
			t.Errorf("%s: %q", body, detail)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"type":"consent.opt-out.v1","subject":"c","data":{"all":true,"reason":"x","actor":{"role":"agent"}}}`)
	f.Add(`{"specversion":"1.0","id":"1","source":"s","time":"2026-11-23T14:00:00Z","type":"consent.opt-in.v1","subject":"c","data":{"choices":[{"purpose":"p","answer":"yes"}]}}`)
	f.Add(`{"specversion":"1.0","id":"1","source":"s","time":"2026-11-23T14:00:00Z","type":"consent.data-request.v1","subject":"c","data":{"type":"access"}}`)
	f.Add(`{"specversion":"1.0","id":"1","source":"s","time":"2026-11-23T14:00:00Z","type":"consent.import.v1","subject":"c","data":{"copied":{"system":"s","record":"r"},"choices":[{"purpose":"p","answer":"no"}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		e, err := parse(body)
		if err != nil {
			if _, final, detail := explain(err); !final || detail == "" {
				t.Fatalf("not a final refusal: %v", err)
			}
			return
		}
		_, isOut := e.command.(consent.OptOut)
		if e.subject == "" || e.command == nil || e.actor.Role == "" || (!isOut && (e.id == "" || e.occurred.IsZero())) {
			t.Fatalf("incomplete: %+v", e)
		}
	})
}
