package inbound_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/exchange/inbound"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

var must = errtest.None

func bank(t testing.TB) (*catalogue.Catalogue, string) {
	t.Helper()
	compiled := registrartest.Sample(t)
	return compiled.Catalogue, compiled.Digest
}

// TestForesee: what would become of each line, in the order of the file.
func TestForesee(t *testing.T) {
	cat, digest := bank(t)
	const claimed = `,"claimed":{"acr":"urn:example:branch"}`
	for _, c := range []struct {
		line  string // without id and subject
		want  string
		error error
	}{
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement"` + claimed, "service-improvement bank given 2027-03-02", nil},
		{`"time":"2026-03-02T09:30:00+01:00","answer":"yes","purpose":"service-improvement","until":"2026-12-24"` + claimed, "service-improvement bank given 2026-12-24", nil},
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement"`, "", nil},
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement","attests":"claimed"`, "service-improvement bank given 2027-03-02", nil},
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement","attests":"implied"`, "", nil},
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement","until":"2031-12-24"` + claimed, "service-improvement bank given 2027-03-02 cut", nil},
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"account-alerts"` + claimed, "", nil},
		{`"time":"2019-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement"` + claimed, "", nil},
		{`"time":"2019-03-02T09:30:00Z","answer":"no","purpose":"card-offers"`, "card-offers parley refused", nil},
		{`"time":"2019-03-02T09:30:00Z","answer":"no","purpose":"telepathy"`, "telepathy  none", nil},
		{`"time":"2019-03-02T09:30:00Z","answer":"no","all":true`, "account-alerts parley refused; card-offers parley refused; service-improvement bank refused", nil},
		{`"time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"telepathy"` + claimed, "", consent.ErrNotOffered},
		{`"time":"2027-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement"` + claimed, "", consent.ErrFuture},
		{`"time":"1969-03-02T09:30:00Z","answer":"no","purpose":"card-offers"`, "", inbound.ErrLine},
		{`"time":"2019-03-02","answer":"no","purpose":"card-offers"`, "", inbound.ErrLine},
		{`"time":"2019-03-02T09:30:00Z","answer":"no"`, "", inbound.ErrLine},
		{`"time":"2019-03-02T09:30:00Z","answer":"no","answer":"no","purpose":"card-offers"`, "", inbound.ErrLine},
	} {
		text := `{"id":"r-1","subject":"customer-0001",` + c.line + "}"
		for l, err := range inbound.Lines(strings.NewReader(text), cat) {
			must(t, err)
			if l.Err != nil {
				if !errors.Is(l.Err, c.error) {
					t.Errorf("%s: %v", c.line, l.Err)
				}
				continue
			}
			foreseen, err := l.Record.Foresee("old-crm", digest, cat, now)
			if !errors.Is(err, c.error) {
				t.Errorf("%s: %v, want %v", c.line, err, c.error)
			}
			var got []string
			for _, f := range foreseen {
				word := string(f.State)
				if !f.Until.IsZero() {
					word += " " + cat.DataRequests.Day(f.Until.Add(-time.Second))
				}
				if f.Cut {
					word += " cut"
				}
				got = append(got, f.Purpose+" "+f.Recipient+" "+word)
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%s: %q, want %q", c.line, got, c.want)
			}
		}
	}
}

