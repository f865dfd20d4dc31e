package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// RequestWords is a data request in words. All forms of a receipt, the portal and the desk
// use it.
type RequestWords struct {
	Mark        Mark
	What, State string
	Asked       string // the date of the request
	Next        string // the next due date, as a sentence; "" if there is none
	Law         string // the law that sets the dates
	Facts       []Fact // all members of the request, including those above
}

// Fact is a label with its lines.
type Fact struct {
	Label  string
	Lines  []string
	Lang   string   // of the lines, if it is not that of the page
	URL    string   // a link after the lines
	Quoted []string // a person's own words below the lines, as freetext.Lines returns them
}

// Request puts a data request into words. For an appeal, about is the earlier request, or nil
// if only its id is known.
func (n *Names) Request(r statement.RequestStatement, about *statement.Request) RequestWords {
	n = n.OfRequest(r)
	out := RequestWords{
		Mark: RequestMark(r.State), What: n.Words.Term("request", r.Type), State: n.Words.Term("request-state", r.State),
		Asked: n.Words.Say("request-asked", "date", n.Words.Date(r.Received)), Next: n.next(r.Request), Law: n.Law(r.Rule),
	}
	add := func(key string, lines ...string) *Fact {
		if strings.Join(lines, "") == "" {
			return new(Fact)
		}
		out.Facts = append(out.Facts, Fact{Label: n.Words.Say(key), Lines: lines})
		return &out.Facts[len(out.Facts)-1]
	}
	add("requests.state", upperFirst(out.State))
	add("requests.received", n.Words.Moment(r.Received))
	add("requests.about", n.about(r, about))
	add("requests.scope", n.Scope(r.Scope)...).Lang = n.Foreign()
	if r.Details != "" {
		out.Facts = append(out.Facts, Fact{Label: n.Words.Say("requests.details"), Quoted: freetext.Lines(r.Details)})
	}
	add("requests.reason", n.reason(r.Reason))
	if r.NothingHeld {
		add("requests.nothing-held", n.Words.Say("requests.nothing-held-yes"))
	}
	add("requests.withheld", n.withheld(r.Withheld)...)
	add("requests.files-until", n.Words.Day(r.FilesUntil))
	n.dates(r.Request, add)
	add("requests.pauses", n.pauses(r.Pauses)...)
	if d := r.DueSet; d != nil {
		add("requests.due-set", n.Actor(d.By, "", "")).Quoted = freetext.Lines(d.Reason)
	}
	add("requests.rule", n.provision(r.Rule, r.Source))
	if c := r.Complaint; c != nil {
		add("requests.complaint", n.Party(c.Authority)+" ("+n.provision(r.Rule, c.Source)+")").URL = c.URL
	}
	if p := r.Part; p != nil {
		add("requests.part", p.Digest).Quoted = freetext.Lines(fmt.Sprintf("%s (%s)\n%s", p.Name, p.MediaType, p.Where))
	}
	if p := r.Out; p != nil {
		add("requests.out", p.Digest).Quoted = freetext.Lines(fmt.Sprintf("%s (%s)", p.Name, p.MediaType))
	}
	add("requests.case", r.Case)
	return out
}

// dates adds due dates: for an open request those of steps not yet done, for an ended request
// only that of the appeal. It names their time zone if that is not the controller's, and
// whose public holidays they pass over.
func (n *Names) dates(r statement.Request, add func(key string, lines ...string) *Fact) {
	due := n.Words.Day(r.Due)
	switch {
	case !r.Open():
		add("requests.appeal", n.Words.Day(r.Next))
	case r.State == statement.ToBeErased:
		add("requests.erase", due)
	case r.State == statement.WantsIdentity:
		if r.NextDate() != "" {
			add("requests.identity", n.Words.Say("requests.identity-else", "date", n.Words.Day(r.NextDate())))
		}
		c := n.Controller()
		add("requests.contact", present(c.Name, c.Email, c.Phone)...).URL = c.URL
	default:
		if r.Confirmed == "" {
			add("requests.confirm", n.Words.Day(r.Confirm))
		}
		add("requests.due", due)
	}
	if r.NextDate() == "" {
		return
	}
	if r.Timezone != n.Controller().Timezone {
		add("requests.timezone", r.Timezone)
	}
	var whose []string
	for _, code := range r.Holidays {
		whose = append(whose, n.Words.Term("calendar", code))
	}
	add("requests.calendar", whose...)
}

// pauses states when the clock was stopped, and why.
func (n *Names) pauses(pauses []statement.Pause) (lines []string) {
	for _, p := range pauses {
		key := "request-pause.ended"
		if p.Until == "" {
			key = "request-pause.lasting"
		}
		lines = append(lines, n.Words.Say(key, "from", n.Words.Day(p.From), "until", n.Words.Day(p.Until), "why", n.Words.Term("request-pause", p.Why)))
	}
	return lines
}

