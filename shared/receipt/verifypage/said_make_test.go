package verifypage_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// office issues receipts for real, to one person after another, at times of its own.
type office struct {
	*registrar.Registrar
	t      *testing.T
	roots  receipt.Roots
	now    time.Time
	people int
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, now: registrartest.Begin}
	of := registrartest.New(t, registrartest.Setup{Now: func() time.Time { return o.now }})
	o.Registrar, o.roots = of.Registrar, receipt.Roots{of.Signing.Root}
	return o
}

// life is one person's, receipt by receipt.
type life struct {
	*office
	subject  string
	receipts []string
	replace  *strings.Replacer // of words in receipts that are issued anew; nil: none is
}

func (o *office) life() *life {
	o.people++
	o.now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	sub := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{byte(o.people)}, 32))
	return &life{office: o, subject: sub}
}

func (l *life) standing() statement.Standing {
	l.t.Helper()
	s, err := l.Standing(l.t.Context(), ledger.Person(l.subject))
	must(l.t, err)
	return s
}

// as carries out a command in a role, an hour after the one before.
func (l *life) as(role statement.Role, cmd consent.Command) {
	l.t.Helper()
	l.now = l.now.Add(time.Hour)
	c := consent.Context{Actor: statement.Actor{Role: role}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"}}
	if _, signal := cmd.(consent.Signal); signal {
		c.Actor.Role, c.Evidence.GPC = statement.RoleSignal, true
	}
	if _, copied := cmd.(consent.Import); copied {
		c.Evidence.Copied = &statement.Copied{System: "crm", Record: "17", Attests: statement.AttestedImplied}
		c.OccurredAt, c.QueuedAt = l.now, l.now
	}
	result, err := l.Do(l.t.Context(), ledger.Person(l.subject), fmt.Sprint(len(l.receipts)), cmd, c)
	must(l.t, err)
	if result == nil {
		l.t.Fatalf("%T changed nothing", cmd)
	}
	l.receipts = append(l.receipts, result.Receipt)
}

func (l *life) do(cmd consent.Command) { l.t.Helper(); l.as(statement.RoleSubject, cmd) }

func (l *life) optIn(language string, choices ...consent.Choice) {
	l.t.Helper()
	before := l.now
	l.now = before.Add(time.Hour) // the hour at which it is answered: an offer is valid for half of one
	token, _, _, err := l.Offer(l.t.Context(), ledger.Person(l.subject), nil, language, false)
	must(l.t, err)
	l.now = before
	offer, err := l.ParseOffer(ledger.Person(l.subject), token)
	must(l.t, err)
	l.do(consent.OptIn{Offer: offer, Choices: choices})
}

// alerts is the id of the consent that lives are about.
func (l *life) alerts() string {
	s := l.standing()
	return s.Line("account-alerts", "parley").ConsentID
}

// step takes the newest request on.
func (l *life) step(act datarequest.Act, reason string) {
	l.t.Helper()
	role := statement.RoleAgent
	if act == datarequest.Miss || act == datarequest.Expire {
		role = statement.RoleSystem
	}
	requests := l.standing().Requests
	r := requests[len(requests)-1]
	cmd := consent.AdvanceRequest{ID: r.ID, Act: act, Reason: reason, Case: "DR-7", NothingHeld: act == datarequest.Complete && r.Type.HasParts() && r.Parts == 0}
	if act == datarequest.CompletePartly {
		cmd.Withheld = []statement.Withheld{{What: "the notes of a call", Why: reason}}
	}
	l.as(role, cmd)
}

// retold is the newest receipt, issued with other words in it, for states that no command
// makes yet. The cases after it repeat them.
func (l *life) retold(event statement.EventType, replace ...string) {
	l.t.Helper()
	l.replace = strings.NewReplacer(replace...)
	l.again(event)
}

// again issues the newest receipt anew, with the words replaced, behind the one before it.
func (l *life) again(event statement.EventType) {
	l.t.Helper()
	last := len(l.receipts) - 1
	claims := l.verified(l.receipts[last]).Claims
	claims.Event.Type, claims.Prev = event, l.verified(l.receipts[last-1]).Digest
	for _, array := range []*[]receipt.Element{&claims.Changes, &claims.Standing, &claims.Records} {
		for i, e := range *array {
			(*array)[i].Value = []byte(l.replace.Replace(string(e.Value)))
		}
	}
	issued, err := l.Issuer.Issue(l.t.Context(), &claims)
	must(l.t, err)
	l.receipts[last] = issued.Raw
}

func (o *office) verified(raw string) *receipt.Receipt {
	o.t.Helper()
	rec, err := o.Verifier.Verify(raw)
	must(o.t, err)
	return rec
}

// showing is a receipt of which only some elements are shown.
func (o *office) showing(raw string, show func(array string, i int) bool) string {
	o.t.Helper()
	rec := o.verified(raw)
	var parts []string
	for _, a := range []struct {
		name string
		n    int
	}{
		{"changes", len(rec.Changes)}, {"records", len(rec.Records)}, {"standing", len(rec.Standing)}, {"actor", 1}, {"evidence", 1},
		{"request", len(rec.Request)}, {"note", len(rec.Note)},
	} {
		for i := range a.n {
			if show(a.name, i) {
				parts = append(parts, fmt.Sprintf("%s[%d]", a.name, i))
			}
		}
	}
	if len(parts) == 0 {
		return strings.SplitAfter(raw, "~")[0]
	}
	out, err := rec.Present(parts)
	must(o.t, err)
	return out
}

// without are all elements but those of some arrays.
func without(arrays ...string) func(string, int) bool {
	return func(array string, _ int) bool { return !strings.Contains(strings.Join(arrays, " "), array) }
}

// only is one element, or with -1 a whole array.
func only(array string, i int) func(string, int) bool {
	return func(a string, n int) bool { return a == array && (i < 0 || n == i) }
}

func yes(purpose string) consent.Choice { return consent.Choice{Purpose: purpose, Answer: "yes"} }
func no(purpose string) consent.Choice  { return consent.Choice{Purpose: purpose, Answer: "no"} }

// lives are all possible histories of a consent after it was given.
var lives = []struct {
	name string
	tell func(*life)
}{
	{"withdrawn", func(l *life) { l.do(consent.OptOut{Consents: []string{l.alerts()}}) }},
	{"everything withdrawn", func(l *life) { l.do(consent.OptOut{All: true}) }},
	{"its purpose withdrawn by staff", func(l *life) {
		l.as(statement.RoleAgent, consent.OptOut{Purposes: []string{"account-alerts", "never-heard-of"}})
	}},
	{"refused anew", func(l *life) { l.optIn("en", no("account-alerts"), no("card-offers")) }},
	{"narrowed", func(l *life) {
		l.do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.alerts(), Data: &[]string{"balances"}}}})
	}},
	{"shortened", func(l *life) {
		l.do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.alerts(), Until: "2027-02-01"}}})
	}},
	{"confirmed and changed", func(l *life) { l.optIn("en", yes("account-alerts"), yes("card-offers")) }},
	{"narrowed, then widened", func(l *life) {
		l.do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.alerts(), Data: &[]string{"balances"}}}})
		l.optIn("es", yes("account-alerts"))
	}},
	{"ended and given anew", func(l *life) { l.do(consent.OptOut{All: true}); l.optIn("en", yes("account-alerts")) }},
	{"paused", func(l *life) { l.do(consent.RequestData{Type: "restriction"}) }},
	{"paused, then withdrawn", func(l *life) { l.do(consent.RequestData{Type: "restriction"}); l.do(consent.OptOut{All: true}) }},
	{"objected to", func(l *life) { l.do(consent.RequestData{Type: "objection"}) }},
	{"its receipt annulled", func(l *life) {
		first := l.verified(l.receipts[0])
		cmd, err := l.Annulment(l.t.Context(), ledger.Person(l.subject), consent.Annul{Seq: 1, Digest: first.Digest, Reason: "Another person's."})
		must(l.t, err)
		l.as(statement.RoleAgent, cmd)
	}},
	{"expired", func(l *life) { l.now = l.now.AddDate(1, 0, 1); l.as(statement.RoleSystem, consent.Expire{}) }},
	{"erased", func(l *life) { l.as(statement.RoleSystem, consent.Erase{}) }},
	{"left as it is by a signal", func(l *life) { l.as(statement.RoleSignal, consent.Signal{}) }},
	{"left as it is by a request", func(l *life) { l.do(consent.RequestData{Type: "rectification"}) }},
	{"revoked", func(l *life) {
		l.do(consent.OptOut{Consents: []string{l.alerts()}})
		l.retold("revocation", `"withdrawn"`, `"revoked"`, "ConsentWithdrawn", "ConsentRevoked")
	}},
	{"reconfirmed", func(l *life) { l.optIn("en", yes("account-alerts")); l.retold("reconfirmation") }},
	{"reminded of", func(l *life) { l.do(consent.RequestData{Type: "access"}); l.retold("reminder") }},
	{"kept when older ones went", func(l *life) { l.do(consent.RequestData{Type: "access"}); l.retold("retention") }},
}

