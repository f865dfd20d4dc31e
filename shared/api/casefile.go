package api

import (
	"time"

	"consent-receipts/shared/casefile"
)

// CaseOf is the path of the staff's work on a data request, by the path of the request.
func CaseOf(request string) string { return request + "/case" }

// These are the paths of acts on a case, below that of the case.
const (
	Assignments = "/assignments"
	Notes       = "/notes"
	Drafts      = "/drafts"
	Links       = "/links"
)

// These stand for members of staff in an assignment, and in a list of requests.
const (
	Me     = "me"
	Nobody = "nobody"
)

// CaseAssignment is the body that says who works on a data request.
type CaseAssignment struct {
	With string  `json:"with"`           // Me, Nobody, or the pseudonym of a colleague
	Name string  `json:"name,omitempty"` // what colleagues call them
	Seen *uint64 `json:"seen,omitempty"` // the number of the newest assignment, as the author saw it; 0 is none
}

// CaseLink is the body that says which customer made the request of a contact. It has one of
// both.
type CaseLink struct {
	Customer string `json:"customer,omitempty"` // the number under which the controller knows them
	Person   string `json:"person,omitempty"`   // pseudonym
}

// CaseText is the body that adds a note to a case, or a draft of the answer.
type CaseText struct {
	Text string  `json:"text"`
	Seen *uint64 `json:"seen,omitempty"` // the number of the newest draft
}

// Case is the staff's work on a data request.
type Case struct {
	Me      string       `json:"me"` // the pseudonym of whoever asks
	Records []CaseRecord `json:"records"`
}

// CaseRecord is an act on a case.
type CaseRecord struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	casefile.Act
	Record string `json:"record"` // the same, as it is signed
}

// File reads the records: who works on the request, and what is proposed.
func (c *Case) File() *casefile.File {
	records := make([]*casefile.Record, len(c.Records))
	for i, r := range c.Records {
		records[i] = &casefile.Record{Act: r.Act}
		records[i].Seq, records[i].IssuedAt = r.Seq, r.At.Unix()
	}
	return casefile.NewFile(records)
}
