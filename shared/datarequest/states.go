package datarequest

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// usStates are the comprehensive privacy acts of the United States other than California's.
// They have the same clauses: states/us.json says what is usual, and of each state how it
// differs.
//
//go:embed states/us.json
var usStates []byte

// state is the act of one state. Terms are in days from receipt.
type state struct {
	Law       string `json:"law"`
	Timezone  string `json:"timezone"` // of the west, if the state has two
	InForce   string `json:"in_force"`
	Read      string `json:"read"`
	URL       string `json:"url"`
	How       string `json:"how"`            // how the text was read
	Note      string `json:"note,omitempty"` // what is peculiar to it
	Complaint string `json:"complaint"`

	Rights       string `json:"rights"` // the provisions
	OptOut       string `json:"opt_out"`
	AppealSource string `json:"appeal_source,omitempty"`

	Answer          int     `json:"answer"`
	Extended        int     `json:"extended"`
	Appeal          int     `json:"appeal"` // 0: the act knows no appeal
	AppealExtended  int     `json:"appeal_extended,omitempty"`
	Correction      bool    `json:"correction"`
	AnonymousOptOut bool    `json:"anonymous_opt_out,omitempty"` // the act lets nobody ask who opts out
	Stop            *usStop `json:"stop,omitempty"`
}

// usStop is the clock of a consent's revocation.
type usStop struct {
	Days   int    `json:"days"`
	Source string `json:"source"`
	How    string `json:"how"`
}

// statePacks makes a pack of each act.
func statePacks() (map[statement.Rule]Pack, error) {
	var file struct {
		Usual  json.RawMessage                    `json:"usual"`
		States map[statement.Rule]json.RawMessage `json:"states"`
	}
	if err := strictjson.Decode(usStates, &file); err != nil {
		return nil, err
	}
	out := map[statement.Rule]Pack{}
	for rule, differs := range file.States {
		var s state
		for _, b := range []json.RawMessage{file.Usual, differs} {
			if err := json.Unmarshal(b, &s); err != nil {
				return nil, fmt.Errorf("%s: %w", rule, err)
			}
		}
		out[rule] = s.pack()
	}
	return out, nil
}

// appealWithin is how long the person may appeal. The acts say "a reasonable time"; the
// number is this reading's.
var appealWithin = Term{Days: 90}

var usReasons = []string{"complexity", "number-of-requests"}

func (s state) pack() Pack {
	p := Pack{
		Law: s.Law, Read: s.Read, Advice: Advice, Complaint: s.Complaint,
		Calendar: &Place{Timezone: s.Timezone, Holidays: []string{}}, Revocation: s.revocation(),
	}
	rights := s.clause(s.Rights, s.Note, s.Answer, s.Extended, statement.Access, statement.AccessCategories, statement.AccessSpecific, statement.Portability, statement.Erasure)
	if s.Correction {
		rights.Types = append(rights.Types, statement.Rectification)
	}
	promise := "That nobody is asked who they are, and the 12 months, are this service's promise: the Act sets no such time, and lets a controller authenticate a request."
	if s.AnonymousOptOut {
		promise = "An opt-out need not be authenticated. The 12 months are this service's promise: the Act sets no such time."
	}
	optOut := s.clause(s.OptOut, promise, s.Answer, s.Extended, statement.OptOutOfSale)
	optOut.Identity, optOut.Deny, optOut.Quiet = IdentityNever, optOut.Deny[1:], Term{Months: 12}
	p.Clauses = []Clause{rights, optOut}
	if s.Appeal > 0 {
		for i := range p.Clauses {
			p.Clauses[i].Appeal = appealWithin
		}
		p.Clauses = append(p.Clauses, s.clause(s.AppealSource, "The 90 days within which the person appeals are this reading of a reasonable time.", s.Appeal, s.AppealExtended, statement.Appeal))
	}
	return p
}

// clause is one with what all clauses of a state share.
func (s state) clause(source, note string, answer, extended int, types ...statement.RequestType) Clause {
	c := Clause{
		Types: types, Source: source, URL: s.URL, Note: note, InForce: s.InForce, Answer: Term{Days: answer}, Identity: IdentityRuns,
		Deny: []string{"identity-not-proven", "manifestly-unfounded", "excessive", "legal-obligation", "exempt", "not-applicable"},
	}
	if c.Note != "" {
		c.Note += " "
	}
	c.Note += s.How
	if extended > 0 {
		c.Extensions = []Extension{{Answer: Term{Days: extended}, Reasons: usReasons}}
	}
	return c
}

func (s state) revocation() *Revocation {
	if s.Stop == nil {
		return nil
	}
	return &Revocation{Source: s.Stop.Source, URL: s.URL, Note: s.Stop.How, InForce: s.InForce, Stop: Term{Days: s.Stop.Days}}
}
