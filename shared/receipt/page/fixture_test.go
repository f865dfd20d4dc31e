package page

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/uuid"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// story tells events to one person's ledger, without signing anything.
type story struct {
	t        *testing.T
	cat      *catalogue.Catalogue
	digest   string
	now      time.Time
	ids      int
	standing statement.Standing
}

func newStory(t *testing.T) *story {
	t.Helper()
	compiled := registrartest.Sample(t)
	return &story{
		t: t, cat: compiled.Catalogue, digest: compiled.Digest,
		now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC),
	}
}

// id makes the same ids at each run.
func (s *story) id() string {
	s.ids++
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte{byte(s.ids)}).String()
}

func (s *story) offer(language string) *consent.Offer {
	o := consent.NewOffer(s.standing, s.cat, s.digest, nil, language)
	o.Expires = s.now.Add(24 * time.Hour).Unix()
	return &o
}

// say returns the receipt of a command, as if it had been verified.
func (s *story) say(cmd consent.Command, gpc bool) *receipt.Receipt {
	s.t.Helper()
	return s.sayAs(statement.RoleSubject, cmd, gpc)
}

func (s *story) sayAs(role statement.Role, cmd consent.Command, gpc bool) *receipt.Receipt {
	s.t.Helper()
	s.now = s.now.Add(time.Hour)
	c := consent.Context{
		Actor: statement.Actor{Role: role},
		Evidence: statement.Evidence{
			Level: statement.EvidenceAuthenticated, Channel: "web", GPC: gpc,
			Authentication: &statement.Authentication{ACR: "aal2", AMR: []string{"pwd", "otp"}, AuthTime: s.now.Unix() - 60},
		},
	}
	if _, copied := cmd.(consent.Import); copied {
		c.Evidence.Copied = &statement.Copied{System: "old-crm", Record: "r-1", Attests: statement.AttestedClaimed}
	}
	e, err := consent.Decide(s.standing, cmd, c, consent.World{
		Now: s.now, Subject: "alice", Current: s.digest, NewID: s.id,
		Catalogues: map[string]*catalogue.Catalogue{s.digest: s.cat},
	})
	if err != nil || e == nil {
		s.t.Fatalf("%T: event %v, error %v", cmd, e, err)
	}
	s.standing = e.Standing
	party := s.cat.Parties[s.cat.Controller]
	rec := &receipt.Receipt{
		Claims: receipt.Claims{
			Issuer: s.cat.Issuer, Subject: "alice", ID: s.id(), IssuedAt: s.now.Unix(), Nonce: "n",
			SchemaVersion: s.cat.Issuer + statement.SchemaPath, Seq: e.Standing.Seq, Catalogue: s.digest,
			Event: receipt.Event{Type: e.Type, OccurredAt: e.OccurredAt, Channel: "web", Late: e.Late},
			Controller: &statement.Controller{
				Name: party.Name, Timezone: s.cat.DataRequests.Timezone, Email: party.Email, Phone: party.Phone, URL: party.URL,
			},
		},
		Digest: statement.Digest([]byte{byte(e.Standing.Seq)}),
		Leaf:   "sha256:leaf", Root: "sha256:root",
	}
	if rec.Seq > 1 {
		rec.Prev = statement.Digest([]byte{byte(e.Standing.Seq - 1)})
	}
	rec.Changes = disclosed(s.t, e.Changes)
	rec.Records = disclosed(s.t, e.Records)
	rec.Standing = disclosed(s.t, e.Standing.Elements())
	rec.Actor = disclosed(s.t, []statement.Actor{c.Actor})
	rec.Evidence = disclosed(s.t, []statement.Evidence{c.Evidence})
	rec.Request = disclosed(s.t, e.Requests)
	rec.Note = disclosed(s.t, e.Notes)
	return rec
}

func disclosed[T any](t *testing.T, values []T) []receipt.Element {
	t.Helper()
	elements, err := receipt.Disclosed(values...)
	if err != nil {
		t.Fatal(err)
	}
	return elements
}

