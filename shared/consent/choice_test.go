package consent_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// answered decides choices about an offer of the first catalogue. The change may be nil.
func answered(t *testing.T, change func(*machine, *consent.Offer, *consent.Context), choices ...consent.Choice) (*consent.Event, error) {
	t.Helper()
	m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
	offer := consent.NewOffer(m.standing, m.cat(), m.current, nil, "en")
	offer.Expires = noon.Add(consent.OfferValidity).Unix()
	c := consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated}}
	if change != nil {
		change(&m, &offer, &c)
	}
	return consent.Decide(m.standing, consent.OptIn{Offer: &offer, Choices: choices}, c, m.world())
}

var yesToParley = consent.Choice{Purpose: "alerts", Recipient: "parley", Answer: "yes"}

// TestOfferEnds: an offer is answered before its end; at the very second of its end it is over.
func TestOfferEnds(t *testing.T) {
	for after, want := range map[time.Duration]error{
		0: nil, consent.OfferValidity - time.Nanosecond: nil, consent.OfferValidity: consent.ErrExpired, consent.OfferValidity + time.Second: consent.ErrExpired,
	} {
		_, err := answered(t, func(m *machine, _ *consent.Offer, _ *consent.Context) { m.now = noon.Add(after) }, yesToParley)
		if !errors.Is(err, want) {
			t.Errorf("after %s: %v, want %v", after, err, want)
		}
	}
}

// TestChosenData: a yes is for what the person chose of the offered data, sorted, each once. It
// may leave out what is optional.
func TestChosenData(t *testing.T) {
	for _, c := range []struct {
		chosen, want []string
		err          error
	}{
		{chosen: nil, want: []string{"balances", "cards"}},
		{chosen: []string{"balances"}, want: []string{"balances"}},
		{chosen: []string{"cards", "balances", "cards"}, want: []string{"balances", "cards"}},
		{chosen: []string{}, err: consent.ErrInvalid},
		{chosen: []string{"cards"}, err: consent.ErrNotOffered},              // balances are required
		{chosen: []string{"balances", "health"}, err: consent.ErrNotOffered}, // the catalogue has them, for another purpose
		{chosen: []string{"balances", "salary"}, err: consent.ErrNotOffered},
	} {
		choice := yesToParley
		choice.Data = c.chosen
		event, err := answered(t, nil, choice)
		if !errors.Is(err, c.err) {
			t.Errorf("%q: %v, want %v", c.chosen, err, c.err)
			continue
		}
		if err == nil && !slices.Equal(event.Standing.Line("alerts", "parley").Data, c.want) {
			t.Errorf("%q: %q, want %q", c.chosen, event.Standing.Line("alerts", "parley").Data, c.want)
		}
	}
}

// TestNarrowerOffer: an offer that names less than its catalogue is the limit, and not the
// catalogue.
func TestNarrowerOffer(t *testing.T) {
	fewer := func(_ *machine, o *consent.Offer, _ *consent.Context) {
		for i := range o.Items {
			o.Items[i].Data = []string{"balances"}
		}
	}
	event, err := answered(t, fewer, yesToParley)
	if err != nil || !slices.Equal(event.Standing.Line("alerts", "parley").Data, []string{"balances"}) {
		t.Errorf("%+v %v", event, err)
	}
	all := yesToParley
	all.Data = []string{"balances", "cards"}
	if _, err := answered(t, fewer, all); !errors.Is(err, consent.ErrNotOffered) {
		t.Errorf("what the offer lacks: %v", err)
	}
}

