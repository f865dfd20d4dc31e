package page

import (
	"html/template"
	"slices"
	"strings"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
)

// leadOf is the highest number of consents that a lead sums up. More would be a wall of text.
const leadOf = 3

// lead returns what one would tell a friend of the consents that a receipt gives: who may use
// what until when, how to stop, and what happens then. It returns nothing if the receipt shows
// no consent with all its terms, or too many.
func (b *builder) lead() phrase {
	var yes, then []phrase
	for _, c := range b.changes {
		if c.To != statement.Given {
			continue
		}
		n := b.OfChange(c)
		who := written(n.Party(c.Recipient), "")
		terms, known := b.granted[c.ConsentID]
		if !known || who.Text == "" || terms.Until.IsZero() {
			return phrase{}
		}
		data := list(b.Words, append(n.data(terms.Data), n.resources(terms.Resources)...))
		yes = append(yes, say(b.Words, "card.lead", "who", who, "data", data, "day", b.Words.LastDay(terms.Until)))
		if after, ok := b.after[c.ConsentID]; ok {
			what := say(b.Words, "card.then."+after.What, "who", who, "period", b.Words.Period(after.Within))
			if !slices.Contains(then, what) {
				then = append(then, what)
			}
		}
	}
	if len(yes) == 0 || len(yes) > leadOf {
		return phrase{}
	}
	url, _ := b.stopping()
	host := inOwn(freetext.Visible(strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/")))
	yes = append(yes, say(b.Words, "card.lead.stop", "where", to(url, host)))
	if len(then) > 0 {
		yes = append(yes, say(b.Words, "card.lead.then", "what", chained(then, "; ")))
	}
	return chained(yes, " ")
}

// chained puts phrases behind each other.
func chained(all []phrase, between string) phrase {
	texts, marked := plain(all), make([]string, len(all))
	for i, p := range all {
		marked[i] = string(p.HTML)
	}
	return phrase{strings.Join(texts, between), template.HTML(strings.Join(marked, between))}
}
