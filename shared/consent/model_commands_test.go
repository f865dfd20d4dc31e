package consent_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
)

// TestModel runs random commands, late and out-of-order deliveries, changed
// catalogues and clocks against the naive model.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"":                 m.Check,
			"time passes":      m.TimePasses,
			"clock runs back":  m.ClockRunsBack,
			"new catalogue":    m.NewCatalogue,
			"offer":            m.Offer,
			"answer":           m.Answer,
			"opt-in event":     m.OptInEvent,
			"import":           m.Import,
			"opt-out of all":   m.OptOutAll,
			"opt-out purposes": m.OptOutPurposes,
			"opt-out consents": m.OptOutConsents,
			"narrow":           m.Narrow,
			"signal":           m.Signal,
			"ask":              m.Ask,
			"ask to stop":      m.AskToStop,
			"take back":        m.TakeBack,
			"annul":            m.Annul,
			"expire":           m.Expire,
			"erase":            m.Erase,
		})
	})
}

func (m *machine) TimePasses(t *rapid.T) {
	m.now = m.now.Add(rapid.SampledFrom([]time.Duration{
		0, time.Second, time.Minute, 29 * time.Hour, 40 * 24 * time.Hour, 200 * 24 * time.Hour,
	}).Draw(t, "by"))
}

func (m *machine) ClockRunsBack(t *rapid.T) {
	m.now = m.now.Add(-rapid.SampledFrom([]time.Duration{time.Second, time.Hour}).Draw(t, "by"))
}

func (m *machine) NewCatalogue(t *rapid.T) {
	m.current = rapid.SampledFrom(sortedKeys(m.catalogues)).Draw(t, "catalogue")
}

func (m *machine) Offer(t *rapid.T) {
	offer := consent.NewOffer(m.standing, m.cat(), m.current, nil, "en")
	offer.Expires = m.now.Add(rapid.SampledFrom([]time.Duration{consent.OfferValidity, 1000 * 24 * time.Hour}).Draw(t, "valid for")).Unix()
	m.offers = append(m.offers, offer)
}

// choices draws an answer for some of an offer's items.
func choices(t *rapid.T, items []consent.OfferItem, cat *catalogue.Catalogue) (out []consent.Choice) {
	for _, it := range items {
		answer := rapid.SampledFrom([]string{"", "yes", "no"}).Draw(t, "answer to "+it.Purpose)
		if answer == "" {
			continue
		}
		c := consent.Choice{Purpose: it.Purpose, Recipient: it.Recipient, Answer: answer}
		if answer == "yes" && rapid.Bool().Draw(t, "only what is required") {
			c.Data = slices.DeleteFunc(slices.Clone(it.Data), func(d string) bool {
				return cat.Purposes[it.Purpose].Data[d] != catalogue.Required
			})
		}
		out = append(out, c)
	}
	return out
}