// TestRefusedChoices: each of these is refused by itself, with its own error, and the same choice
// without it is not.
func TestRefusedChoices(t *testing.T) {
	yes := func(change func(*consent.Choice)) []consent.Choice {
		c := yesToParley
		change(&c)
		return []consent.Choice{c}
	}
	resources := func(n int, label string) []statement.Resource {
		out := make([]statement.Resource, n)
		for i := range out {
			out[i] = statement.Resource{Type: "account", ID: "a" + strings.Repeat("1", i), Label: label}
		}
		return out
	}
	same := append(resources(1, ""), resources(1, "")...)
	others := func(n int) func(*machine, *consent.Offer, *consent.Context) {
		return func(m *machine, _ *consent.Offer, _ *consent.Context) {
			for i := range n {
				m.standing.Lines = append(m.standing.Lines, statement.Line{Kind: statement.KindNo, Purpose: fmt.Sprint("other-", i), Recipient: "bank", State: statement.Refused})
			}
		}
	}
	for name, c := range map[string]struct {
		choices []consent.Choice
		change  func(*machine, *consent.Offer, *consent.Context)
		want    error
	}{
		"nothing wrong":            {choices: yes(func(c *consent.Choice) { c.Resources = resources(2, "•••• 1234") })},
		"no choice":                {want: consent.ErrInvalid},
		"too many choices":         {choices: slices.Repeat([]consent.Choice{yesToParley}, consent.MaxChoices+1), want: consent.ErrCap},
		"neither yes nor no":       {choices: yes(func(c *consent.Choice) { c.Answer = "maybe" }), want: consent.ErrInvalid},
		"one line twice":           {choices: []consent.Choice{yesToParley, yesToParley}, want: consent.ErrInvalid},
		"which recipient":          {choices: yes(func(c *consent.Choice) { c.Recipient = "" }), want: consent.ErrInvalid},
		"another recipient":        {choices: yes(func(c *consent.Choice) { c.Recipient = "nobody" }), want: consent.ErrNotOffered},
		"another purpose":          {choices: yes(func(c *consent.Choice) { c.Purpose = "research" }), want: consent.ErrNotOffered},
		"until later":              {choices: yes(func(c *consent.Choice) { c.Until = "2027-02-23T12:00:01Z" }), want: consent.ErrNotOffered},
		"until the last moment":    {choices: yes(func(c *consent.Choice) { c.Until = "2027-02-23T12:00:00Z" })},
		"until some time":          {choices: yes(func(c *consent.Choice) { c.Until = "soon" }), want: consent.ErrInvalid},
		"a resource twice":         {choices: yes(func(c *consent.Choice) { c.Resources = same }), want: consent.ErrInvalid},
		"a label in clear":         {choices: yes(func(c *consent.Choice) { c.Resources = resources(1, "ES91 2100 0418") }), want: consent.ErrInvalid},
		"a label of 29":            {choices: yes(func(c *consent.Choice) { c.Resources = resources(1, strings.Repeat("•", 25)+"1234") }), want: consent.ErrInvalid},
		"a label of 28":            {choices: yes(func(c *consent.Choice) { c.Resources = resources(1, strings.Repeat("•", 24)+"1234") })},
		"a type of resource":       {choices: yes(func(c *consent.Choice) { c.Resources = []statement.Resource{{Type: "An Account", ID: "a1"}} }), want: consent.ErrInvalid},
		"a resource without an id": {choices: yes(func(c *consent.Choice) { c.Resources = []statement.Resource{{}} }), want: consent.ErrInvalid},
		"too many resources":       {choices: yes(func(c *consent.Choice) { c.Resources = resources(consent.MaxChoices+1, "") }), want: consent.ErrCap},
		"too little evidence": {
			choices: []consent.Choice{yesToParley}, want: consent.ErrEvidence,
			change: func(_ *machine, _ *consent.Offer, c *consent.Context) { c.Evidence.Level = statement.EvidenceNone },
		},
		"a line too many":      {choices: []consent.Choice{yesToParley}, change: others(consent.MaxLines), want: consent.ErrCap},
		"the last line of all": {choices: []consent.Choice{yesToParley}, change: others(consent.MaxLines - 1)},
		"changed meanwhile": {
			choices: []consent.Choice{yesToParley}, want: consent.ErrStale,
			change: func(m *machine, o *consent.Offer, _ *consent.Context) {
				event, err := consent.Decide(m.standing, consent.OptOut{All: true}, consent.Context{}, m.world())
				if err != nil {
					panic(err)
				}
				m.standing = event.Standing
			},
		},
	} {
		if _, err := answered(t, c.change, c.choices...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
