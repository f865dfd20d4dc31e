package page

import (
	"bytes"
	"encoding/json"
	"flag"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

var update = flag.Bool("update", false, "write the golden pages")

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
			"withdrawal": s.say(consent.OptOut{Consents: []string{id}, Reason: "Too many messages."}, false),
			"request":    s.say(consent.RequestData{Type: "erasure", Details: "All of it, please."}, false),
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

func TestEveryEventInEveryLanguage(t *testing.T) {
	s, recs := told(t)
	seen := map[string]bool{}
	for _, rec := range recs {
		seen[string(rec.Event.Type)] = true
		for _, language := range wording.Languages() {
			got := s.page(rec, language)
			if !strings.Contains(got, `<html lang="`+language+`" dir="ltr">`) || !strings.Contains(got, rec.Digest) {
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
	for _, state := range statement.RequestStates() {
		if !seen["request-"+string(state)] {
			t.Errorf("the story has no request that came to be %s", state)
		}
	}
}

// TestWordsOfRequests: every state, reason and rule of a request has a word in every
// language.
func TestWordsOfRequests(t *testing.T) {
	var keys []string
	for _, state := range statement.RequestStates() {
		keys = append(keys, "event.request-"+string(state), "request-state."+string(state), "short.request."+string(state))
	}
	for _, kind := range append(statement.RequestTypes(), statement.Appeal, statement.Withdrawal) {
		keys = append(keys, "request."+string(kind))
	}
	for _, role := range []statement.Role{statement.RoleSubject, statement.RoleGuardian, statement.RoleAttorney, statement.RoleAgent, statement.RoleSystem, statement.RoleSignal} {
		keys = append(keys, "actor."+string(role))
	}
	for _, cause := range []string{statement.CauseGPC, statement.CauseRestriction, statement.CauseObjection, statement.CauseOptOutOfSale, statement.CauseLimit} {
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
	for _, language := range wording.Languages() {
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
	if got := s.page(whole, "en"); strings.Contains(got, "Parts that are not shown") || !strings.Contains(got, "the receipt is complete") {
		t.Error("a complete receipt names something as withheld")
	}
	part := *whole
	part.Changes, part.Records, part.Standing = slices.Clone(whole.Changes), slices.Clone(whole.Records), slices.Clone(whole.Standing)
	part.Changes[1].Value, part.Records[1].Value, part.Standing[0].Value, part.Standing[1].Value = nil, nil, nil, nil
	got := strings.NewReplacer("<bdi>", "", "</bdi>", "").Replace(s.page(&part, "en"))
	for _, want := range []string{"changes: 1 not shown", "the state after this receipt: 2 not shown", "A yes, of a receipt whose other parts are withheld", "Checking-account balances<br>Card transactions"} {
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
	if !ok || inline != style+(brand.Brand{}).CSS() {
		t.Fatal("the style on the page is not the one that was hashed")
	}
	for _, forbidden := range []string{"<script", " style=", "<img", "<link", "url(", "@import"} {
		if strings.Contains(got, forbidden) {
			t.Errorf("%q on a self-contained page without scripts", forbidden)
		}
	}
}

// TestBrand: a page that wears a brand has its colours, its picture and its links, and stays
// within its policy. A receipt without a brand has none of them.
func TestBrand(t *testing.T) {
	s := newStory(t)
	picture, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "catalogue", "logos", "first-example-bank.png"))
	if err != nil {
		t.Fatal(err)
	}
	logo, err := brand.NewLogo(picture)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDocument(s.optIn("en"), s.cat, "en")
	if err != nil {
		t.Fatal(err)
	}
	d.Brand = brand.Brand{Service: "Your data, your say", Accent: "#0b5a5e", Logo: logo, Links: []brand.Link{{Label: "Privacy <b>", URL: "https://bank.example/privacy"}}}
	var b bytes.Buffer
	if err := d.WriteHTML(&b, nil); err != nil {
		t.Fatal(err)
	}
	contains(t, b.String(), `<img src="data:image/png;base64,iVBOR`, "--accent:#0b5a5e", "<bdi>Your data, your say</bdi>", `<a href="https://bank.example/privacy" rel="noreferrer">Privacy &lt;b&gt;</a>`)
	_, rest, _ := strings.Cut(b.String(), "<style>")
	inline, _, _ := strings.Cut(rest, "</style>")
	if worn := PolicyFor(d.Brand); !strings.Contains(worn, StyleHash(inline)) || worn == PolicyFor(brand.Brand{}) {
		t.Errorf("the policy %s does not allow the style", worn)
	}
}

func TestPageHasWords(t *testing.T) {
	for _, m := range regexp.MustCompile(`\.?W\.Say "([^"]+)"`).FindAllStringSubmatch(layout, -1) {
		if !texts.In("en").Has(m[1]) {
			t.Errorf("no words for %q", m[1])
		}
	}
}

// Every member of the actor and of the evidence has a name in words.
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
		for _, elements := range [][]receipt.Element{rec.Actor, rec.Evidence} {
			values, _ := receipt.Values(elements)
			for _, value := range values {
				fields, err := NamesOf(rec, s.cat, texts.In("en")).fields(value)
				if err != nil {
					t.Fatal(err)
				}
				check(fields)
			}
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
		if err := Render(new(bytes.Buffer), rec, nil, s.cat, "en", brand.Brand{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWordsOfOthersAreMarked: nothing that somebody wrote stands in a line of the
// receipt's own, or can move what does.
func TestWordsOfOthersAreMarked(t *testing.T) {
	const lie = "I mean it.\nState: completed\r\nTo be answered by: 3 March 2033\n\x1b[2J\u202eyes" // as in an old receipt
	long := strings.Repeat("so that it is broken here ", 9) + "State: completed"
	s := newStory(t)
	request := s.say(consent.RequestData{Type: "erasure"}, false)
	request.Request = disclosed(t, []statement.RequestStatement{{
		Request: s.standing.Requests[0], Details: lie,
		Part: &statement.Part{Name: "a\nState: completed", MediaType: "text/csv", Digest: "sha256:00", Where: long},
	}})
	request.Note = disclosed(t, []statement.Note{{By: statement.RoleSubject, Text: lie}, {By: statement.RoleAgent, Text: long}})
	request.Actor = disclosed(t, []statement.Actor{{
		Role: statement.RoleAttorney, ID: lie,
		Authority: statement.Authority{RawMessage: json.RawMessage(`{"party":"A\nState: completed","protocol":"drp\nState: completed","case":"7\nState: completed","mandate":` + strconv.Quote(long) + `}`)},
	}})
	request.Evidence = disclosed(t, []statement.Evidence{{
		Level: "claimed", Channel: "web", Claimed: &statement.Authentication{ACR: "x; State: completed", AMR: []string{"pwd", lie}},
	}})
	request.Event.Corrects = &statement.Correction{Seq: 1, Why: lie}

	var text bytes.Buffer
	if err := Text(&text, request, s.cat, "en"); err != nil {
		t.Fatal(err)
	}
	own := 0
	for line := range strings.Lines(text.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "|") || !strings.Contains(strings.ReplaceAll(line, "‹U+000A›State: completed", ""), "State: ") {
			continue
		}
		if own++; line != "State: Received" {
			t.Errorf("a line of the receipt: %q", line)
		}
	}
	if own != 1 {
		t.Errorf("%d lines of the receipt say the state:\n%s", own, text.String())
	}
	got := html.UnescapeString(s.page(request, "en"))
	plain := regexp.MustCompile(`(?s)<blockquote>.*?</blockquote>`).ReplaceAllString(got, "")
	if n := strings.Count(strings.ReplaceAll(plain, "‹U+000A›State: completed", ""), "State: completed"); n > 0 {
		t.Errorf("%d times on the page outside of a quotation", n)
	}
	if !strings.Contains(got, `<p dir="auto">To be answered by: 3 March 2033</p>`) {
		t.Error("what was written is not quoted line by line")
	}
	for form, shown := range map[string]string{"text": text.String(), "page": got} {
		if strings.ContainsAny(shown, "\x1b\r\u202e") || !strings.Contains(shown, "‹U+001B›[2J‹U+202E›yes") {
			t.Errorf("%s: controls are not made visible", form)
		}
	}
}

// TestAuthorityPassesForNothing: a producer chooses the names in an authority, and their
// values; neither takes a label, a word or a date of the receipt's own.
func TestAuthorityPassesForNothing(t *testing.T) {
	s := newStory(t)
	rec := s.optIn("en")
	rec.Actor = disclosed(t, []statement.Actor{{Role: statement.RoleAttorney, Authority: statement.Authority{RawMessage: json.RawMessage(
		`{"event_state":"withdrawn","validity_duration":"2033-03-03T00:00:00Z","state":"completed","title":"https://evil.example/pay","n":20330303,"case":"Your case xx ; State: completed"}`)}}})
	said := text(t, rec, nil, "en")
	for _, line := range strings.Split(said, "\n") {
		for _, lie := range []string{"State: completed", "State: withdrawn", "Valid until: the end of 2 March 2033", "state: ", "Title: https", "20330303"} {
			if strings.HasPrefix(strings.TrimSpace(line), lie) {
				t.Errorf("the line %q passes for the receipt's own", line)
			}
		}
	}
	if !strings.Contains(said, "| withdrawn") || !strings.Contains(said, "| 2033-03-03T00:00:00Z") || !strings.Contains(said, `"event_state"`) {
		t.Errorf("what the producer said is not there:\n%s", said)
	}
}

// TestLead: the first lines of a receipt say who may use what until when, or no longer, and since
// when; how to stop or to allow it; and what happens with the data. Those of a request say what
// was asked of whom, what is due by when, and how to go on.
func TestLead(t *testing.T) {
	s := newStory(t)
	lead := func(rec *receipt.Receipt, language string) string {
		d, err := NewDocument(rec, s.cat, language)
		if err != nil {
			t.Fatal(err)
		}
		return d.Lead
	}
	id := func() string { return s.standing.Line("account-alerts", "parley").ConsentID }
	const (
		host    = "consent.first-example-bank.example"
		yes     = "Parley Messenger may use: “Checking-account balances” and “Card transactions”, until 23 November 2027. "
		stop    = "It can be stopped on any day at " + host + ". If it is stopped: Parley Messenger deletes what it holds within 30 days."
		deletes = "Parley Messenger deletes the data that it holds and may no longer use, by 23 December 2026."
		back    = "Only a yes of the person allows it, at " + host + "."
		open    = "An answer is due by 23 December 2026. "
		follow  = "The request can be followed, or taken back, at " + host + "/requests."
	)
	for _, c := range []struct {
		rec  func() *receipt.Receipt
		want string
	}{
		{func() *receipt.Receipt { return s.optIn("en") }, yes + stop},
		{func() *receipt.Receipt {
			return s.say(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: id(), Data: &[]string{"balances"}}}}, false)
		}, "Parley Messenger may use: “Checking-account balances”, until 23 November 2027. For “Answer me in Parley Messenger”, Parley Messenger may no longer use: “Card transactions”, since 23 November 2026. " + deletes + " " + stop},
		{func() *receipt.Receipt { return s.say(consent.RequestData{Type: "erasure"}, false) },
			"First Example Bank was asked on 23 November 2026: “Delete my data”. It is about: all data held about you. " + open + "Until then, what is allowed goes on, unless it is withdrawn. " + follow},
		{func() *receipt.Receipt { return s.say(consent.RequestData{Type: "restriction"}, false) },
			"First Example Bank was asked on 23 November 2026: “Restrict the use of my data”. It is about: all data held about you. " + open + follow +
				" For “Answer me in Parley Messenger”, Parley Messenger may not use for now: “Checking-account balances”. " + back},
		{func() *receipt.Receipt { return s.say(consent.OptOut{Consents: []string{id()}}, false) },
			"For “Answer me in Parley Messenger”, Parley Messenger may no longer use: “Checking-account balances”, since 23 November 2026. " + deletes + " " + back},
		{func() *receipt.Receipt { return s.say(consent.OptOut{Consents: []string{id()}}, false) },
			"Parley Messenger gets nothing for “Answer me in Parley Messenger”. " + back},
		{func() *receipt.Receipt { return s.say(consent.OptOut{Purposes: []string{"never-heard-of"}}, false) }, ""},
		{func() *receipt.Receipt {
			s.now = s.now.Add(-time.Hour) // so that the day stays the same
			return s.say(consent.OptOut{All: true}, false)
		}, "All consents were withdrawn on 23 November 2026 (receipt 8). An older yes no longer counts. " + back},
		{func() *receipt.Receipt {
			return s.say(consent.RequestData{Type: "access-specific", Scope: statement.Scope{Data: []string{"balances"}}}, false)
		}, "First Example Bank was asked on 23 November 2026: “See certain data of mine”. It is about: “Checking-account balances”. " + open + follow},
		{func() *receipt.Receipt { return s.act(datarequest.AskIdentity, "") },
			"First Example Bank was asked on 23 November 2026: “See certain data of mine”. Show who you are by 23 December 2026. " + follow},
		{func() *receipt.Receipt { return s.act(datarequest.Deny, "manifestly-unfounded") },
			"First Example Bank was asked on 23 November 2026: “See certain data of mine”."},
		{func() *receipt.Receipt {
			s.optIn("en")
			s.now = s.now.AddDate(1, 0, 1)
			return s.sayAs(statement.RoleSystem, consent.Expire{}, false)
		}, "For “Answer me in Parley Messenger”, Parley Messenger may no longer use: “Checking-account balances” and “Card transactions”, since 24 November 2027. " +
			"Parley Messenger deletes the data that it holds and may no longer use, by 24 December 2027. " + back},
		{func() *receipt.Receipt {
			return s.say(consent.OptIn{Offer: s.offer("en"), Choices: []consent.Choice{{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "card-offers", Answer: "yes"}}}, false)
		}, "For “Answer me in Parley Messenger”, Parley Messenger may use: “Checking-account balances” and “Card transactions”, until 25 November 2028. " +
			"For “Offers from Parley that fit how I pay”, Parley Messenger may use: “Card transactions”, until 25 May 2028. " + stop},
	} {
		rec := c.rec()
		if got := lead(rec, "en"); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", rec.Event.Type, got, c.want)
		}
		for _, language := range []string{"es", "de"} {
			if got := lead(rec, language); (got == "") != (c.want == "") || c.want != "" && got == c.want || strings.ContainsAny(got, "{}") {
				t.Errorf("%s in %s: %s", rec.Event.Type, language, got)
			}
		}
	}
	part := *s.optIn("en")
	part.Records, part.Standing = []receipt.Element{{Digest: "d"}}, nil
	if got := lead(&part, "en"); got != "" {
		t.Errorf("of terms that are withheld: %s", got)
	}
}
