package page

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt"
)

var update = flag.Bool("update", false, "write the golden pages")

// story tells events to one person's ledger, without signing anything.
type story struct {
	t        *testing.T
	cat      *catalogue.Catalogue
	digest   string
	now      time.Time
	ids      int
	standing consent.Standing
}

func newStory(t *testing.T) *story {
	t.Helper()
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
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
	return &o
}

// say returns the receipt of a command, as if it had been verified.
func (s *story) say(cmd consent.Command, gpc bool) *receipt.Receipt {
	s.t.Helper()
	return s.sayAs(consent.RoleSubject, cmd, gpc)
}

func (s *story) sayAs(role consent.Role, cmd consent.Command, gpc bool) *receipt.Receipt {
	s.t.Helper()
	s.now = s.now.Add(time.Hour)
	c := consent.Context{
		Actor: consent.Actor{Role: role},
		Evidence: consent.Evidence{
			Level: catalogue.EvidenceAuthenticated, Channel: "web", GPC: gpc,
			Authentication: &consent.Authentication{ACR: "aal2", AMR: []string{"pwd", "otp"}, AuthTime: s.now.Unix() - 60},
		},
	}
	if _, copied := cmd.(consent.Import); copied {
		c.Evidence.Copied = &consent.Copied{System: "old-crm", Record: "r-1"}
	}
	e, err := consent.Decide(s.standing, cmd, c, consent.World{
		Now: s.now, Subject: "alice", Current: s.digest, NewID: s.id,
		Catalogues: map[string]*catalogue.Catalogue{s.digest: s.cat},
	})
	if err != nil || e == nil {
		s.t.Fatalf("%T: event %v, error %v", cmd, e, err)
	}
	s.standing = e.Standing
	rec := &receipt.Receipt{
		Claims: receipt.Claims{
			Issuer: s.cat.Issuer, Subject: "alice", ID: s.id(), IssuedAt: s.now.Unix(), Nonce: "n",
			SchemaVersion: s.cat.Issuer + consent.SchemaPath, Seq: e.Standing.Seq, Catalogue: s.digest,
			Event: receipt.Event{Type: string(e.Type), OccurredAt: e.OccurredAt, Channel: "web", Late: e.Late},
		},
		Digest: catalogue.Digest([]byte{byte(e.Standing.Seq)}),
		Leaf:   "sha256:leaf", Root: "sha256:root",
	}
	if rec.Seq > 1 {
		rec.Prev = catalogue.Digest([]byte{byte(e.Standing.Seq - 1)})
	}
	rec.Changes = disclosed(s.t, e.Changes)
	rec.Records = disclosed(s.t, e.Records)
	rec.Standing = disclosed(s.t, e.Standing.Elements())
	rec.Actor = disclosed(s.t, []consent.Actor{c.Actor})
	rec.Evidence = disclosed(s.t, []consent.Evidence{c.Evidence})
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
	if err := Render(&b, rec, s.cat, language); err != nil {
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

func TestGolden(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		s := newStory(t)
		optIn := s.optIn(language)
		id := s.standing.Line("account-alerts", "parley").ConsentID
		for name, rec := range map[string]*receipt.Receipt{
			"opt-in": optIn,
			"amendment": s.say(consent.OptOut{Narrow: []consent.Narrowing{
				{ConsentID: id, Data: &[]string{"balances"}, Until: "2027-03-31"},
			}}, false),
			"request": s.say(consent.RequestData{Type: "erasure", Details: "All of it, please."}, false),
		} {
			var text bytes.Buffer
			if err := Text(&text, rec, s.cat, language); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+language+".txt", text.String())
			golden(t, name+"."+language+".html", s.page(rec, language))
		}
	}
}

// golden compares with a file under testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is no longer what is rendered; look at the difference, then run go test -update", path)
	}
}

