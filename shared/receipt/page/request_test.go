package page

import (
	"fmt"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/period"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// TestRequestInWords: the page of a request's receipt has the right words, and no wrong ones.
func TestRequestInWords(t *testing.T) {
	ask := func(s *story, kind string) *receipt.Receipt {
		return s.say(consent.RequestData{Type: kind, Details: "Since May."}, false)
	}
	steps := func(kind string, acts ...string) func(*story) *receipt.Receipt {
		return func(s *story) (rec *receipt.Receipt) {
			rec = ask(s, kind)
			for _, act := range acts {
				act, reason, _ := strings.Cut(act, " ")
				rec = s.act(datarequest.Act(act), reason)
			}
			return rec
		}
	}
	from := func(role statement.Role, protocol string) func(*story) *receipt.Receipt {
		return func(s *story) *receipt.Receipt {
			rec := s.sayAs(role, consent.RequestData{Type: "access"}, false)
			authority := statement.Facts{Party: "Consent Bridge", Protocol: protocol}.Authority()
			rec.Actor = disclosed(s.t, []statement.Actor{{Role: role, Authority: authority}})
			return rec
		}
	}
	for name, c := range map[string]struct {
		rule, language string
		rec            func(*story) *receipt.Receipt
		want, wantNot  []string
	}{
		"asked": {"gdpr", "en", steps("access"), []string{
			"YOU ASKED TO SEE YOUR DATA", "You asked: See my data", "All data held about you", "An answer is due by 23 December 2026",
			"Asked on: 23 November 2026 at 16:00 (Madrid)", "Details: | Since May.", "By which law: GDPR, Art. 12(3)",
		}, []string{"By:", "None", "appeal", "answered by"}},
		"denied": {"us-va", "en", steps("access", "deny manifestly-unfounded"), []string{
			"Denied: See my data", "By: staff of First Example Bank", "State: Denied", "Reason: the request is manifestly unfounded",
			"You can appeal until", "You can complain to: ", "https://www.authority.example", "Virginia Consumer Data Protection Act, Va. Code 59.1-577(B)", "Reference: DR-7",
		}, []string{"for the case", "due by", "answered by", "otherwise"}},
		"denied for good": {"gdpr", "en", steps("access", "deny manifestly-unfounded"), []string{"State: Denied"}, []string{"due by", "answered by", "appeal"}},
		"to be erased":    {"gdpr", "en", steps("erasure", "complete"), []string{"Your data are to be deleted by 23 December 2026"}, []string{"due by", "answered by", "deleted by:"}},
		"who are you": {"gdpr", "en", steps("access", "ask-identity"), []string{
			"Show who you are by", "after that it ends without an answer", "How to reach us: First Example Bank, ", "@first-example-bank.example",
		}, []string{"answered by"}},
		"in Spanish": {"gdpr", "es", steps("access", "deny manifestly-unfounded"), []string{"RGPD, Art. 12(3)", "RGPD, Art. 77", "Denegada: Ver mis datos"}, []string{"GDPR"}},
		"in England": {"uk-gdpr", "en", steps("access"), []string{"Public holidays that put off these dates: England and Wales", "Time zone of these dates: Europe/London"}, nil},
		"in California, all data": {"ccpa", "en", steps("access"), []string{
			"An answer is due by 7 January 2027", "To be confirmed by: 8 December 2026",
			"Public holidays that put off these dates: California (Columbus Day, the day after Thanksgiving, 12 February and 19 June are working days)",
		}, nil},
		"in Virginia":           {"us-va", "en", steps("access"), nil, []string{"holidays"}},
		"in California":         {"ccpa", "en", steps("opt-out-of-sale"), []string{"CCPA (California), 11 CCR 7026(f)"}, nil},
		"from a controller":     {"gdpr", "en", from(statement.RoleAgent, "opendsr"), []string{"A REQUEST TO SEE YOUR DATA WAS MADE", "Asked: See my data", `By: "Consent Bridge", by OpenDSR`}, []string{"You asked", "YOU ASKED"}},
		"from somebody's agent": {"gdpr", "en", from(statement.RoleAttorney, "drp"), []string{`By: "Consent Bridge", by the Data Rights Protocol`}, []string{"You asked"}},
		"a no by the staff": {"gdpr", "en", func(s *story) *receipt.Receipt {
			s.optIn("en")
			rec := s.sayAs(statement.RoleAgent, consent.OptOut{All: true, Reason: "They called."}, false)
			rec.Actor = disclosed(s.t, []statement.Actor{{Role: statement.RoleAgent, Authority: statement.Facts{Case: "C-9"}.Authority()}})
			return rec
		}, []string{"CONSENT WAS WITHDRAWN", "By: staff of First Example Bank, for the case C-9", "for the case C-9 | They called."}, []string{"You withdrew", "Staff of"}},
		"an appeal": {"us-va", "en", func(s *story) *receipt.Receipt {
			steps("access", "deny manifestly-unfounded")(s)
			return s.say(consent.RequestData{Type: "appeal", About: s.standing.Requests[0].ID}, false)
		}, []string{"Appeal against an answer", "About: the earlier request "}, []string{"All data held about you"}},
	} {
		s := newStory(t)
		s.cat.DataRequests.Default = c.rule
		var b strings.Builder
		if err := Text(&b, c.rec(s), s.cat, c.language); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(b.String()), " ")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %s", name, want, got)
			}
		}
		for _, not := range c.wantNot {
			if strings.Contains(got, not) {
				t.Errorf("%s: %q in %s", name, not, got)
			}
		}
	}
}

