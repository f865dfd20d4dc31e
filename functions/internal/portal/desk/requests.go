package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

var requestsPages = shell.Pages{
	"GET /desk/requests":  shell.SignedIn(showRequests),
	"POST /desk/requests": acts(actOnMany),
}

// requestsPage lists data requests. Those that are due first come first.
type requestsPage struct {
	shell.Form
	Requests  []queued
	Total     int
	Number    string // that was looked for
	Saved     []savedFilter
	Other     bool // the list is none of the saved ones
	States    []shell.Choice
	Types     []shell.Choice
	With      []shell.Choice
	DueBefore string
	Next      string // address of the next page, or empty
	List      string // address of this list, to which its form is sent
	Case      string // of what is done to many at once: one is suggested
	Most      int    // how many requests can be acted on at once
}

// queued is a data request in the list.
type queued struct {
	cards.Request
	Due      deadline
	Received string // the day of the request
	With     string // who works on it, in words
	Proposed bool   // a step awaits its approval
	Pick     string // value of its box
}

// savedFilter is a list that the staff needs every day.
type savedFilter struct {
	Label, URL string
	Current    bool
}

func showRequests(v *shell.Visit) error {
	p := &requestsPage{}
	asked := v.R.URL.Query()
	if asked.Has("number") {
		return findRequest(v, p)
	}
	query := listed(asked)
	if _, err := time.Parse(time.DateOnly, query.DueBefore); err != nil && query.DueBefore != "" {
		p.Wrong(true, "due_before", v.Words.Say("desk.due-before-wrong"))
	}
	return renderRequests(v, p, query)
}

// listed is the list that an address names: what is open, if it names no state.
func listed(asked url.Values) api.RequestsQuery {
	query := api.RequestsQuery{
		State: asked.Get("state"), Type: asked.Get("type"), DueBefore: asked.Get("due_before"), Assigned: asked.Get("assigned"), Cursor: asked.Get("cursor"),
	}
	if !asked.Has("state") {
		query.State = docket.Open
	}
	return query
}

// address is the page of a list.
func address(query api.RequestsQuery) string {
	at := client.With(Path+"/requests", query)
	if query.State == "" {
		at += "&state=" // without the member, the page would list the open requests
	}
	return at
}

// findRequest leads to the request with a number. A number that no request has leads nowhere,
// and no other is suggested: it would be somebody else's.
func findRequest(v *shell.Visit, p *requestsPage) error {
	p.Number = strings.TrimSpace(v.R.URL.Query().Get("number"))
	if docket.ValidNumber(p.Number) {
		found, err := shell.Get[api.Requests](v, client.With(api.RequestsPath, api.RequestsQuery{Number: p.Number}))
		if err != nil {
			return err
		}
		if len(found.Requests) == 1 {
			return v.SeeOther(Path + "/people/" + url.PathEscape(found.Requests[0].Person) + "/requests/" + found.Requests[0].ID)
		}
		if len(found.Requests) > 1 { // two ids that begin alike
			return renderList(v, p, api.RequestsQuery{Number: p.Number}, found)
		}
	}
	p.Wrong(true, "number", v.Words.Say("desk.search.none"))
	return renderRequests(v, p, api.RequestsQuery{State: docket.Open})
}

// renderRequests shows a list. It asks for none if something is wrong with what was entered.
func renderRequests(v *shell.Visit, p *requestsPage, query api.RequestsQuery) error {
	if p.Error != "" && p.Status == 0 {
		return renderList(v, p, query, api.Requests{})
	}
	list, err := shell.Get[api.Requests](v, client.With(api.RequestsPath, query))
	if err != nil {
		return err
	}
	return renderList(v, p, query, list)
}

func renderList(v *shell.Visit, p *requestsPage, query api.RequestsQuery, list api.Requests) error {
	p.DueBefore, p.Total, p.List, p.Most = query.DueBefore, list.Total, address(query), mostAtOnce
	p.choices(v, query)
	if err := p.saved(v, query); err != nil {
		return err
	}
	p.Case = cmp.Or(v.CaseOfForm(), "QUEUE-"+v.Now().UTC().Format(time.DateOnly))
	n, err := v.Names("")
	if err != nil {
		return err
	}
	for _, r := range list.Requests {
		line, err := lineOf(v, n, r)
		if err != nil {
			return err
		}
		p.Requests = append(p.Requests, line)
	}
	if list.Next > 0 {
		query.Cursor = strconv.Itoa(list.Next)
		p.Next = address(query)
	}
	return v.RenderForm("requests", v.Words.Say("desk.requests.title"), p)
}

// lineOf is the line of a request in the list.
func lineOf(v *shell.Visit, n *page.Names, r api.ListedRequest) (queued, error) {
	card, err := cards.RequestOf(v, n, statement.RequestStatement{Request: statement.Request{
		ID: r.ID, Type: r.Type, State: r.State, Received: r.Received, Due: r.Due, Rule: r.Rule,
	}}, nil)
	if err != nil {
		return queued{}, err
	}
	card.Person = r.Person
	line := queued{Request: card, Received: n.Words.Date(r.Received), With: colleague(v.Words, r.With, r.Name, r.Mine), Proposed: r.Proposed}
	line.Due.Day = cmp.Or(confirming(v.Words, r.Next(), r.Due), v.Words.Day(r.Due))
	if r.DaysLeft != nil {
		line.Due.count(v.Words, *r.DaysLeft)
	}
	if !r.Ended && v.Session.Role == operator {
		line.Pick = pick{r.Person, r.ID, r.AssignedIn}.String()
	}
	return line, nil
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
		{"mine", api.RequestsQuery{State: docket.Open, Assigned: api.Me}},
		{"nobody", api.RequestsQuery{State: docket.Open, Assigned: api.Nobody}},
		{"proposed", api.RequestsQuery{State: docket.Proposed}},
		{"identity", api.RequestsQuery{State: string(statement.WantsIdentity)}},
		{"ended", api.RequestsQuery{State: docket.Ended}},
	} {
		if f.query.State == docket.Proposed && len(current.DataRequests.SecondEyes) == 0 {
			continue
		}
		is := f.query == asked
		p.Other = p.Other && !is
		p.Saved = append(p.Saved, savedFilter{v.Words.Say("desk.saved."+f.name, "n", docket.Soon), client.With(Path+"/requests", f.query), is})
	}
	return nil
}

// choices fills in the states and types among which the staff can choose.
func (p *requestsPage) choices(v *shell.Visit, asked api.RequestsQuery) {
	states := []string{docket.Open, docket.Overdue, docket.Proposed, docket.Ended, ""}
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
	p.With = options(v, "desk.with", "", []string{"", api.Me, api.Nobody}, asked.Assigned)
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
