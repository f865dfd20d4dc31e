package page

import (
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt/page/wording"
)

// names says ids in a person's words: those of the interface, and those that
// the controller wrote in the catalogue.
type names struct {
	words   *wording.Words
	cat     *catalogue.Catalogue
	foreign string // the language of what is laid out, where it is not that of the words
}

// purpose returns the title of a purpose.
func (n *names) purpose(id string) string {
	text := n.cat.Purposes[id].Text[n.cat.Language(n.words.Language)]
	return orElse(text.Title, id)
}

// party returns the name of a party.
func (n *names) party(id string) string { return orElse(n.cat.Parties[id].Name, id) }

// data returns the labels of categories of data.
func (n *names) data(ids []string) (labels []string) {
	for _, id := range ids {
		labels = append(labels, orElse(n.cat.Data[id].Label.In(n.words.Language, n.cat.Languages...), id))
	}
	return labels
}

// access says how far back and how often.
func (n *names) access(a catalogue.Access) string {
	text := n.words.Say("access.lookback", "period", n.words.Period(a.Lookback))
	if a.Every.IsZero() {
		return text + "; " + n.words.Say("access.one-time")
	}
	return text + "; " + n.words.Say("access.every", "period", n.words.Period(a.Every))
}

// delta says the terms that a change added or removed.
func (n *names) delta(d consent.Delta) []string {
	items := append(n.data(d.Data), n.resources(d.Resources)...)
	if d.Until != nil {
		items = append(items, n.until(*d.Until))
	}
	return items
}

func (n *names) until(t time.Time) string { return n.words.Say("until", "moment", n.words.Until(t)) }

func (n *names) resources(rs []consent.Resource) (labels []string) {
	for _, r := range rs {
		labels = append(labels, r.Type+" "+orElse(r.Label, r.ID))
	}
	return labels
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