// next states in a sentence what is due next, or "" if no date is set for it.
func (n *Names) next(r statement.Request) string {
	key, date := "due", nextDate(r)
	switch {
	case date == "":
		return ""
	case !r.Open():
		key = "appeal"
	case r.State == statement.ToBeErased:
		key = "erase"
	case r.State == statement.WantsIdentity:
		key = "identity"
	case date != r.Due:
		key = "confirm"
	}
	return n.Words.Say("request-next."+key, "date", n.Words.Day(date))
}

// nextDate returns the date that next states. Of an open request, this is the answer's, also
// while an earlier step is due. Without a date of the answer, it is that of the confirmation.
func nextDate(r statement.Request) string {
	if r.Open() && r.State != statement.ToBeErased && r.State != statement.WantsIdentity {
		return cmp.Or(r.Due, r.NextDate())
	}
	return r.NextDate()
}

func (n *Names) about(r statement.RequestStatement, about *statement.Request) string {
	switch {
	case r.AboutRequest == "":
		return ""
	case about == nil:
		return n.Words.Say("requests.earlier", "id", r.AboutRequest)
	}
	return n.Words.Say("requests.about-one", "what", n.Words.Term("request", about.Type), "date", n.Words.Date(about.Received))
}

// Scope lists the limits of a request.
func (n *Names) Scope(s statement.Scope) (labels []string) {
	for _, p := range s.Purposes {
		labels = append(labels, n.Purpose(p))
	}
	return append(labels, n.Data(s.Data)...)
}

func (n *Names) reason(id string) string {
	if id == "" {
		return ""
	}
	return n.Words.Term("request-reason", id)
}

// withheld lists what a partial answer leaves out, and why.
func (n *Names) withheld(list []statement.Withheld) (lines []string) {
	for _, w := range list {
		lines = append(lines, n.Words.Say("requests.withheld-one", "what", freetext.Inline(w.What), "why", n.reason(w.Why)))
	}
	return lines
}

// Law returns the name of the law of a rule.
func (n *Names) Law(rule statement.Rule) string {
	if n.Words.Has("rule." + string(rule)) {
		return n.Words.Term("rule", rule)
	}
	law := n.own.law
	if law == "" && n.Catalogue != nil {
		law = n.Catalogue.DataRequests.Own[rule].Law
	}
	return freetext.Visible(cmp.Or(law, string(rule)))
}

// provision returns the provision of a rule without the name of the law, with which many
// sources begin in English.
func (n *Names) provision(rule statement.Rule, source string) string {
	if source == "" {
		return n.Law(rule)
	}
	english, _, _ := strings.Cut(texts.In("en").Term("rule", rule), " (")
	return n.Words.Say("provision", "law", n.Law(rule), "source", strings.TrimPrefix(source, english+" "))
}

// Actor names the actor in a role; for an actor from another party, that party and the
// protocol.
func (n *Names) Actor(role statement.Role, party, protocol string) string {
	if party != "" && protocol != "" {
		return n.Words.Say("actor.party", "party", unbroken(party), "protocol", n.Words.Term("protocol", unbroken(protocol)))
	}
	if key := "actor." + string(role); n.Words.Has(key) {
		return n.Words.Say(key, "controller", freetext.Visible(n.Controller().Name))
	}
	return string(role)
}

// unbroken shows a person's own words within one line, without line breaks.
func unbroken(s string) string { return strings.ReplaceAll(freetext.Inline(s), " ", "\u00a0") }

// ActorOf returns the actor that a receipt states, and the role; "" if the actor is withheld.
func (n *Names) ActorOf(rec *receipt.Receipt) (role statement.Role, name string) {
	values, _ := receipt.Values(rec.Actor)
	var actor statement.Actor
	if len(values) == 0 || json.Unmarshal(values[0], &actor) != nil {
		return "", ""
	}
	from := actor.Authority.Facts()
	name = n.Actor(actor.Role, from.Party, from.Protocol)
	if from.Case != "" && !statesCase(rec) {
		name = n.Words.Say("actor.case", "actor", name, "case", unbroken(from.Case))
	}
	return actor.Role, name
}

// statesCase reports whether a request names the case in which it was handled.
func statesCase(rec *receipt.Receipt) bool {
	values, _ := receipt.Values(rec.Request)
	return slices.ContainsFunc(values, func(value json.RawMessage) bool {
		var r statement.RequestStatement
		return json.Unmarshal(value, &r) == nil && r.Case != ""
	})
}

// present returns the texts that are not empty.
func present(texts ...string) (out []string) {
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}