func (m *machine) Answer(t *rapid.T) {
	if len(m.offers) == 0 {
		t.Skip("no offer yet")
	}
	offer := rapid.SampledFrom(m.offers).Draw(t, "offer")
	cat := m.catalogues[offer.Catalogue]
	picked := choices(t, offer.Items, cat)
	if len(picked) == 0 {
		t.Skip("nothing answered")
	}
	gpc := rapid.Bool().Draw(t, "gpc")
	stale := slices.ContainsFunc(picked, func(c consent.Choice) bool {
		return c.Answer == "yes" && m.model.staleSince(key{c.Purpose, c.Recipient}, offer.Seq)
	})
	e, err := m.run(t, consent.OptIn{Offer: &offer, Choices: picked}, consent.Context{Evidence: statement.Evidence{GPC: gpc}})
	expired := m.world().Now.Unix() >= offer.Expires
	if expired != errors.Is(err, consent.ErrExpired) || (stale && !expired) != errors.Is(err, consent.ErrStale) {
		t.Fatalf("expired: %t, stale: %t, error: %v", expired, stale, err)
	}
	if err != nil {
		if !stale && !expired {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	for _, c := range picked {
		if c.Answer == "yes" {
			m.recordYes(e, c, offer, cat, e.Standing.At, gpc)
		}
	}
	m.recordNosUnder(e, gpc)
}

func (m *machine) recordYes(e *consent.Event, c consent.Choice, offer consent.Offer, cat *catalogue.Catalogue, when time.Time, gpc bool) {
	p, k := cat.Purposes[c.Purpose], key{c.Purpose, c.Recipient}
	w := word{
		seq: e.Standing.Seq, at: e.Standing.At, effective: when, key: k, yes: true,
		data: sortedKeys(p.Data), until: p.Valid.AddTo(when), gpc: gpc && p.GPC,
	}
	if c.Data != nil {
		w.data = c.Data
	}
	if last, ok := m.model.inForce(k, e.Standing.At); ok {
		w.id, w.gpc = last.id, w.gpc || last.gpc
	} else {
		w.id = e.Standing.Line(c.Purpose, c.Recipient).ConsentID
		for _, old := range m.model.log {
			if old.id == w.id {
				panic("a new grant took an old id")
			}
		}
	}
	m.model.log = append(m.model.log, w)
}

// OptInEvent delivers an opt-in event late, early, twice or out of order.
func (m *machine) OptInEvent(t *rapid.T) {
	offer := consent.NewOffer(m.standing, m.cat(), m.current, nil, "en")
	picked := choices(t, offer.Items, m.cat())
	if len(picked) == 0 {
		t.Skip("nothing answered")
	}
	now := m.world().Now
	occurred := now.Add(rapid.SampledFrom([]time.Duration{
		-100 * 24 * time.Hour, -25 * time.Hour, -time.Minute, -time.Second, 0, 59 * time.Second, 2 * time.Minute,
	}).Draw(t, "occurred"))
	queued := now.Add(rapid.SampledFrom([]time.Duration{-time.Hour, -time.Second, 0}).Draw(t, "queued"))
	e, err := m.run(t, consent.OptIn{Choices: picked}, consent.Context{OccurredAt: occurred, QueuedAt: queued})
	if future := occurred.After(now.Add(consent.MaxSkew)); future != errors.Is(err, consent.ErrFuture) {
		t.Fatalf("future: %t, error: %v", future, err)
	}
	if err != nil {
		return
	}
	when := occurred
	if queued.Before(when) {
		when = queued
	}
	if now.Before(when) {
		when = now
	}
	var counted []consent.Choice
	for _, c := range picked {
		k := key{c.Purpose, c.Recipient}
		if c.Answer == "yes" && m.model.counts(k, when) && m.cat().Purposes[c.Purpose].Valid.AddTo(when).After(now) {
			counted = append(counted, c)
		}
	}
	anyNo := slices.ContainsFunc(picked, func(c consent.Choice) bool { return c.Answer == "no" })
	if wanted := anyNo || len(counted) > 0; wanted != (e != nil) {
		t.Fatalf("event: %v, but the model counts %d yes and no: %t", e, len(counted), anyNo)
	}
	if e == nil {
		return
	}
	for _, c := range counted {
		m.recordYes(e, c, offer, m.cat(), when, false)
	}
	m.recordNos(e)
}

func (m *machine) optOut(t *rapid.T, cmd consent.OptOut) *consent.Event {
	// anything about the context must do: no clock, no channel stops an opt-out
	c := consent.Context{
		OccurredAt: m.now.Add(rapid.SampledFrom([]time.Duration{-9e15, -time.Hour, 0, 9e15}).Draw(t, "occurred")),
		Evidence:   statement.Evidence{Level: statement.EvidenceNone},
	}
	e, err := m.run(t, cmd, c)
	if err != nil || e == nil {
		t.Fatalf("opt-out %+v: event %v, error %v", cmd, e, err)
	}
	return e
}

func (m *machine) OptOutAll(t *rapid.T) {
	e := m.optOut(t, consent.OptOut{All: true})
	m.recordNos(e)
	m.model.log = append(m.model.log, word{seq: e.Standing.Seq, at: e.Standing.At})
}

func (m *machine) OptOutPurposes(t *rapid.T) {
	lines := len(m.standing.Lines)
	p := rapid.SampledFrom([]string{"alerts", "offers", "research", "retired", "never-heard-of"}).Draw(t, "purpose")
	e := m.optOut(t, consent.OptOut{Purposes: []string{p}})
	m.recordNos(e)
	if p == "never-heard-of" && len(e.Standing.Lines) != lines {
		t.Fatal("an unknown purpose grew the standing")
	}
}

func (m *machine) OptOutConsents(t *rapid.T) {
	id := rapid.SampledFrom(append([]string{"never-heard-of"}, m.seenIDs...)).Draw(t, "consent")
	m.recordNos(m.optOut(t, consent.OptOut{Consents: []string{id}}))
	if l := m.standing.Consent(id); l != nil && l.InForce(m.standing.At) {
		t.Fatalf("consent %s is in force after its opt-out", id)
	}
}

func (m *machine) Narrow(t *rapid.T) {
	now := m.world().Now
	var inForce []statement.Line
	for _, l := range m.standing.Lines {
		if l.InForce(now) {
			inForce = append(inForce, l)
		}
	}
	if len(inForce) == 0 {
		t.Skip("nothing to narrow")
	}
	l := rapid.SampledFrom(inForce).Draw(t, "consent")
	keep := rapid.SliceOfDistinct(rapid.SampledFrom(append([]string{"extra"}, l.Data...)), rapid.ID[string]).Draw(t, "keep")
	slices.Sort(keep)
	e, err := m.run(t, consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.ConsentID, Data: &keep}}}, consent.Context{})
	if wider := slices.Contains(keep, "extra"); wider != errors.Is(err, consent.ErrNotNarrower) {
		t.Fatalf("wider: %t, error: %v", wider, err)
	}
	if err != nil {
		return
	}
	k := key{l.Purpose, l.Recipient}
	w, _ := m.model.inForce(k, now)
	w.seq, w.at, w.data, w.narrowing = e.Standing.Seq, e.Standing.At, keep, true
	if len(keep) == 0 {
		w = word{seq: w.seq, at: w.at, key: k}
	}
	m.model.log = append(m.model.log, w)
}

