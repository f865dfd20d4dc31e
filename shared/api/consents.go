package api

import (
	"encoding/json"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// OffersQuery asks for an offer. Without purposes it asks for all of them.
type OffersQuery struct {
	Purposes []string `query:"purpose"`
	Language string   `query:"language"`
}

// Offer has what a person, or a page, needs to see of an offer.
type Offer struct {
	Offer     string        `json:"offer"` // the signed token, to be sent back with the choices
	OfferID   string        `json:"offer_id"`
	ExpiresAt string        `json:"expires_at"` // RFC 3339
	Seq       uint64        `json:"seq"`
	Language  string        `json:"language"`
	Catalogue string        `json:"catalogue"` // digest
	Items     []OfferedItem `json:"items"`
	Notices   []Notice      `json:"notices"`
}

// OfferedItem is one question of an offer.
type OfferedItem struct {
	Purpose       string                `json:"purpose"`
	Recipient     string                `json:"recipient"`
	RecipientName string                `json:"recipient_name"`
	Title         string                `json:"title"`
	Description   string                `json:"description"`
	Data          []OfferedData         `json:"data"`
	Access        statement.AccessTerms `json:"access"`
	Valid         string                `json:"valid"` // ISO 8601 duration
	Retention     statement.Retention   `json:"retention"`
	Notice        string                `json:"notice"` // digest
}

// OfferedData is a category of data of a question.
type OfferedData struct {
	ID        string              `json:"id"`
	Label     string              `json:"label"`
	Necessity catalogue.Necessity `json:"necessity"`
}

// Notice is a notice in one language.
type Notice struct {
	Digest   string `json:"digest"`
	Language string `json:"language"`
	Text     string `json:"text"`
}

// OptIn answers an offer. The body of an opt-out is consent.OptOut, and of an annulment
// consent.Annul.
type OptIn struct {
	Choices []consent.Choice `json:"choices"`
	Offer   string           `json:"offer"` // its token
}

// Signal is the body of a deliberate signal, which has nothing to say.
type Signal struct{}

// Given is the answer to a command. It has the receipt and, if the receipt is about a data
// request, how the request stands.
type Given struct {
	Answer  *Answered       `json:"answer,omitempty"`
	Digest  string          `json:"digest"`
	Receipt string          `json:"receipt"`           // as it is signed
	Request json.RawMessage `json:"request,omitempty"` // a statement.RequestStatement, as the receipt has it
	Seq     uint64          `json:"seq"`
}

// Answered says where the answer to a request for data is, as far as this service itself has
// it.
type Answered struct {
	Bundle   string `json:"bundle,omitempty"` // the person's own
	Manifest string `json:"manifest"`
}

// Requested returns the data request that the receipt states, or nil if the receipt is about
// none.
func (g *Given) Requested() (*statement.RequestStatement, error) {
	if g.Request == nil {
		return nil, nil
	}
	r := new(statement.RequestStatement)
	return r, json.Unmarshal(g.Request, r)
}

// Standing has the state of a person's consents.
type Standing struct {
	Seq      uint64              `json:"seq"` // of the newest receipt
	At       time.Time           `json:"at"`  // the moment to which InForce refers
	Lines    []Line              `json:"lines"`
	Requests []statement.Request `json:"requests"`
	Fence    *statement.Fence    `json:"fence,omitempty"`

	// OptOutSince is the moment since which an opt-out of sale and sharing is in force for
	// everything that it concerns, or nil. The lines say it each for itself.
	OptOutSince *time.Time `json:"opt_out_since,omitempty"`
}

// Line is a line of the standing.
type Line struct {
	statement.Line
	InForce bool `json:"in_force"`
}

// Paused reports whether a line has a consent that is paused: not in force, and not ended.
func (s *Standing) Paused(l *Line) bool {
	return l.Terms != nil && l.StateAt(s.At) == statement.Paused
}