func (s *story) page(rec *receipt.Receipt, language string) string {
	s.t.Helper()
	var b bytes.Buffer
	if err := Render(&b, rec, nil, s.cat, language, brand.Brand{}); err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

// optIn says yes to the first purpose, with all its data, and no to another.
func (s *story) optIn(language string) *receipt.Receipt {
	return s.say(consent.OptIn{Offer: s.offer(language), Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"},
		{Purpose: "card-offers", Answer: "no"},
	}}, false)
}

// told is every kind of event, in one life.
func told(t *testing.T) (*story, []*receipt.Receipt) {
	s := newStory(t)
	recs := []*receipt.Receipt{
		s.say(consent.OptIn{Offer: s.offer("en"), Choices: []consent.Choice{{Purpose: "card-offers", Answer: "no"}}}, false),
		s.say(consent.OptIn{Offer: s.offer("es"), Choices: []consent.Choice{
			{Purpose: "card-offers", Answer: "yes"}, {Purpose: "account-alerts", Answer: "yes", Resources: []statement.Resource{{ID: "a1", Label: "•••• 1234"}}},
		}}, false),
		s.say(consent.Signal{}, true),
	}
	id := s.standing.Line("account-alerts", "parley").ConsentID
	recs = append(recs,
		s.say(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: id, Data: &[]string{"balances"}}}}, false),
		s.say(consent.OptOut{Purposes: []string{"account-alerts", "never-heard-of"}}, false),
		s.say(consent.OptOut{Consents: []string{"11111111-1111-4111-8111-111111111111"}}, false),
		s.say(consent.OptOut{All: true}, false),
		s.say(consent.RequestData{Type: "access", Scope: statement.Scope{Purposes: []string{"card-offers"}, Data: []string{"balances"}}}, false),
		s.say(consent.TakeBack{ID: s.standing.Requests[0].ID}, false),
		s.say(consent.Import{Choices: []consent.Choice{{Purpose: "service-improvement", Answer: "yes"}}}, false),
	)
	act := func(a datarequest.Act, reason string) {
		recs = append(recs, s.act(a, reason))
	}
	ask := func(kind string) { recs = append(recs, s.say(consent.RequestData{Type: kind}, false)) }
	ask("access-categories")
	act(datarequest.AskIdentity, "")
	act(datarequest.GiveIdentity, "")
	act(datarequest.Acknowledge, "")
	act(datarequest.Extend, "complexity")
	act(datarequest.Start, "")
	act(datarequest.CompletePartly, "rights-of-others")
	recs = append(recs, s.optIn("en"))
	ask("restriction")
	act(datarequest.Deny, "manifestly-unfounded")
	recs = append(recs, s.optIn("en"))
	ask("objection")
	act(datarequest.Complete, "")
	ask("opt-out-of-sale")
	s.now = s.now.AddDate(0, 2, 0)
	act(datarequest.Miss, "")
	act(datarequest.Complete, "")
	ask("access-specific")
	act(datarequest.AskIdentity, "")
	s.now = s.now.AddDate(0, 2, 0)
	act(datarequest.Expire, "")
	ask("erasure")
	act(datarequest.Complete, "")
	return s, append(recs, s.say(consent.Erase{}, false))
}

// act takes the newest request a step on, as the controller's staff or the system.
func (s *story) act(a datarequest.Act, reason string) *receipt.Receipt {
	s.t.Helper()
	role := statement.RoleAgent
	if a == datarequest.Miss || a == datarequest.Expire {
		role = statement.RoleSystem
	}
	r := s.standing.Requests[len(s.standing.Requests)-1]
	cmd := consent.AdvanceRequest{ID: r.ID, Act: a, Reason: reason, Case: "DR-7", NothingHeld: a == datarequest.Complete && r.Type.HasParts()}
	if a == datarequest.CompletePartly {
		cmd.Withheld = []statement.Withheld{{What: "the notes of a call", Why: reason}}
	}
	return s.sayAs(role, cmd, false)
}
