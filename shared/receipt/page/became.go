package page

import (
	"strings"

	"consent-receipts/shared/receipt/check"
)

// Became returns the subject of a fate, and a sentence on what became of it, as far as the
// given files show. The sentence ends there if a receipt ended the consent; otherwise it adds
// what nobody can know from these files.
func (n *Names) Became(f check.Fate, files int) (about, sentence string) {
	place := n.Words.Say("became.in.one")
	if files > 1 {
		place = n.Words.Say("became.in.other")
	}
	var parts []string
	add := func(key string, args ...any) {
		parts = append(parts, n.Words.Say("became."+key, append(args, "place", place)...))
	}
	for _, s := range f.Steps {
		key := "step"
		if s.Stated {
			key = "stated"
		}
		add(key, "did", n.Words.Term("became.did", s.Did), "n", s.Seq)
	}
	if f.Over {
		return n.fate(f), n.Words.Say("became.over", "steps", strings.Join(parts, "; "), "place", place)
	}
	if !f.Ended.IsZero() {
		add("ended", "date", n.Words.LastDay(f.Ended))
	}
	for _, seq := range f.Withheld {
		add("withheld", "n", seq)
	}
	if f.Missing {
		add("missing")
	}
	if f.Latest == 0 {
		add("since")
	} else {
		add("since-receipt", "n", f.Latest, "date", n.Words.Date(f.At))
	}
	return n.fate(f), strings.Join(parts, "; ")
}

// fate returns the subject of a fate: a purpose and a recipient, or a consent id if no more
// is shown.
func (n *Names) fate(f check.Fate) string {
	n = n.element(f.Labels, f.Purpose, f.Recipient)
	switch {
	case f.Purpose == "":
		return n.Words.Say("became.consent", "id", f.Consent)
	case f.Recipient == "":
		return n.Purpose(f.Purpose)
	}
	return n.Words.Say("became.about", "purpose", n.Purpose(f.Purpose), "recipient", n.Party(f.Recipient))
}
