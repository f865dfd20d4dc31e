package page

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// These kinds of change are no State; headlines count them besides the States.
const (
	narrowed statement.State = "narrowed"
	changed  statement.State = "changed"
)

// kinds is the order in which a headline counts kinds of change.
var kinds = []statement.State{statement.Given, changed, statement.Refused, statement.Withdrawn, narrowed, statement.None}

// eventOf is the event after which changes are named that are all of one kind.
var eventOf = map[statement.State]statement.EventType{
	statement.Given: statement.EventOptIn, statement.Refused: statement.EventRefusal,
	narrowed: statement.EventAmendment, statement.Withdrawn: statement.EventOptOut,
}

// Headline returns one line for the person on what a receipt states. It counts the disclosed
// changes, and does not rely on the type of the event. It says "you" if the receipt states
// that the person acted.
func (n *Names) Headline(rec *receipt.Receipt) string {
	role, _ := n.ActorOf(rec)
	return n.headline(rec, false, func(kind, id string) string {
		if role != statement.RoleSubject && n.Words.Has(kind+"-neutral."+id) {
			kind += "-neutral"
		}
		return n.Words.Term(kind, id)
	})
}

// HeadlineForOthers returns the headline for somebody other than the person, as verify.html
// shows it.
func (n *Names) HeadlineForOthers(rec *receipt.Receipt) string {
	return n.headline(rec, true, func(kind, id string) string {
		if kind == "event" || kind == "asked" {
			return n.Words.Term(kind+"-other", id)
		}
		return n.Words.Term(kind+"-neutral", id)
	})
}

// headline makes the headline; told returns the text for an event, or for an id of another
// kind. If recipients is set, a headline of several answers counts them and names their recipients.
func (n *Names) headline(rec *receipt.Receipt, recipients bool, told func(kind, id string) string) string {
	event := func(event statement.EventType) string { return told("event", string(event)) }
	switch rec.Event.Type {
	case statement.EventRequestReceived:
		asked, _ := receipt.Decode[statement.RequestStatement](rec.Request)
		if len(asked) == 1 && n.Words.Has("asked."+string(asked[0].Type)) {
			return told("asked", string(asked[0].Type))
		}
		return event(rec.Event.Type)
	case statement.EventOptIn, statement.EventRefusal, statement.EventAmendment, statement.EventOptOut:
	default: // the system's event, or one step of a data request
		return event(rec.Event.Type)
	}
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		return n.Words.Say("headline.withheld")
	}
	counts := map[statement.State]int{}
	var parties []string
	for _, c := range changes {
		counts[kindOf(c, rec.Event.Type)]++
		if name := n.OfChange(c).Party(c.Recipient); recipients && name != "" && !slices.Contains(parties, name) {
			parties = append(parties, name)
		}
	}
	if len(changes) < len(rec.Changes) {
		return n.ofPart(cmp.Or(n.counted(counts, ".a"), n.alone(rec)))
	}
	delete(counts, "") // ends of consents by others are not counted
	several := len(counts) > 1
	for _, n := range counts {
		several = several || recipients && n > 1
	}
	switch {
	case several && len(parties) > 0:
		return upperFirst(n.Words.Say("headline.mixed", "what", n.counted(counts, ".one"), "recipients", strings.Join(parties, ", ")))
	case len(counts) > 1:
		return upperFirst(n.counted(counts, ".one"))
	}
	for kind, of := range eventOf { // no more than one is counted
		if counts[kind] > 0 {
			return event(of)
		}
	}
	if counts[changed] > 0 {
		return told("headline", "changed")
	}
	return told("headline", "nothing-found")
}

// kindOf returns the kind of a change that a headline counts, or "".
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

// ofPart returns the headline of a receipt that withholds some of its changes.
func (n *Names) ofPart(what string) string {
	if what == "" {
		return n.Words.Say("headline.withheld")
	}
	return upperFirst(n.Words.Say("headline.part", "what", what))
}

// alone names the one record or line of the standing that a receipt shows; "" if it shows
// none, or several.
func (n *Names) alone(rec *receipt.Receipt) string {
	records, err := receipt.Decode[statement.Record](rec.Records)
	lines, _ := receipt.Values(rec.Standing)
	switch {
	case err != nil || len(records)+len(lines) != 1:
		return ""
	case len(lines) == 1:
		return n.Words.Say("headline.line")
	}
	return n.Words.Say("headline." + recordHeading(records[0]))
}

// recordHeading returns the key for a record: the consent holds, ended or was refused.
func recordHeading(r statement.Record) string {
	switch r.Events[len(r.Events)-1].EventState {
	case "dpv:ConsentGiven":
		return "record.heading"
	case "dpv:ConsentRefused":
		return "record.refused"
	}
	return "record.ended"
}

// counted lists the number of each kind. A single change uses the key with the suffix one.
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
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[size:]
}
