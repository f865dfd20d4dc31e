package consent_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

var copied = &statement.Copied{System: "old-crm", Record: "r-1", Attests: statement.AttestedClaimed}

// TestImport: what a copied record comes to, for somebody of whom nothing, a
// yes or a no is known. The earlier word was said here an hour before.
func TestImport(t *testing.T) {
	long := noon.AddDate(-1, 0, 0)
	lately := noon.Add(90 * time.Minute) // after the earlier word, before the import
	for _, c := range []struct {
		name    string
		earlier string // "", "yes" or "no"
		answer  string
		level   statement.EvidenceLevel
		at      time.Time
		state   statement.State // of the line; "" for no line
		note    string
		nothing bool // acknowledged, changes nothing
	}{
		{"a yes", "", "yes", statement.EvidenceClaimed, lately, statement.Given, "", false},
		{"a yes with weak evidence is nobody's word", "", "yes", statement.EvidenceNone, lately, "", "", true},
		{"a yes that has run out", "", "yes", statement.EvidenceClaimed, noon.AddDate(-5, 0, 0), "", "", true},
		{"a no", "", "no", statement.EvidenceNone, long, statement.Refused, "", false},
		{"an old yes after a no", "no", "yes", statement.EvidenceClaimed, long, statement.Refused, "", true},
		{"a later yes after a no", "no", "yes", statement.EvidenceClaimed, lately, statement.Given, "", false},
		{"a weak yes after a no", "no", "yes", statement.EvidenceNone, lately, statement.Refused, "", true},
		{"a weak yes ends no consent", "yes", "yes", statement.EvidenceNone, lately, statement.Given, "", true},
		{"an old yes widens nothing", "yes", "yes", statement.EvidenceClaimed, long, statement.Given, "", true},
		{"an old no counts nevertheless", "yes", "no", statement.EvidenceNone, long, statement.Withdrawn, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t)
			if c.earlier != "" {
				s.do(consent.OptIn{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: c.earlier}}}, consent.Context{})
			}
			now := noon.Add(2 * time.Hour)
			m := machine{now: now, standing: s.standing, catalogues: testCatalogues(), current: "c1", ids: 7}
			event, err := consent.Decide(s.standing,
				consent.Import{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: c.answer}}},
				consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}, OccurredAt: c.at, Evidence: statement.Evidence{Level: c.level, Copied: copied}},
				m.world())
			if err != nil {
				t.Fatal(err)
			}
			if (event == nil) != c.nothing {
				t.Fatalf("event %+v", event)
			}
			standing := s.standing
			if event != nil {
				standing = event.Standing
				if event.Type != statement.EventImport {
					t.Errorf("type %s", event.Type)
				}
				if said := len(event.Notes) == 1 && strings.Contains(event.Notes[0].Text, c.note); (c.note != "") != said {
					t.Errorf("notes %v", event.Notes)
				}
			}
			state := statement.State("")
			if l := standing.Line("alerts", "parley"); l != nil {
				state = l.State
			}
			if state != c.state {
				t.Errorf("state %q, want %q", state, c.state)
			}
		})
	}
}

