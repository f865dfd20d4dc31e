package consent_test

import (
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// TestCalendarOfTheRule: a controller in Spain tells somebody in California the dates of
// California, and the catalogue may name another calendar for one rule.
func TestCalendarOfTheRule(t *testing.T) {
	terms := catalogue.DataRequests{
		Default: "gdpr", Rules: map[string]string{"access": "ccpa", "rectification": "uk-gdpr"}, Timezone: "Europe/Madrid", Holidays: []string{"ES"}, Closed: []string{"2026-12-18"},
		Calendars: map[statement.Rule]datarequest.Place{"uk-gdpr": {Timezone: "Europe/London", Holidays: []string{"GB-SCT"}}},
	}
	for _, test := range []struct{ kind, received, confirm, due, zone string }{
		{"access", "2026-12-05T18:00:00Z", "2026-12-18", "2027-01-19", "America/Los_Angeles"}, // 8 December is a holiday in Spain
		{"access", "2026-12-31T23:30:00Z", "2027-01-15", "2027-02-14", "America/Los_Angeles"}, // 1 January in Madrid
		{"rectification", "2026-10-30T10:00:00Z", "", "2026-12-01", "Europe/London"},          // Saint Andrew's Day
		{"erasure", "2026-11-18T10:00:00Z", "", "2026-12-21", "Europe/Madrid"},                // the controller is closed on the 18th
	} {
		o := officeUnder(terms)
		at, err := time.Parse(time.RFC3339, test.received)
		must(t, err)
		o.now = at
		must(t, o.do(t, statement.RoleSubject, consent.RequestData{Type: test.kind}))
		r := o.standing.Requests[0]
		if r.Confirm != test.confirm || r.Due != test.due || r.Timezone != test.zone {
			t.Errorf("%s received %s: confirm %s, due %s, in %s", test.kind, test.received, r.Confirm, r.Due, r.Timezone)
		}
	}
}

// TestStopBy: the receipt of a withdrawal, by the person or by somebody for them, says by when
// the law wants processing to end. No receipt of an objection, a signal, an end, an erasure or a
// correction says so.
func TestStopBy(t *testing.T) {
	for rule, want := range map[string]string{"us-ct": "2026-12-08", "us-md": "2026-12-23", "us-mt": "2027-01-07", "us-va": "", "gdpr": ""} {
		if got := stopBy(t, rule, statement.RoleSubject, consent.OptOut{All: true}, 0); got != want {
			t.Errorf("under %s: %q", rule, got)
		}
	}
	no := consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "no"}}}
	for what, test := range map[string]struct {
		role  statement.Role
		cmd   consent.Command
		later time.Duration
		want  string
	}{
		"a no to a question":     {statement.RoleSubject, no, 0, "2026-12-08"},
		"the staff, for them":    {statement.RoleAgent, consent.OptOut{Purposes: []string{"offers"}}, 0, "2026-12-08"},
		"an opt-out of a system": {statement.RoleSystem, consent.OptOut{All: true}, 0, ""},
		"a signal":               {statement.RoleSignal, consent.Signal{}, 0, ""},
		"an objection":           {statement.RoleSubject, consent.RequestData{Type: string(statement.Objection)}, 0, ""},
		"an erasure":             {statement.RoleAgent, consent.Erase{}, 0, ""},
		"its end":                {statement.RoleSystem, consent.Expire{}, 365 * 24 * time.Hour, ""},
		"a correction":           {statement.RoleAgent, consent.Annul{Seq: 1, Reason: "Another person's."}, 0, ""},
	} {
		if got := stopBy(t, "us-ct", test.role, test.cmd, test.later); got != test.want {
			t.Errorf("%s: %q", what, got)
		}
	}
}

// stopBy ends a consent with a command some time after it was given, and returns the date by
// which processing of its data stops.
func stopBy(t *testing.T, rule string, role statement.Role, cmd consent.Command, later time.Duration) string {
	t.Helper()
	cat := testCatalogues()["c1"]
	cat.DataRequests = catalogue.DataRequests{Default: "gdpr", Rules: map[string]string{"withdrawal-of-consent": rule}, Timezone: "UTC"}
	w := consent.World{
		Now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), Subject: "subject", Current: "c1",
		Catalogues: map[string]*catalogue.Catalogue{"c1": cat}, NewID: func() string { return "id" },
	}
	given, err := consent.Decide(statement.Standing{}, consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "yes"}}},
		consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated}}, w)
	must(t, err)
	if annul, ok := cmd.(consent.Annul); ok {
		annul.Of = consent.Mistake{Type: given.Type, At: w.Now, Changes: given.Changes}
		cmd = annul
	}
	w.Now = w.Now.Add(later)
	ended, err := consent.Decide(given.Standing, cmd, consent.Context{Actor: statement.Actor{Role: role}, Evidence: statement.Evidence{GPC: role == statement.RoleSignal}}, w)
	must(t, err)
	for _, c := range ended.Changes {
		if c.From == statement.Given {
			return c.Effect.StopBy
		}
	}
	t.Fatalf("%s ended nothing", cmd.Operation())
	return ""
}
