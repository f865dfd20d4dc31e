package handler

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/statement"
)

// maxReach bounds what one list or report reads, in months.
const maxReach = 36

// listSize is how many requests a list has at most.
const listSize = 200

// docketed reads the requests received in the months that the query names: ?from=
// and ?until=, as YYYY-MM.
func (a *API) docketed(ctx context.Context, r *request) (requests []docket.Case, today string, err error) {
	now := a.Registrar.Clock()
	from, until := now.AddDate(0, -docket.Reach, 0), now
	for name, moment := range map[string]*time.Time{"from": &from, "until": &until} {
		if !r.query.Has(name) {
			continue
		}
		if *moment, err = time.Parse("2006-01", r.query.Get(name)); err != nil {
			return nil, "", problemf(ErrInvalidParameter, "%s: a month, such as 2026-11", name)
		}
	}
	if months := len(docket.Months(from, until)); months == 0 || months > maxReach {
		return nil, "", problemf(ErrInvalidParameter, "from and until: 1 to %d months, the earlier first", maxReach)
	}
	requests, err = docket.Read(ctx, a.Docket, from, until, now)
	cat, _ := a.Registrar.Catalogue.Current()
	return requests, cat.DataRequests.Day(now), err
}

// getRequests lists the data requests of all people, by what is due first.
func (a *API) getRequests(ctx context.Context, r *request) (*response, error) {
	requests, today, err := a.docketed(ctx, r)
	if err != nil {
		return nil, err
	}
	filter := docket.Filter{State: r.query.Get("state"), Type: statement.RequestType(r.query.Get("type")), DueBefore: r.query.Get("due_before")}
	if _, err := time.Parse(time.DateOnly, filter.DueBefore); err != nil && r.query.Has("due_before") {
		return nil, problemf(ErrInvalidParameter, "due_before: a date, such as 2026-12-31")
	}
	if r.query.Has("state") && !docket.ValidState(filter.State) {
		return nil, problemf(ErrInvalidParameter, "state: one that a request can have, or open, ended or overdue")
	}
	if r.query.Has("type") && !filter.Type.Valid() {
		return nil, problemf(ErrInvalidParameter, "type: one that a request can have")
	}
	after, err := r.number("cursor", 0, 1<<20, 0)
	if err != nil {
		return nil, err
	}
	wanted := filter.Select(requests, today)
	type listed struct {
		docket.Case
		Overdue bool `json:"overdue,omitempty"`
	}
	out := struct {
		Requests []listed `json:"requests"`
		Total    int      `json:"total"`
		Next     int      `json:"next_cursor,omitempty"`
	}{Requests: []listed{}, Total: len(wanted)}
	for i := int(after); i < len(wanted) && i < int(after)+listSize; i++ {
		out.Requests = append(out.Requests, listed{wanted[i], !wanted[i].Ended && wanted[i].Overdue(today)})
	}
	if end := int(after) + listSize; end < len(wanted) {
		out.Next = end
	}
	return withJSON(http.StatusOK, out)
}

// stated is what one receipt says of a data request.
type stated struct {
	Seq      uint64                 `json:"seq"`
	At       time.Time              `json:"at"`
	Recorded time.Time              `json:"recorded_at"`
	Event    statement.EventType    `json:"event"`
	By       statement.Role         `json:"by"`
	Party    string                 `json:"party,omitempty"`
	Protocol string                 `json:"protocol,omitempty"`
	State    statement.RequestState `json:"state"`
	Due      string                 `json:"due"`
	Reason   string                 `json:"reason,omitempty"`
	Case     string                 `json:"case,omitempty"`
	Note     string                 `json:"note,omitempty"`
}

// getLife answers how a data request stands, what its receipts say of it, and what the
// staff may do next.
func (a *API) getLife(ctx context.Context, r *request) (*response, error) {
	all, _, err := a.Registrar.Statements(ctx, r.subject, r.event.PathParameters["id"])
	if err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	calendar, err := cat.DataRequests.Calendar()
	if err != nil {
		return nil, err
	}
	now := a.Registrar.Clock()
	last := all[len(all)-1]
	out := struct {
		Request statement.RequestStatement `json:"request"`
		Overdue bool                       `json:"overdue,omitempty"`
		History []stated                   `json:"history"`
		Choices []datarequest.Choice       `json:"choices"`
	}{
		Request: all[0].RequestStatement, Overdue: last.Open() && last.Due < cat.DataRequests.Day(now),
		Choices: datarequest.Choices(last.Request, datarequest.Staff, now, cat.DataRequests.Own, calendar),
	}
	out.Request.Request = last.Request // as it stands, beside what was asked
	if out.Choices == nil {
		out.Choices = []datarequest.Choice{}
	}
	for _, s := range all {
		out.History = append(out.History, stated{s.Seq, s.At, s.Recorded, s.Event, s.By, s.Party, s.Protocol, s.State, s.Due, s.Reason, s.Case, s.Note})
	}
	return withJSON(http.StatusOK, out)
}

// postStep takes a data request one step on.
func (a *API) postStep(ctx context.Context, r *request) (*response, error) {
	var body struct {
		Act          datarequest.Act
		Reason, Note string
	}
	reference, err := r.caseReference()
	if err != nil {
		return nil, err
	}
	return a.command(ctx, r, "request-step/1", &body, func() consent.Command {
		return consent.AdvanceRequest{ID: r.event.PathParameters["id"], Act: body.Act, Reason: body.Reason, Note: body.Note, Case: reference}
	})
}

// postAnnulment corrects a receipt that should never have been. The receipt's digest
// is the key: it is annulled once.
func (a *API) postAnnulment(ctx context.Context, r *request) (*response, error) {
	if err := acceptable(r, "application/json", "application/sd-jwt"); err != nil {
		return nil, err
	}
	var cmd consent.Annul
	if err := r.body("annulment/1", &cmd); err != nil {
		return nil, err
	}
	cmd, err := a.Registrar.Annulment(ctx, r.subject, cmd)
	if err != nil {
		return nil, err
	}
	result, err := a.Registrar.Do(ctx, r.subject, cmd.Digest, cmd, a.context(r))
	if err != nil {
		return nil, err
	}
	return created(r, result.Receipt, result.Digest, result.Seq, result.Replayed, nil)
}

// getReport counts the data requests by type and rule, as JSON or as CSV.
func (a *API) getReport(ctx context.Context, r *request) (*response, error) {
	media := accept(r.header("Accept"), "application/json", "text/csv")
	if media == "" {
		return nil, notAcceptable("application/json", "text/csv")
	}
	requests, today, err := a.docketed(ctx, r)
	if err != nil {
		return nil, err
	}
	rows := docket.Report(requests, today)
	if media == "application/json" {
		if rows == nil {
			rows = []*docket.Row{}
		}
		return withJSON(http.StatusOK, map[string]any{"as_of": today, "total": docket.Total(requests, today), "rows": rows})
	}
	var b bytes.Buffer
	if err := docket.WriteCSV(&b, rows); err != nil {
		return nil, err
	}
	res := with(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	res.headers["content-disposition"] = `attachment; filename="data-requests-` + today + `.csv"`
	return res, nil
}