// TestBetterEvidence: a yes whose evidence is too weak leaves nothing, neither a no nor a
// yes, so that the same yes counts when its evidence comes.
func TestBetterEvidence(t *testing.T) {
	m := machine{now: noon.Add(time.Hour), catalogues: testCatalogues(), current: "c1"}
	yes := consent.Import{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes"}}}
	standing := statement.Standing{}
	for _, level := range []statement.EvidenceLevel{statement.EvidenceNone, statement.EvidenceClaimed} {
		event, err := consent.Decide(standing, yes,
			consent.Context{OccurredAt: noon, Evidence: statement.Evidence{Level: level, Copied: copied}}, m.world())
		if err != nil || (event == nil) != (level == statement.EvidenceNone) {
			t.Fatalf("%s: %+v %v", level, event, err)
		}
		if event != nil {
			standing = event.Standing
		}
	}
	if l := standing.Line("alerts", "parley"); l == nil || !l.InForce(m.now) {
		t.Errorf("%+v", l)
	}
}

// TestLateEnd: an end later than the catalogue allows is cut, and a note says so. An end that
// the catalogue allows stays, without a note.
func TestLateEnd(t *testing.T) {
	m := machine{now: noon.Add(time.Hour), catalogues: testCatalogues(), current: "c1"}
	latest := m.cat().Purposes["alerts"].Valid.AddTo(noon)
	for until, c := range map[string]struct {
		want  time.Time
		notes int
	}{
		"":                     {latest, 0},
		"9999-12-31":           {latest, 1},
		"9999-12-31T00:00:00Z": {latest, 1},
		noon.AddDate(0, 0, 2).Format(time.RFC3339): {noon.AddDate(0, 0, 2), 0},
	} {
		event, err := consent.Decide(statement.Standing{},
			consent.Import{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes", Until: until}}},
			consent.Context{OccurredAt: noon, Evidence: statement.Evidence{Level: statement.EvidenceClaimed, Copied: copied}}, m.world())
		if err != nil || len(event.Notes) != c.notes || !event.Standing.Line("alerts", "parley").Until.Equal(c.want) {
			t.Errorf("%q: %+v %v", until, event, err)
		}
	}
}

func TestImportRefused(t *testing.T) {
	yes := consent.Choice{Purpose: "alerts", Recipient: "parley", Answer: "yes"}
	unknown := consent.Choice{Purpose: "telepathy", Answer: "yes"}
	for _, c := range []struct {
		name    string
		choices []consent.Choice
		copied  *statement.Copied
		at      time.Time
		want    error
	}{
		{"from nowhere", []consent.Choice{yes}, nil, noon, consent.ErrInvalid},
		{"attesting nothing", []consent.Choice{yes}, &statement.Copied{System: "old-crm", Record: "r-1"}, noon, consent.ErrInvalid},
		{"attesting what nobody knows", []consent.Choice{yes}, &statement.Copied{System: "old-crm", Record: "r-1", Attests: "sworn"}, noon, consent.ErrInvalid},
		{"nothing", nil, copied, noon, consent.ErrInvalid},
		{"twice", []consent.Choice{yes, yes}, copied, noon, consent.ErrInvalid},
		{"too much", make([]consent.Choice, consent.MaxChoices+1), copied, noon, consent.ErrCap},
		{"an unknown purpose", []consent.Choice{unknown}, copied, noon, consent.ErrNotOffered},
		{"no answer", []consent.Choice{{Purpose: "alerts"}}, copied, noon, consent.ErrInvalid},
		{"a yes from the future", []consent.Choice{yes}, copied, noon.Add(time.Hour), consent.ErrFuture},
	} {
		m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
		_, err := consent.Decide(statement.Standing{}, consent.Import{Choices: c.choices},
			consent.Context{OccurredAt: c.at, Evidence: statement.Evidence{Level: statement.EvidenceClaimed, Copied: c.copied}}, m.world())
		if !errors.Is(err, c.want) || !consent.IsRefusal(err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
	event, err := consent.Decide(statement.Standing{},
		consent.Import{Choices: []consent.Choice{{Purpose: "telepathy", Answer: "no"}, {Purpose: "telepathy", Recipient: "x", Answer: "no"}}},
		consent.Context{OccurredAt: noon.Add(time.Hour), Evidence: statement.Evidence{Copied: copied}}, m.world())
	if err != nil || len(event.Changes) != 2 || len(event.Standing.Lines) != 0 {
		t.Errorf("a no to something unknown: %+v %v", event, err)
	}
}

// TestImportAttests: a consent that was copied is of the kind that the record there attests,
// in its own receipt and in those of a narrowing and of a withdrawal. What the person says
// here is of its own kind, and what was given before stays what it was.
func TestImportAttests(t *testing.T) {
	yes := []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes"}}
	types := func(e *consent.Event) (out []string) {
		for _, event := range e.Records[0].Events {
			out = append(out, event.EventType)
		}
		return out
	}
	for attests, kind := range map[statement.Attested]string{
		statement.AttestedExplicit: "dpv:ExplicitlyExpressedConsent", statement.AttestedExpressed: "dpv:ExpressedConsent",
		statement.AttestedImplied: "dpv:ImpliedConsent", statement.AttestedUninformed: "dpv:UninformedConsent",
		statement.AttestedClaimed: "dpv:Consent",
	} {
		m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
		do := func(s statement.Standing, cmd consent.Command, level statement.EvidenceLevel, want ...string) statement.Standing {
			t.Helper()
			m.now = m.now.Add(time.Hour)
			e, err := consent.Decide(s, cmd, consent.Context{Evidence: statement.Evidence{
				Level: level, Copied: &statement.Copied{System: "old-crm", Record: "r-1", Attests: attests},
			}}, m.world())
			if err != nil || e == nil || len(e.Records) != 1 || !slices.Equal(types(e), want) {
				t.Fatalf("%s, %T: %+v %v, want %v", attests, cmd, e, err, want)
			}
			return e.Standing
		}
		given := do(statement.Standing{}, consent.Import{Choices: yes}, statement.EvidenceClaimed, kind)
		do(statement.Standing{}, consent.Import{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "no"}}}, statement.EvidenceNone, kind)
		l := given.Line("alerts", "parley")
		narrowed := do(given, consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.ConsentID, Until: l.Until.AddDate(0, 0, -1).Format(time.RFC3339)}}}, statement.EvidenceClaimed, kind, kind)
		do(narrowed, consent.OptOut{All: true}, statement.EvidenceClaimed, kind, kind)
		again := do(narrowed, consent.OptIn{Choices: yes}, statement.EvidenceAuthenticated, kind, "dpv:ExplicitlyExpressedConsent")
		do(again, consent.Import{Choices: yes}, statement.EvidenceClaimed, kind, kind)
	}
}

