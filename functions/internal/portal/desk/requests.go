package desk

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/statement"
)

var requestsPages = shell.Pages{"GET /desk/requests": shell.SignedIn(showRequests)}

// requestsPage lists data requests. Those that are due first come first.
type requestsPage struct {
	shell.Form
	Requests  []queued
	Total     int
	Saved     []savedFilter
	Other     bool // the list is none of the saved ones
	States    []shell.Choice
	Types     []shell.Choice
	DueBefore string
	Next      string // address of the next page, or empty
}

// queued is a data request in the list.
type queued struct {
	cards.Request
	Due      deadline
	Received string // the day of the request
}

// savedFilter is a list that the staff needs every day.
type savedFilter struct {
	Label, URL string
	Current    bool
}

func showRequests(v *shell.Visit) error {
	asked := v.R.URL.Query()
	query := api.RequestsQuery{State: asked.Get("state"), Type: asked.Get("type"), DueBefore: asked.Get("due_before"), Cursor: asked.Get("cursor")}
	if !asked.Has("state") {
		query.State = docket.Open
	}
	p := &requestsPage{DueBefore: query.DueBefore}
	p.choices(v, query)
	if err := p.saved(v, query); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, p.DueBefore); err != nil && p.DueBefore != "" {
		p.Wrong(true, "due_before", v.Words.Say("desk.due-before-wrong"))
		return v.RenderForm("requests", v.Words.Say("desk.requests.title"), p)
	}
	n, err := v.Names("")
	if err != nil {
		return err
	}
	list, err := shell.Get[api.Requests](v, client.With(api.RequestsPath, query))
	if err != nil {
		return err
	}
	p.Total = list.Total
	for _, r := range list.Requests {
		card, err := cards.RequestOf(v, n, statement.RequestStatement{Request: statement.Request{
			ID: r.ID, Type: r.Type, State: r.State, Received: r.Received, Due: r.Due, Rule: r.Rule,
		}}, nil)
		if err != nil {
			return err
		}
		card.Person = r.Person
		line := queued{Request: card, Received: n.Words.Date(r.Received)}
		line.Due.Day = cmp.Or(confirming(v.Words, r.Next(), r.Due), v.Words.Day(r.Due))
		if r.DaysLeft != nil {
			line.Due.count(v.Words, *r.DaysLeft)
		}
		p.Requests = append(p.Requests, line)
	}
	if list.Next > 0 {
		query.Cursor = strconv.Itoa(list.Next)
		p.Next = client.With(Path+"/requests", query)
		if query.State == "" {
			p.Next += "&state=" // without the member, the next page would list the open requests
		}
	}
	return v.RenderForm("requests", v.Words.Say("desk.requests.title"), p)
}

// saved fills in the lists that the staff needs every day, and says which of them is shown.
func (p *requestsPage) saved(v *shell.Visit, asked api.RequestsQuery) error {
	current, err := v.CurrentCatalogue()
	if err != nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, current.DataRequests.Day(v.Now()))
	if err != nil {
		return err
	}
	asked.Cursor = ""
	p.Other = true
	for _, f := range []struct {
		name  string
		query api.RequestsQuery
	}{
		{"open", api.RequestsQuery{State: docket.Open}},
		{"late", api.RequestsQuery{State: docket.Overdue}},
		{"soon", api.RequestsQuery{State: docket.Open, DueBefore: day.AddDate(0, 0, docket.Soon+1).Format(time.DateOnly)}},
		{"identity", api.RequestsQuery{State: string(statement.WantsIdentity)}},
		{"ended", api.RequestsQuery{State: docket.Ended}},
	} {
		is := f.query == asked
		p.Other = p.Other && !is
		p.Saved = append(p.Saved, savedFilter{v.Words.Say("desk.saved."+f.name, "n", docket.Soon), client.With(Path+"/requests", f.query), is})
	}
	return nil
}

// choices fills in the states and types among which the staff can choose.
func (p *requestsPage) choices(v *shell.Visit, asked api.RequestsQuery) {
	states := []string{docket.Open, docket.Overdue, docket.Ended, ""}
	for _, s := range statement.RequestStates() {
		if !slices.Contains(states, string(s)) {
			states = append(states, string(s))
		}
	}
	types := []string{""}
	for _, t := range append(statement.RequestTypes(), statement.Appeal) {
		types = append(types, string(t))
	}
	p.States, p.Types = options(v, "desk.state", "request-state", states, asked.State), options(v, "desk.type", "request", types, asked.Type)
}

// options makes choices of ids. The label of an id is the word of the desk's own kind, if there
// is one, else that of a kind that all pages know.
func options(v *shell.Visit, own, kind string, ids []string, selected string) (list []shell.Choice) {
	for _, id := range ids {
		label := v.Words.Term(kind, id)
		if key := own + "." + id; v.Words.Has(key) {
			label = v.Words.Say(key)
		}
		list = append(list, shell.Choice{ID: id, Label: label, Checked: id == selected})
	}
	return list
}