// told is every kind of event, in one life.
func told(t *testing.T) (*story, []*receipt.Receipt) {
	s := newStory(t)
	recs := []*receipt.Receipt{
		s.say(consent.OptIn{Offer: s.offer("en"), Choices: []consent.Choice{{Purpose: "card-offers", Answer: "no"}}}, false),
		s.say(consent.OptIn{Offer: s.offer("es"), Choices: []consent.Choice{
			{Purpose: "card-offers", Answer: "yes"}, {Purpose: "account-alerts", Answer: "yes", Resources: []consent.Resource{{ID: "a1", Label: "•••• 1234"}}},
		}}, false),
		s.say(consent.Signal{}, true),
	}
	id := s.standing.Line("account-alerts", "parley").ConsentID
	recs = append(recs,
		s.say(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: id, Data: &[]string{"balances"}}}}, false),
		s.say(consent.OptOut{Purposes: []string{"account-alerts", "never-heard-of"}}, false),
		s.say(consent.OptOut{Consents: []string{"11111111-1111-4111-8111-111111111111"}}, false),
		s.say(consent.OptOut{All: true}, false),
		s.say(consent.RequestData{Type: "access", Scope: consent.Scope{Purposes: []string{"card-offers"}, Data: []string{"balances"}}}, false),
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
	role := consent.RoleAgent
	if a == datarequest.Miss || a == datarequest.Expire {
		role = consent.RoleSystem
	}
	open := s.standing.Requests
	return s.sayAs(role, consent.AdvanceRequest{ID: open[len(open)-1].ID, Act: a, Reason: reason, Case: "DR-7"}, false)
}

func TestEveryEventInEveryLanguage(t *testing.T) {
	s, recs := told(t)
	seen := map[string]bool{}
	for _, rec := range recs {
		seen[rec.Event.Type] = true
		for _, language := range texts.Languages() {
			got := s.page(rec, language)
			if !strings.Contains(got, `<html lang="`+language+`">`) || !strings.Contains(got, rec.Digest) {
				t.Errorf("%s %s: language or digest is missing", rec.Event.Type, language)
			}
			for _, leak := range []string{"ZgotmplZ", "<no value>", "field.", "said.", "state.", "value."} {
				if strings.Contains(got, leak) {
					t.Errorf("%s %s: %q shows", rec.Event.Type, language, leak)
				}
			}
		}
	}
	for _, kind := range []string{"opt-in", "refusal", "amendment", "opt-out", "signal", "erasure", "import"} {
		if !seen[kind] {
			t.Errorf("the story has no %s", kind)
		}
	}
	for _, state := range datarequest.States() {
		if !seen["request-"+string(state)] {
			t.Errorf("the story has no request that came to be %s", state)
		}
	}
}

// TestWordsOfRequests: whatever the table and the built-in rules can say has a
// word in every language.
func TestWordsOfRequests(t *testing.T) {
	var keys []string
	for _, state := range datarequest.States() {
		keys = append(keys, "event.request-"+string(state), "request-state."+string(state), "short.request."+string(state))
	}
	for _, kind := range append(datarequest.Types(), datarequest.Appeal, datarequest.Withdrawal) {
		keys = append(keys, "request."+string(kind))
	}
	for _, cause := range []string{consent.CauseGPC, consent.CauseRestriction, consent.CauseObjection, consent.CauseOptOutOfSale} {
		keys = append(keys, "changes."+cause)
	}
	for _, rule := range datarequest.Builtin() {
		pack, err := datarequest.Rules(nil).Pack(rule)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, "rule."+string(rule))
		for _, clause := range pack.Clauses {
			reasons := clause.Deny
			for _, e := range clause.Extensions {
				reasons = append(reasons, e.Reasons...)
			}
			for _, reason := range reasons {
				keys = append(keys, "request-reason."+reason)
			}
		}
	}
	for _, language := range texts.Languages() {
		for _, key := range keys {
			if !texts[language].Has(key) {
				t.Errorf("%s: no words for %s", language, key)
			}
		}
	}
}