// TestClaim: the operator's statement lifts a yes of which the record says nothing, or that
// it was said. It lifts none that the record says was never said, and leaves a record alone
// that has evidence of its own.
func TestClaim(t *testing.T) {
	cat, _ := bank(t)
	for _, c := range []struct {
		attests        statement.Attested
		own            bool // the record says how the person was known
		want           statement.Attested
		before, claims int // weak yeses
	}{
		{"", false, statement.AttestedClaimed, 1, 0},
		{statement.AttestedExplicit, false, statement.AttestedClaimed, 1, 0},
		{statement.AttestedImplied, false, statement.AttestedImplied, 1, 1},
		{statement.AttestedUninformed, false, statement.AttestedUninformed, 1, 1},
		{statement.AttestedExplicit, true, statement.AttestedExplicit, 0, 0},
	} {
		r := inbound.Record{Attests: c.attests, Choices: []consent.Choice{
			{Purpose: "service-improvement", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"}, {Purpose: "telepathy", Answer: "yes"},
		}}
		if c.own {
			r.Claimed = &statement.Authentication{ACR: "urn:example:branch"}
		}
		before := len(r.Weak(cat))
		r.Claim()
		if before != c.before || len(r.Weak(cat)) != c.claims || r.Attests != c.want {
			t.Errorf("%+v: %d weak, then %d, attests %q", c, before, len(r.Weak(cat)), r.Attests)
		}
	}
}

// TestEnvelopes: every envelope is valid, equal for the same record, and different for
// another record.
func TestEnvelopes(t *testing.T) {
	cat, _ := bank(t)
	file := `
{"id":"r-1","subject":"customer-0001","time":"2026-03-02T10:30:00+01:00","answer":"yes","purpose":"service-improvement","language":"es","claimed":{"acr":"x"}}
{"id":"r-1","subject":"customer-0001","time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement","language":"es","claimed":{"acr":"x"}}
{"id":"r-1","subject":"customer-0001","time":"2026-03-02T09:30:00Z","answer":"no","purpose":"service-improvement"}
`
	ids := map[string]int{}
	for l, err := range inbound.Lines(strings.NewReader(file), cat) {
		must(t, errors.Join(err, l.Err))
		b, err := l.Record.Envelope("old-crm")
		must(t, err)
		must(t, contracts.CheckJSON("envelope/1", b))
		var e struct {
			ID string `json:"id"`
		}
		must(t, json.Unmarshal(b, &e))
		ids[e.ID]++
	}
	if len(ids) != 2 {
		t.Errorf("ids %v", ids)
	}
}

// TestLines: a bad line costs only itself, and the error names it without its content.
func TestLines(t *testing.T) {
	cat, _ := bank(t)
	good := `{"id":"r-1","subject":"c","time":"2026-03-02T09:30:00Z","answer":"no","all":true}`
	file := good + "\n\nalex\n" + strings.Repeat("x", 3*inbound.MaxLine) + "\r\n" + good + "\r\n" + `{"alex":1}` + "\n" + good
	var numbers, bad []int
	for l, err := range inbound.Lines(strings.NewReader(file), cat) {
		must(t, err)
		if numbers = append(numbers, l.Number); l.Err != nil {
			bad = append(bad, l.Number)
			if !errors.Is(l.Err, inbound.ErrLine) || strings.Contains(l.Err.Error(), "alex") {
				t.Errorf("line %d: %v", l.Number, l.Err)
			}
		} else if !l.Record.SaysNo() {
			t.Errorf("line %d says no", l.Number)
		}
	}
	if len(numbers) != 6 || len(bad) != 3 || bad[0] != 3 || bad[1] != 4 || bad[2] != 6 {
		t.Errorf("lines %v, bad ones %v", numbers, bad)
	}
}

func FuzzLines(f *testing.F) {
	cat, digest := bank(f)
	f.Add([]byte(`{"id":"r-1","subject":"c","time":"2026-03-02T09:30:00Z","answer":"no","all":true}`))
	f.Add([]byte(`{"id":"r-1","subject":"c","time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"card-offers","until":"2027-01-01","claimed":{"acr":"x"}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		for l, err := range inbound.Lines(bytes.NewReader(file), cat) {
			must(t, err)
			if l.Err != nil {
				continue
			}
			b, err := l.Record.Envelope("old-crm")
			must(t, err)
			must(t, contracts.CheckJSON("envelope/1", b))
			if _, err := l.Record.Foresee("old-crm", digest, cat, now); err != nil && !consent.IsRefusal(err) {
				t.Fatal(err)
			}
		}
	})
}
