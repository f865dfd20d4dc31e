package page

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// What a change of a consent was, for a headline; the others are States.
const (
	narrowed statement.State = "narrowed"
	changed  statement.State = "changed"
)

// kinds are in the order in which a headline counts them.
var kinds = []statement.State{statement.Given, changed, statement.Refused, statement.Withdrawn, narrowed, statement.None}

// Headline says to the person in a line what a receipt tells: of what they said, what is
// disclosed, not what the type of the event promises. It says "you" where it is stated
// that the person did it.
func (n *Names) Headline(rec *receipt.Receipt) string {
	role, _ := n.ActorOf(rec)
	return n.headline(rec, func(kind, id string) string {
		if role != statement.RoleSubject && n.Words.Has(kind+"-neutral."+id) {
			kind += "-neutral"
		}
		return n.Words.Term(kind, id)
	})
}

// HeadlineForOthers says the same to somebody else than the person: as verify.html does.
func (n *Names) HeadlineForOthers(rec *receipt.Receipt) string {
	return n.headline(rec, func(kind, id string) string {
		if kind == "event" {
			return n.Words.Term("event-other", id)
		}
		return n.Words.Term(kind+"-neutral", id)
	})
}

// headline says it with told, which says an event, or another key of a kind.
func (n *Names) headline(rec *receipt.Receipt, told func(kind, id string) string) string {
	event := func(event statement.EventType) string { return told("event", string(event)) }
	switch rec.Event.Type {
	case statement.EventOptIn, statement.EventRefusal, statement.EventAmendment, statement.EventOptOut:
	default: // nobody's word, or one step of a data request
		return event(rec.Event.Type)
	}
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		return n.Words.Say("headline.withheld")
	}
	counts := map[statement.State]int{}
	var recipients []string
	for _, c := range changes {
		counts[kindOf(c, rec.Event.Type)]++
		if name := n.OfChange(c).Party(c.Recipient); name != "" && !slices.Contains(recipients, name) {
			recipients = append(recipients, name)
		}
	}
	if len(changes) < len(rec.Changes) {
		return n.ofPart(counts)
	}
	delete(counts, "") // ends of consents by others
	if len(counts) > 1 {
		return upperFirst(n.Words.Say("headline.mixed", "what", n.counted(counts, ".one"), "recipients", strings.Join(recipients, ", ")))
	}
	switch {
	case counts[statement.Given] > 0:
		return event(statement.EventOptIn)
	case counts[changed] > 0:
		return told("headline", "changed")
	case counts[statement.Refused] > 0:
		return event(statement.EventRefusal)
	case counts[narrowed] > 0:
		return event(statement.EventAmendment)
	case counts[statement.Withdrawn] > 0:
		return event(statement.EventOptOut)
	}
	return told("headline", "nothing-found")
}

// kindOf is what a change was, as a headline counts it; "" for what it does not count.
func kindOf(c statement.Change, event statement.EventType) statement.State {
	held := c.From == statement.Given || c.From == statement.Paused
	switch {
	case c.To == statement.Given && c.From == statement.Given && event == statement.EventOptIn:
		return changed
	case c.To == statement.Given && c.From == statement.Given:
		return narrowed
	case c.To == statement.Given:
		return statement.Given
	case c.To == statement.Withdrawn && held:
		return statement.Withdrawn
	case c.To == statement.None, event == statement.EventOptOut && !held:
		return statement.None
	case c.To == statement.Refused, c.To == statement.Withdrawn:
		return statement.Refused
	}
	return ""
}

// ofPart is the headline of a receipt of whose changes some are withheld.
func (n *Names) ofPart(counts map[statement.State]int) string {
	what := n.counted(counts, ".a")
	if what == "" {
		return n.Words.Say("headline.withheld")
	}
	return upperFirst(n.Words.Say("headline.part", "what", what))
}

// counted says how many there are of each kind; one alone as the key that ends so has it.
func (n *Names) counted(counts map[statement.State]int, one string) string {
	var parts []string
	for _, kind := range kinds {
		key := "headline." + string(kind)
		switch counts[kind] {
		case 0:
		case 1:
			parts = append(parts, n.Words.Say(key+one))
		default:
			parts = append(parts, n.Words.Count(key, counts[kind]))
		}
	}
	return strings.Join(parts, ", ")
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