// Import delivers copied records, old and new, with weak and with strong evidence.
func (m *machine) Import(t *rapid.T) {
	offer := consent.NewOffer(m.standing, m.cat(), m.current, nil, "en")
	picked := choices(t, offer.Items, m.cat())
	if len(picked) == 0 {
		t.Skip("nothing answered")
	}
	now := m.world().Now
	when := now.Add(-rapid.SampledFrom([]time.Duration{500 * 24 * time.Hour, 100 * 24 * time.Hour, time.Minute, 0}).Draw(t, "ago"))
	level := rapid.SampledFrom([]statement.EvidenceLevel{statement.EvidenceNone, statement.EvidenceClaimed}).Draw(t, "level")
	var counted []consent.Choice
	for _, c := range picked {
		k := key{c.Purpose, c.Recipient}
		if c.Answer == "yes" && level.Meets(statement.EvidenceClaimed) && m.model.counts(k, when) && m.cat().Purposes[c.Purpose].Valid.AddTo(when).After(now) {
			counted = append(counted, c)
		}
	}
	e, err := m.run(t, consent.Import{Choices: picked}, consent.Context{OccurredAt: when, Evidence: statement.Evidence{Level: level, Copied: copied}})
	if err != nil {
		t.Fatal(err)
	}
	if anyNo := slices.ContainsFunc(picked, func(c consent.Choice) bool { return c.Answer == "no" }); e == nil {
		if anyNo || len(counted) > 0 {
			t.Fatalf("no event, but the model counts %d yes and no: %t", len(counted), anyNo)
		}
		return
	}
	for _, c := range counted {
		m.recordYes(e, c, offer, m.cat(), when, false)
	}
	m.recordNos(e)
}
