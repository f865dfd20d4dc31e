package page

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/wording"
)

// TestSummary: the first lines of a receipt of many changes say who may use data, or no longer, for
// how many purposes, until when at the latest; how to stop or to allow it; and what happens with the
// data. They stay short however many there are.
func TestSummary(t *testing.T) {
	s := newStory(t)
	shorter := s.cat.Purposes["card-offers"] // for half a year
	for i := range 3 {
		shorter.Recipients = []string{"bank", "parley"}[i%2 : i%2+1]
		s.cat.Purposes[fmt.Sprintf("offers-%d", i)] = shorter
	}
	answer := func(answer string) *receipt.Receipt {
		var choices []consent.Choice
		for _, id := range slices.Sorted(maps.Keys(s.cat.Purposes)) {
			for _, r := range s.cat.Purposes[id].Recipients {
				choices = append(choices, consent.Choice{Purpose: id, Recipient: r, Answer: answer})
			}
		}
		return s.say(consent.OptIn{Offer: s.offer("en"), Choices: choices}, false)
	}
	const (
		host = "consent.first-example-bank.example"
		both = "Parley Messenger and First Example Bank"
		back = "Only a yes of the person allows it, at " + host + "."
	)
	for _, c := range []struct {
		rec  func() *receipt.Receipt
		want string
	}{
		{func() *receipt.Receipt { return answer("no") }, "For 6 purposes, the answer is no: " + both + ". " + back},
		{func() *receipt.Receipt { return answer("yes") },
			"Data may be used by " + both + " for 6 purposes, until 23 November 2027 at the latest. It can be stopped on any day at " + host +
				". If it is stopped: Parley Messenger deletes what it holds within 30 days; First Example Bank deletes what it holds within 30 days; First Example Bank anonymises what it holds within 30 days."},
		{func() *receipt.Receipt { return s.say(consent.RequestData{Type: "restriction"}, false) },
			"First Example Bank was asked on 23 November 2026: “Restrict the use of my data”. It is about: all data held about you. An answer is due by 23 December 2026. " +
				"The request can be followed, or taken back, at " + host + "/requests. For now, data may not be used for 6 purposes: " + both + ". " + back},
		{func() *receipt.Receipt { return s.say(consent.OptOut{All: true}, false) },
			"All consents were withdrawn on 23 November 2026 (receipt 4). An older yes no longer counts. The use of data for 6 purposes ends on 23 November 2026 at the latest: " + both + ". " +
				"Parley Messenger deletes the data that it holds and may no longer use, by 23 December 2026. First Example Bank deletes the data that it holds and may no longer use, by 23 December 2026. " +
				"First Example Bank anonymises the data that it holds and may no longer use, by 23 December 2026. " + back},
	} {
		rec := c.rec()
		for _, language := range wording.Languages() {
			d, err := NewDocument(rec, s.cat, language)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case language == "en" && d.Lead != c.want:
				t.Errorf("%s:\n%s, want\n%s", rec.Event.Type, d.Lead, c.want)
			case d.Lead == "", language != "en" && d.Lead == c.want, strings.ContainsAny(d.Lead, "{}"), len(d.Lead) > 900:
				t.Errorf("%s in %s: %s", rec.Event.Type, language, d.Lead)
			}
		}
	}
}

// TestSummaryIsShort: a summary counts recipients, and names no ends one by one, where there are many.
func TestSummaryIsShort(t *testing.T) {
	s := newStory(t)
	offers, parley := s.cat.Purposes["card-offers"], s.cat.Parties["parley"]
	var choices []consent.Choice
	for i := range 5 {
		id := fmt.Sprintf("of-%d", i)
		parley.Name, offers.Recipients = fmt.Sprintf("Party %d", i), []string{id}
		s.cat.Parties[id], s.cat.Purposes[id] = parley, offers
		choices = append(choices, consent.Choice{Purpose: id, Answer: "yes"})
	}
	for want, rec := range map[string]*receipt.Receipt{
		"Data may be used by 5 recipients for 5 purposes, until 23 May 2027 at the latest. It can be stopped on any day at consent.first-example-bank.example. What then happens with the data stands below, for each purpose.":           s.say(consent.OptIn{Offer: s.offer("en"), Choices: choices}, false),
		"The use of data for 5 purposes ends on 23 November 2026 at the latest: 5 recipients. What then happens with the data stands below, for each purpose. Only a yes of the person allows it, at consent.first-example-bank.example.": s.say(consent.OptOut{Purposes: slices.Sorted(maps.Keys(s.cat.Purposes))}, false),
	} {
		if got, err := NamesOf(rec, nil, texts.In("en")).Lead(rec); err != nil || got != want {
			t.Errorf("%v, %s, want\n%s", err, got, want)
		}
	}
}
