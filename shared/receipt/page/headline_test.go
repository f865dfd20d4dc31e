package page

import (
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

func TestHeadline(t *testing.T) {
	const given, refused, withdrawn, none = statement.Given, statement.Refused, statement.Withdrawn, statement.None
	change := func(from, to statement.State) statement.Change {
		return statement.Change{
			Purpose: "p", Recipient: "parley", From: from, To: to,
			Labels: &statement.Labels{Language: "en", Recipient: "Parley Messenger"},
		}
	}
	yes, no := change(none, given), change(none, refused)
	ended, narrower, unknown := change(given, withdrawn), change(given, given), statement.Change{ConsentID: "x", From: none, To: none}
	of := func(changes ...statement.Change) []statement.Change { return changes }
	for _, c := range []struct {
		name     string
		event    statement.EventType
		role     statement.Role
		changes  []statement.Change
		withheld int
		want     string
	}{
		{"a yes", "opt-in", "subject", of(yes), 0, "You said yes"},
		{"a yes by another", "opt-in", "attorney", of(yes), 0, "Yes was said"},
		{"two yeses", "opt-in", "subject", of(yes, yes), 0, "You said yes"},
		{"new terms", "opt-in", "subject", of(narrower), 0, "You said yes, with new terms"},
		{"a yes after a no", "opt-in", "subject", of(change(refused, given)), 0, "You said yes"},
		{"a yes and a no", "opt-in", "subject", of(yes, no), 0, "One yes, one no"},
		{"a yes, and a no to what held", "opt-in", "subject", of(yes, yes, ended), 0, "2 yeses, one withdrawal"},
		{"a no", "refusal", "subject", of(no), 0, "You said no"},
		{"a no after a no", "refusal", "subject", of(change(refused, refused)), 0, "You said no"},
		{"a no after a withdrawal", "refusal", "subject", of(change(withdrawn, withdrawn)), 0, "You said no"},
		{"only noes", "refusal", "subject", of(no, no), 0, "You said no"},
		{"a withdrawal", "opt-out", "subject", of(ended), 0, "You withdrew your consent"},
		{"a withdrawal of what was paused", "opt-out", "subject", of(change(statement.Paused, withdrawn)), 0, "You withdrew your consent"},
		{"a withdrawal by the staff", "opt-out", "agent", of(ended), 0, "Consent was withdrawn"},
		{"a withdrawal by an unknown", "opt-out", "", of(ended), 0, "Consent was withdrawn"},
		{"an opt-out of what was refused", "opt-out", "subject", of(change(refused, refused)), 0, "You said no: nothing to withdraw was found"},
		{"an opt-out of what nobody asked", "opt-out", "subject", of(no), 0, "You said no: nothing to withdraw was found"},
		{"an opt-out of what nobody knows", "opt-out", "subject", of(unknown), 0, "You said no: nothing to withdraw was found"},
		{"an opt-out by the staff of nothing", "opt-out", "agent", of(unknown), 0, "No was said: nothing to withdraw was found"},
		{"everything off, when nothing was on", "opt-out", "subject", nil, 0, "You said no: nothing to withdraw was found"},
		{"an opt-out of one that was", "opt-out", "subject", of(ended, unknown), 0, "One withdrawal, one no that found nothing to withdraw"},
		{"a narrowing", "amendment", "subject", of(narrower), 0, "You allow less"},
		{"a narrowing to nothing", "opt-out", "subject", of(narrower, ended), 0, "One withdrawal, one narrowing"},
		{"a narrowing of nothing", "amendment", "subject", of(unknown), 0, "You said no: nothing to withdraw was found"},
		{"a signal", "signal", "signal", of(ended), 0, "Your browser's privacy signal said no for you"},
		{"an expiry", "expiry", "system", of(change(given, statement.Expired)), 0, "A consent ended by itself"},
		{"an annulment", "annulment", "agent", of(change(given, statement.Annulled)), 0, "A mistake was corrected"},
		{"a request", "request-received", "subject", nil, 0, "You made a request about your data"},
		{"a request by another", "request-received", "agent", nil, 0, "Your data were asked about"},
		{"a step", "request-denied", "agent", nil, 0, "Your request was denied"},
		{"an objection, which ends a consent", "request-received", "subject", of(ended), 0, "You made a request about your data"},
		{"one no of two words", "opt-in", "subject", of(no), 1, "A no, of a receipt whose other parts are withheld"},
		{"one withdrawal of many", "opt-out", "", of(ended), 3, "A withdrawal, of a receipt whose other parts are withheld"},
		{"two of many", "opt-in", "subject", of(yes, yes), 3, "2 yeses, of a receipt whose other parts are withheld"},
		{"nothing shown of what was said", "opt-in", "subject", nil, 2, "The changes are withheld"},
	} {
		rec := &receipt.Receipt{Claims: receipt.Claims{Event: receipt.Event{Type: c.event}, Controller: &statement.Controller{Name: "Bank"}}}
		rec.Changes = disclosed(t, c.changes)
		for range c.withheld {
			rec.Changes = append(rec.Changes, receipt.Element{Digest: "d"})
		}
		if c.role != "" {
			rec.Actor = disclosed(t, []statement.Actor{{Role: c.role}})
		}
		if got := NamesOf(rec, nil, texts.In("en")).Headline(rec); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got, several := NamesOf(rec, nil, texts.In("en")).HeadlineForOthers(rec), len(c.changes) > 1 && c.withheld == 0 && c.event != "request-received"; several != strings.HasSuffix(got, ": Parley Messenger") {
			t.Errorf("%s, for others: %q", c.name, got)
		}
		if got := NamesOf(rec, nil, texts.In("es")).Headline(rec); strings.Contains(got, "headline") || got == c.want {
			t.Errorf("%s in Spanish: %q", c.name, got)
		}
	}
}

// TestHeadlineOfRequest: a request is named by what was asked, if the receipt shows it.
func TestHeadlineOfRequest(t *testing.T) {
	for _, c := range []struct {
		kind     statement.RequestType
		role     statement.Role
		en, rest string // for the person, for others
	}{
		{"erasure", "subject", "You asked us to delete your data", "A request to delete personal data"},
		{"erasure", "agent", "A request to delete your data was made", "A request to delete personal data"},
		{"objection", "subject", "You objected to the use of your data", "An objection to the use of personal data"},
		{"", "subject", "You made a request about your data", "A request about personal data"},
	} {
		rec := &receipt.Receipt{Claims: receipt.Claims{Event: receipt.Event{Type: "request-received"}, Controller: &statement.Controller{Name: "Bank"}}}
		rec.Actor = disclosed(t, []statement.Actor{{Role: c.role}})
		rec.Request = []receipt.Element{{Digest: "d"}}
		if c.kind != "" {
			rec.Request = disclosed(t, []statement.RequestStatement{{Request: statement.Request{Type: c.kind, State: statement.Received}}})
		}
		n := NamesOf(rec, nil, texts.In("en"))
		if got, others := n.Headline(rec), n.HeadlineForOthers(rec); got != c.en || others != c.rest {
			t.Errorf("%s by %s: %q and %q, want %q and %q", c.kind, c.role, got, others, c.en, c.rest)
		}
	}
	for _, language := range wording.Languages() {
		for _, kind := range append(statement.RequestTypes(), statement.Appeal) {
			for _, key := range []string{"asked.", "asked-neutral.", "asked-other."} {
				if !texts[language].Has(key + string(kind)) {
					t.Errorf("%s: no words for %s%s", language, key, kind)
				}
			}
		}
	}
}

// TestHeadlineAlone: one record or one line of the standing, shown alone, is named; it
// passes for no word that the person said.
func TestHeadlineAlone(t *testing.T) {
	record := func(state string) statement.Record {
		return statement.Record{Events: []statement.RecordEvent{{EventState: state}}}
	}
	line := statement.Line{Kind: statement.KindConsent}
	for _, c := range []struct {
		records []statement.Record
		lines   []statement.Line
		want    string
	}{
		{[]statement.Record{record("dpv:ConsentGiven")}, nil, "A record of a consent, of a receipt whose other parts are withheld"},
		{[]statement.Record{record("dpv:ConsentRefused")}, nil, "A record of a consent that was refused, of a receipt whose other parts are withheld"},
		{[]statement.Record{record("dpv:ConsentWithdrawn")}, nil, "A record of a consent that ended, of a receipt whose other parts are withheld"},
		{nil, []statement.Line{line}, "A line of the state after it, of a receipt whose other parts are withheld"},
		{[]statement.Record{record("dpv:ConsentGiven")}, []statement.Line{line}, "The changes are withheld"},
		{nil, []statement.Line{line, line}, "The changes are withheld"},
	} {
		rec := &receipt.Receipt{Claims: receipt.Claims{Event: receipt.Event{Type: "opt-in"}, Controller: &statement.Controller{Name: "Bank"}}}
		rec.Changes = []receipt.Element{{Digest: "d"}}
		rec.Records, rec.Standing = disclosed(t, c.records), disclosed(t, c.lines)
		if got := NamesOf(rec, nil, texts.In("en")).HeadlineForOthers(rec); got != c.want {
			t.Errorf("%d records, %d lines: %q, want %q", len(c.records), len(c.lines), got, c.want)
		}
	}
}

// TestVerb: an answer has the word of its mark, whatever held before.
func TestVerb(t *testing.T) {
	const given, refused, withdrawn, none = statement.Given, statement.Refused, statement.Withdrawn, statement.None
	for _, c := range []struct {
		event    statement.EventType
		from, to statement.State
		want     string
		mark     Mark
	}{
		{"opt-in", none, given, "Yes", MarkYes},
		{"opt-in", given, given, "Yes, with new terms", MarkYes},
		{"amendment", given, given, "Less", MarkLess},
		{"refusal", none, refused, "No", MarkNo},
		{"refusal", withdrawn, withdrawn, "No", MarkNo},
		{"signal", withdrawn, withdrawn, "No", MarkNo},
		{"refusal", given, withdrawn, "Withdrawn", MarkEnd},
	} {
		change := statement.Change{From: c.from, To: c.to}
		if got, mark := NamesOf(&receipt.Receipt{}, nil, texts.In("en")).Verb(change, c.event), markOf(change, c.event); got != c.want || mark != c.mark {
			t.Errorf("%s, %s to %s: %q with the mark %s, want %q with %s", c.event, c.from, c.to, got, mark, c.want, c.mark)
		}
	}
}
