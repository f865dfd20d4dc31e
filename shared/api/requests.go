package api

import (
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

// EnteredRequest is the body by which the staff enters a request that came by letter, by
// phone or at the counter. That of the person's own is consent.RequestData.
type EnteredRequest struct {
	consent.RequestData
	Received string `json:"received,omitempty"` // a date, or a date-time (RFC 3339); "" is now
	Customer string `json:"customer,omitempty"` // the person's number, to be kept sealed with the request; "" keeps none
}

// Step is the body that takes a data request one step on. That of a part of the answer is
// statement.Part.
type Step struct {
	Act    datarequest.Act `json:"act"`
	Due    string          `json:"due,omitempty"`    // of set-due: the deadline, 2006-01-02; the note is the reason
	Note   string          `json:"note,omitempty"`   // to the person, plain text
	Reason string          `json:"reason,omitempty"` // an id of the rule's list

	NothingHeld bool                 `json:"nothing_held,omitempty"` // of complete: there are no data to answer with
	Withheld    []statement.Withheld `json:"withheld,omitempty"`     // of complete-partly: what the answer leaves out

	// Received, of give-identity and give-clarification, is the date on which the person's
	// answer was received, 2006-01-02; "" is today.
	Received string `json:"received,omitempty"`
}

// OpenRequests are a person's data requests that await an answer, or can be appealed
// against.
type OpenRequests struct {
	Requests []statement.Request `json:"requests"`
}

// Life says how a data request stands, what its receipts say of it, and what the staff may do
// next.
type Life struct {
	Request statement.RequestStatement `json:"request"` // as it stands, beside what was asked
	Overdue bool                       `json:"overdue,omitempty"`
	History []Stated                   `json:"history"`
	Parts   []manifest.StatedPart      `json:"parts"` // of the answer so far
	Choices []datarequest.Choice       `json:"choices"`

	Language string   `json:"language"` // BCP 47: in which the person reads, as far as it is known
	Answers  []Answer `json:"answers"`  // in that language

	// SecondEyes are those of the choices that a second member of the staff has to approve.
	SecondEyes []datarequest.Act `json:"second_eyes"`
	Proposal   *Proposal         `json:"proposal,omitempty"`
}

// Stated is what one receipt says of a data request.
type Stated struct {
	Seq      uint64                 `json:"seq"`
	At       time.Time              `json:"at"`
	Recorded time.Time              `json:"recorded_at"`
	Event    statement.EventType    `json:"event"`
	By       statement.Role         `json:"by"`
	Party    string                 `json:"party,omitempty"`
	Protocol string                 `json:"protocol,omitempty"`
	State    statement.RequestState `json:"state"`
	Due      string                 `json:"due,omitempty"` // YYYY-MM-DD; "" if the rule names no date
	Reason   string                 `json:"reason,omitempty"`
	Case     string                 `json:"case,omitempty"`
	Note     string                 `json:"note,omitempty"`
	Part     *statement.Part        `json:"part,omitempty"` // a part that was added to the answer
}

// Manifest lists the parts of the answer to a request for data.
type Manifest struct {
	manifest.Manifest
	Signed string `json:"manifest"` // the same, as it is signed
}

// RequestsPath is the path of the data requests of all people.
const RequestsPath = "/v1/operator/requests"

// RequestListings are the lists of data requests that have a verb of the command desk.
var RequestListings = []Listing{
	{"requests", "lists the data requests of all people, what is due soonest on top", RequestsPath,
		RequestsQuery{State: docket.Open}, []string{"confirm", "due", "days_left", "overdue", "type", "state", "received", "rule", "with", "person", "id"}},
}

// RequestsQuery selects data requests of all people.
type RequestsQuery struct {
	State     string `query:"state" help:"a state, or open (if none is given), overdue, ended, proposed (a step awaits a colleague's approval) or all"`
	Type      string `query:"type" help:"a type of request"`
	DueBefore string `query:"due_before" help:"only what is due before this date (YYYY-MM-DD)"`
	Number    string `query:"number" help:"only the request with this number, its id or the first 8 characters; with --state all also one that has ended"`
	Assigned  string `query:"assigned" help:"only what somebody works on: me, nobody, or a colleague's pseudonym"`
	Cursor    string `query:"cursor"`
}

// Requests lists the data requests of all people. Those that are due first stand on top.
type Requests struct {
	Requests []ListedRequest `json:"requests"`
	Total    int             `json:"total"`
	Next     int             `json:"next_cursor,omitempty"`
}

// ListedRequest is a data request in a list.
type ListedRequest struct {
	docket.Case
	Mine     bool `json:"mine,omitempty"` // it is assigned to whoever asks
	Overdue  bool `json:"overdue,omitempty"`
	DaysLeft *int `json:"days_left,omitempty"` // until the next date, of an open request that has one; less than 0 when it is over
}

// ReportPath is the path of the report on data requests.
const ReportPath = "/v1/operator/requests/report"

// ReportQuery says which months of receipt (YYYY-MM) a report counts.
type ReportQuery struct {
	From  string `query:"from"`
	Until string `query:"until"`
}

// Report counts data requests: by type and rule, and by the month in which they were received.
type Report struct {
	AsOf     string        `json:"as_of"` // YYYY-MM-DD
	Rows     []*docket.Row `json:"rows"`
	Total    *docket.Row   `json:"total"`
	Trend    []*docket.Row `json:"trend"`
	Pressing Pressing      `json:"pressing"`
}

// Pressing has the requests that are late or nearly late.
type Pressing struct {
	Total    int               `json:"total"`
	Requests []docket.Pressing `json:"requests"` // those that are due first, at most docket.MaxPressing
}

// ReportOf is a report as it is told, as of a day (YYYY-MM-DD).
func ReportOf(r *docket.Report, asOf string) *Report {
	named, total := r.Pressing()
	return &Report{AsOf: asOf, Rows: r.Rows(), Total: r.Total(), Trend: r.Trend(), Pressing: Pressing{total, named}}
}
