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

// TestStopBy: the receipt of a withdrawal says by when the law wants processing to end.
func TestStopBy(t *testing.T) {
	for rule, want := range map[string]string{"us-ct": "2026-12-08", "us-md": "2026-12-23", "us-mt": "2027-01-07", "us-va": "", "gdpr": ""} {
		cat := testCatalogues()["c1"]
		cat.DataRequests = catalogue.DataRequests{Default: "gdpr", Rules: map[string]string{"withdrawal-of-consent": rule}, Timezone: "UTC"}
		w := consent.World{
			Now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), Subject: "subject", Current: "c1",
			Catalogues: map[string]*catalogue.Catalogue{"c1": cat}, NewID: func() string { return "id" },
		}
		var standing statement.Standing
		var event *consent.Event
		for _, cmd := range []consent.Command{
			consent.OptIn{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes"}}}, consent.OptOut{All: true},
		} {
			var err error
			event, err = consent.Decide(standing, cmd, consent.Context{
				Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated},
			}, w)
			must(t, err)
			standing = event.Standing
		}
		if e := event.Changes[0].Effect; e == nil || e.StopBy != want {
			t.Errorf("under %s: %+v", rule, e)
		}
	}
}