func (m *machine) Erase(t *rapid.T) {
	e, err := m.run(t, consent.Erase{}, consent.Context{})
	if err != nil || len(e.Standing.Lines)+len(e.Standing.Requests) != 0 || e.Standing.Fence == nil {
		t.Fatalf("erase: %+v, %v", e, err)
	}
	m.model.log = append(m.model.log, word{seq: e.Standing.Seq, at: e.Standing.At, erasure: true})
}

// testCatalogues are two versions: the second has dropped one purpose and
// brought another.
func testCatalogues() map[string]*catalogue.Catalogue {
	months, _ := period.Parse("P3M")
	purpose := func(gpc bool, recipients ...string) catalogue.Purpose {
		return catalogue.Purpose{
			Recipients: recipients, Valid: months, GPC: gpc, Notice: "n",
			Data:            map[string]catalogue.Necessity{"balances": catalogue.Required, "cards": catalogue.Optional},
			MinimumEvidence: catalogue.MinimumEvidence{OptIn: statement.EvidenceClaimed},
		}
	}
	with := func(purposes map[string]catalogue.Purpose) *catalogue.Catalogue {
		offers := purposes["offers"]
		offers.Data = maps.Clone(offers.Data)
		offers.Data["health"] = catalogue.Optional
		purposes["offers"] = offers
		return &catalogue.Catalogue{
			Issuer: "https://bank.example", Controller: "bank", Languages: []string{"en"}, Purposes: purposes,
			Data:         map[string]catalogue.Data{"balances": {}, "cards": {}, "health": {Special: "health"}},
			Parties:      map[string]catalogue.Party{"bank": {Name: "Bank"}, "parley": {Name: "Parley"}},
			Notices:      map[string]map[string]catalogue.Notice{"n": {"en": {Digest: "d"}}},
			DataRequests: catalogue.DataRequests{Default: "gdpr", Timezone: "UTC"},
		}
	}
	return map[string]*catalogue.Catalogue{
		"c1": with(map[string]catalogue.Purpose{"alerts": purpose(false, "bank", "parley"), "offers": purpose(true, "parley"), "retired": purpose(true, "bank")}),
		"c2": with(map[string]catalogue.Purpose{"alerts": purpose(false, "bank", "parley"), "offers": purpose(true, "parley"), "research": purpose(false, "bank")}),
	}
}

// Annul corrects any receipt. The consents that it gave or widened end.
func (m *machine) Annul(t *rapid.T) {
	if len(m.events) == 0 {
		return
	}
	mistake := rapid.SampledFrom(m.events).Draw(t, "mistake")
	event, err := m.run(t, consent.Annul{
		Seq: mistake.Standing.Seq, Digest: "sha256:x", Reason: "Another person's.",
		Of: consent.Mistake{Type: mistake.Type, At: mistake.Standing.At, Changes: mistake.Changes},
	}, consent.Context{Actor: statement.Actor{Role: statement.RoleAgent}})
	final := mistake.Type == statement.EventAnnulment || mistake.Type == statement.EventErasure || len(mistake.Requests) > 0
	if final != (err != nil) {
		t.Fatalf("annulling an %s: %v", mistake.Type, err)
	}
	if err != nil {
		return
	}
	if c := event.Corrects; c == nil || c.Seq != mistake.Standing.Seq || !c.From.Equal(mistake.Standing.At) {
		t.Fatalf("corrects %+v", c)
	}
	for _, c := range mistake.Changes {
		if l := m.standing.Line(c.Purpose, c.Recipient); c.To == statement.Given && l != nil && l.ConsentID == c.ConsentID && l.InForce(m.standing.At) {
			t.Fatalf("%s is in force after it was annulled", c.Purpose)
		}
	}
	m.recordNos(event)
}

// Expire records an end that the model already knows, and changes nothing else: an expiry is
// not the person's decision.
func (m *machine) Expire(t *rapid.T) {
	event, err := m.run(t, consent.Expire{}, consent.Context{Actor: statement.Actor{Role: statement.RoleSystem}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range m.standing.Lines {
		if until, ok := l.Lapses(); ok && !m.world().Now.Before(until) {
			t.Fatalf("%s ended at %s, and that is not recorded", l.Purpose, until)
		}
	}
	if event == nil {
		return
	}
	for _, c := range event.Changes {
		if c.To != statement.Expired {
			t.Fatalf("an expiry made %s %s", c.Purpose, c.To)
		}
	}
}