// TestAppealNamesItsRequest, where it is known.
func TestAppealNamesItsRequest(t *testing.T) {
	s := newStory(t)
	n := &Names{Words: texts.In("en"), Catalogue: s.cat}
	got := n.Request(statement.RequestStatement{Request: statement.Request{Type: "appeal", AboutRequest: "r1"}}, &statement.Request{Type: "access", Received: s.now})
	if text := fmt.Sprint(got.Facts); !strings.Contains(text, "See my data, asked on 23 November 2026") {
		t.Error(text)
	}
}

// TestRequestWithoutDate: a rule without a date leaves no sentence with a gap in it.
func TestRequestWithoutDate(t *testing.T) {
	s := newStory(t)
	for _, language := range wording.Languages() {
		n := &Names{Words: texts.In(language), Catalogue: s.cat}
		for _, state := range statement.OpenStates() {
			for _, r := range []statement.Request{{State: state}, {State: state, Confirm: "2026-12-04", Next: "2026-12-04"}} {
				r.Type, r.Rule, r.Received = statement.Access, "gdpr", s.now
				words := n.Request(statement.RequestStatement{Request: r}, nil)
				for _, f := range words.Facts {
					for _, line := range f.Lines {
						if line == "" || strings.HasPrefix(line, ";") {
							t.Errorf("%s, %s: %s: %q", language, state, f.Label, line)
						}
					}
				}
				if words.Next != "" && !strings.Contains(words.Next, "2026") {
					t.Errorf("%s, %s: %q", language, state, words.Next)
				}
			}
		}
	}
}

// TestAccessInWords: a period of one unit is said without its number.
func TestAccessInWords(t *testing.T) {
	year, days := period.Period{Years: 1}, period.Period{Days: 7}
	for _, c := range []struct {
		language string
		terms    statement.AccessTerms
		want     string
	}{
		{"en", statement.AccessTerms{Lookback: year, Every: days}, "the last year, read at most once a week"},
		{"en", statement.AccessTerms{Lookback: days}, "the last 7 days, read once only"},
		{"es", statement.AccessTerms{Lookback: year}, "el último año, leídos una sola vez"},
		{"es", statement.AccessTerms{Lookback: period.Period{Months: 1}}, "el último mes, leídos una sola vez"},
		{"es", statement.AccessTerms{Lookback: period.Period{Days: 90}}, "los últimos 90 días, leídos una sola vez"},
	} {
		if got := (&Names{Words: texts.In(c.language)}).Access(c.terms); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestComplaintInWords: without a date of the answer, a complaint has that of its confirmation;
// once that has passed, the receipt says that the controller is late.
func TestComplaintInWords(t *testing.T) {
	s := newStory(t)
	s.cat.DataRequests.Rules["complaint"] = "uk-gdpr"
	for step, want := range []string{"We confirm that we have it by 23 December 2026", "WE ARE LATE WITH YOUR REQUEST"} {
		rec := func() *receipt.Receipt {
			if step == 0 {
				return s.say(consent.RequestData{Type: "complaint"}, false)
			}
			s.now = s.now.AddDate(0, 0, 31)
			return s.act(datarequest.Miss, "")
		}()
		var b strings.Builder
		if err := Text(&b, rec, s.cat, "en"); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(b.String()), " "); !strings.Contains(got, want) || strings.Contains(got, "answered by") {
			t.Errorf("step %d: no %q in %s", step, want, got)
		}
	}
}

// TestCalendarsHaveWords: pages name each calendar that a rule can have.
func TestCalendarsHaveWords(t *testing.T) {
	for _, language := range wording.Languages() {
		for code := range datarequest.Jurisdictions() {
			if !texts.In(language).Has("calendar." + code) {
				t.Errorf("%s: no words for %s", language, code)
			}
		}
	}
}
