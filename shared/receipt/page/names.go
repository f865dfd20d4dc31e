package page

import (
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt/page/wording"
	"consent-receipts/shared/statement"
)

// Names says ids in a person's words: those of the interface, and those that
// the controller wrote in the catalogue. What the catalogue does not know is
// said by its id.
type Names struct {
	Words     *wording.Words
	Catalogue *catalogue.Catalogue

	foreign string // the language of what is laid out, where it is not that of the words
	others  bool   // what is laid out are words of others than the controller
}

// Purpose returns the title of a purpose.
func (n *Names) Purpose(id string) string {
	text := n.Catalogue.Purposes[id].Text[n.Catalogue.Language(n.Words.Language)]
	return orElse(text.Title, id)
}

// Party returns the name of a party.
func (n *Names) Party(id string) string { return orElse(n.Catalogue.Parties[id].Name, id) }

// Data returns the labels of categories of data.
func (n *Names) Data(ids []string) (labels []string) {
	for _, id := range ids {
		labels = append(labels, orElse(n.Catalogue.Data[id].Label.In(n.Words.Language, n.Catalogue.Languages...), id))
	}
	return labels
}

// Access says how far back and how often.
func (n *Names) Access(a statement.AccessTerms) string {
	text := n.Words.Say("access.lookback", "period", n.Words.Period(a.Lookback))
	if a.Every.IsZero() {
		return text + "; " + n.Words.Say("access.one-time")
	}
	return text + "; " + n.Words.Say("access.every", "period", n.Words.Period(a.Every))
}

// Delta says the terms that a change added or removed.
func (n *Names) Delta(d statement.Delta) []string {
	items := append(n.Data(d.Data), n.Resources(d.Resources)...)
	if d.Until != nil {
		items = append(items, n.Words.Say("until", "moment", n.Words.Until(*d.Until)))
	}
	return items
}

// Resources says what of the person's a consent is limited to.
func (n *Names) Resources(rs []statement.Resource) (labels []string) {
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