func TestWithheldIsNamed(t *testing.T) {
	s := newStory(t)
	whole := s.optIn("en")
	if got := s.page(whole, "en"); strings.Contains(got, "What is not shown") || !strings.Contains(got, "the receipt is complete") {
		t.Error("a complete receipt names something as withheld")
	}
	part := *whole
	part.Changes, part.Records, part.Standing = slices.Clone(whole.Changes), slices.Clone(whole.Records), slices.Clone(whole.Standing)
	part.Changes[1].Value, part.Standing[0].Value, part.Standing[1].Value = nil, nil, nil
	got := s.page(&part, "en")
	for _, want := range []string{"what changed: 1 not shown", "what stands: 2 not shown", "Checking-account balances and Card transactions"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(got, "Offers from Parley") {
		t.Error("what is withheld shows")
	}
	part.Changes, part.Records = []receipt.Element{{Digest: "d"}}, []receipt.Element{{Digest: "d"}}
	if got := s.page(&part, "en"); !strings.Contains(got, "Not shown on this page") {
		t.Error("a receipt without its changes does not say so")
	}
}

func TestMarkupIsEscaped(t *testing.T) {
	s := newStory(t)
	s.optIn("en")
	got := s.page(s.say(consent.OptOut{All: true, Reason: `<script>alert("x")</script>`}, false), "en")
	if strings.Contains(got, "<script") || !strings.Contains(got, "&lt;script&gt;") {
		t.Error("a note's markup is not escaped")
	}
}

func TestStyleIsTheOneThatThePolicyAllows(t *testing.T) {
	s := newStory(t)
	got := s.page(s.optIn("en"), "en")
	_, rest, _ := strings.Cut(got, "<style>")
	inline, _, ok := strings.Cut(rest, "</style>")
	if !ok || inline != style {
		t.Fatal("the style on the page is not the one that was hashed")
	}
	for _, forbidden := range []string{"<script", " style=", "<img", "<link", "url(", "@import"} {
		if strings.Contains(got, forbidden) {
			t.Errorf("%q on a self-contained page without scripts", forbidden)
		}
	}
}

func TestWordsAreWhole(t *testing.T) {
	for _, language := range texts.Languages() {
		if !slices.Equal(texts[language].Keys(), texts.In("en").Keys()) {
			t.Errorf("words.%s.json has other keys than words.en.json", language)
		}
	}
	for _, m := range regexp.MustCompile(`\.?W\.Say "([^"]+)"`).FindAllStringSubmatch(layout, -1) {
		if !texts.In("en").Has(m[1]) {
			t.Errorf("no words for %q", m[1])
		}
	}
}

// Every member of a record, and of what is known of who acted, has a name in words.
func TestEveryFieldHasAName(t *testing.T) {
	s, recs := told(t)
	var check func(nodes []node)
	check = func(nodes []node) {
		for _, n := range nodes {
			if n.Name != "" && !texts.In("en").Has("field."+n.Name) {
				t.Errorf("no words for the field %q", n.Name)
			}
			check(n.Children)
		}
	}
	for _, rec := range recs {
		v, err := newView(rec, &Names{Words: texts.In("en"), Catalogue: s.cat})
		if err != nil {
			t.Fatal(err)
		}
		check(v.How)
		for _, r := range v.Records {
			check(r.Fields)
		}
	}
}

// TestModules: a QR code has its three corners, each 7 by 7 with a dark 3 by 3 inside.
func TestModules(t *testing.T) {
	m, err := Modules("https://consent.first-example-bank.example/receipts/1")
	if err != nil {
		t.Fatal(err)
	}
	last := len(m) - 7
	for _, corner := range [][2]int{{0, 0}, {0, last}, {last, 0}} {
		for y := range 7 {
			for x := range 7 {
				ring := max(abs(x-3), abs(y-3))
				if m[corner[0]+y][corner[1]+x] != (ring != 2) {
					t.Fatalf("no corner at %v", corner)
				}
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// BenchmarkRender is one receipt as a page.
func BenchmarkRender(b *testing.B) {
	s := newStory(&testing.T{})
	rec := s.optIn("en")
	for b.Loop() {
		if err := Render(new(bytes.Buffer), rec, s.cat, "en"); err != nil {
			b.Fatal(err)
		}
	}
}
