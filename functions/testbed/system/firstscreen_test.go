package system_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/browser"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/wording"
)

// firstScreen is how high the screen of a phone is, in CSS pixels.
const firstScreen = 800

// TestFirstScreen: the first screen of a phone says of every receipt of every sample who may use
// what until when, or no longer; how to stop or to allow it; and what happens with the data.
func TestFirstScreen(t *testing.T) {
	for file, languages := range map[string][]string{
		"first-example-bank.yaml": {"en", "es"}, "sample-general-hospital.yaml": {"en", "es", "de"}, "sample-street-shop.yaml": {"en", "es"},
	} {
		of, err := system.Compile(samples.FS, file)
		must(t, err)
		for _, language := range languages {
			name := strings.TrimSuffix(file, ".yaml") + " in " + language
			t.Run(name, func(t *testing.T) {
				h := serveOf(t, t.TempDir(), of)
				l := &course{here: h, t: t, token: h.token(t, alex), cat: of.Catalogue, language: language}
				l.words = wording.Load(wording.Page).In(language).InZone(of.Catalogue.DataRequests.Timezone)
				l.live()
				leads := browser.FirstScreen{
					Window: browser.Window{Width: 360, Language: language, Looks: looksOf(t, name)}, Base: h.Base, Person: alex, Receipts: len(l.facts),
				}.Play(t)
				if len(leads) != len(l.facts) {
					t.Fatalf("%d receipts, and %d leads", len(l.facts), len(leads))
				}
				for i, lead := range leads {
					t.Logf("receipt %d reaches down to %.0f: %s", lead.Seq, lead.Bottom, lead.Text)
					if lead.Bottom > firstScreen {
						t.Errorf("receipt %d: its first lines end at %.0f pixels, below the first screen", lead.Seq, lead.Bottom)
					}
					for _, fact := range l.facts[i] {
						if !strings.Contains(lead.Text, fact) {
							t.Errorf("receipt %d: no %q in %q", lead.Seq, fact, lead.Text)
						}
					}
				}
			})
		}
	}
}

// course is what one person does with a catalogue, and what each receipt has to say first.
type course struct {
	*here
	t        *testing.T
	token    string
	cat      *catalogue.Catalogue
	language string
	words    *wording.Words
	facts    [][]string // of each receipt
}

// live says yes to everything, allows less, asks, withdraws, says yes and no, withdraws everything,
// passes a signal on, refuses everything, and says yes again.
func (l *course) live() {
	l.answer("yes", "yes", "yes")
	l.yes(l.lines()...)
	given := l.lines()[0]
	l.do("POST", "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: given.ConsentID, Until: time.Now().AddDate(0, 2, 0).Format(time.DateOnly)}}})
	l.yes(l.lines()[0])
	for _, kind := range []string{"access", "erasure"} {
		l.do("POST", "/v1/data-requests", map[string]string{"type": kind})
		requests := l.standing(l.t, l.token).Requests
		l.fact(l.cat.Parties[l.cat.Controller].Name, l.words.Term("request", kind), l.words.Day(requests[len(requests)-1].Due), l.host()+"/requests")
	}
	l.do("POST", "/v1/opt-out", consent.OptOut{Purposes: []string{given.Purpose}})
	l.ended(l.lines()[0])
	l.answer("no", "yes", "no")
	l.yes(l.lines()[1])
	before := l.lines()
	l.do("POST", "/v1/opt-out", consent.OptOut{All: true})
	for i, now := range l.lines() {
		if before[i].InForce {
			l.ended(now)
		}
	}
	if slices.ContainsFunc(slices.Collect(maps.Values(l.cat.Purposes)), func(p catalogue.Purpose) bool { return p.GPC }) {
		l.do("POST", "/v1/signals", api.Signal{})
		l.fact(l.host())
	}
	l.answer("no", "no", "no")
	l.fact(l.host(), l.cat.Parties[given.Recipient].Name)
	l.answer("yes", "yes", "yes") // after which no opt-out is in force that the pages would tell of
	l.yes(l.lines()...)
}

// answer answers every question of the catalogue, in their order.
func (l *course) answer(answers ...string) {
	l.t.Helper()
	var offer api.Offer
	query := url.Values{"language": {l.language}, "purpose": slices.Sorted(maps.Keys(l.cat.Purposes))}
	l.ask(l.t, l.token, "GET", "/v1/offers?"+query.Encode(), "").into(l.t, &offer)
	cmd := api.OptIn{Offer: offer.Offer}
	for i, item := range offer.Items {
		cmd.Choices = append(cmd.Choices, consent.Choice{Purpose: item.Purpose, Recipient: item.Recipient, Answer: answers[i]})
	}
	l.do("POST", "/v1/opt-in", cmd)
}

// do sends a command, which makes a receipt.
func (l *course) do(method, path string, cmd any) {
	l.t.Helper()
	body, err := json.Marshal(cmd)
	must(l.t, err)
	l.ask(l.t, l.token, method, path, string(body)).into(l.t, new(issued))
	l.facts = append(l.facts, nil)
}

// fact notes what the newest receipt has to say.
func (l *course) fact(texts ...string) {
	newest := len(l.facts) - 1
	l.facts[newest] = append(l.facts[newest], texts...)
}

// yes notes what the newest receipt has to say of consents.
func (l *course) yes(lines ...api.Line) {
	for _, line := range lines {
		for _, id := range line.Data {
			l.fact(l.cat.Data[id].Label.In(l.language))
		}
		l.fact(l.cat.Parties[line.Recipient].Name, l.words.LastDay(line.Until), l.host(), l.words.Period(l.cat.Purposes[line.Purpose].AfterWithdrawal.Within))
	}
}

// ended notes what the newest receipt has to say of a consent that it ended.
func (l *course) ended(line api.Line) {
	l.fact(l.cat.Parties[line.Recipient].Name, l.words.Date(line.Latest.At), l.words.Day(line.Deletion.By), l.host())
}

func (l *course) lines() []api.Line { return l.standing(l.t, l.token).Lines }

func (l *course) host() string { return strings.TrimPrefix(l.cat.Issuer, "https://") }