// told is one whole history: the consent is given, another event happens, the consent
// changes, another event happens.
func (o *office) told(tell func(*life)) *life {
	l := o.life()
	l.optIn("en", yes("account-alerts"), yes("service-improvement"), no("card-offers"))
	l.do(consent.RequestData{Type: "access", Scope: statement.Scope{Purposes: []string{"account-alerts"}}})
	tell(l)
	l.do(consent.RequestData{Type: "portability"})
	if l.replace != nil {
		l.again(statement.EventRequestReceived)
	}
	return l
}

// requested is a life of data requests, through every step of one, with imports and noes.
func (o *office) requested() *life {
	l := o.life()
	l.optIn("en", no("card-offers"), no("account-alerts"))
	l.do(consent.OptOut{Consents: []string{"11111111-1111-4111-8111-111111111111"}})
	l.do(consent.OptOut{All: true})
	l.as(statement.RoleSystem, consent.Import{Choices: []consent.Choice{yes("service-improvement"), no("card-offers")}})
	ask := func(kind string) { l.do(consent.RequestData{Type: kind}) }
	ask("access-categories")
	l.step(datarequest.AskIdentity, "")
	l.step(datarequest.GiveIdentity, "")
	l.step(datarequest.Acknowledge, "")
	l.step(datarequest.Extend, "complexity")
	l.step(datarequest.Start, "")
	requests := l.standing().Requests
	l.as(statement.RoleAgent, consent.AddPart{ID: requests[0].ID, Case: "DR-7", Part: statement.Part{
		Name: "cards.csv", MediaType: "text/csv", Digest: statement.Digest(nil), Where: "https://www.first-example-bank.example/parts/1",
	}})
	l.step(datarequest.CompletePartly, "rights-of-others")
	ask("rectification")
	l.step(datarequest.Deny, "manifestly-unfounded")
	ask("access-specific")
	l.do(consent.TakeBack{ID: l.standing().Requests[len(l.standing().Requests)-1].ID})
	ask("portability")
	l.now = l.now.AddDate(0, 2, 0)
	l.step(datarequest.Miss, "")
	l.step(datarequest.Complete, "")
	ask("access")
	l.step(datarequest.AskIdentity, "")
	l.now = l.now.AddDate(0, 2, 0)
	l.step(datarequest.Expire, "")
	l.as(statement.RoleAgent, consent.RequestData{Type: "erasure"})
	l.step(datarequest.Complete, "")
	l.as(statement.RoleSystem, consent.Erase{})
	return l
}
