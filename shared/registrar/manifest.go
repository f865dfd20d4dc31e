package registrar

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

// Stated is the statement of one receipt on a data request.
type Stated struct {
	Seq      uint64
	At       time.Time // when it happened, according to the actor
	Recorded time.Time // when this service recorded it
	Event    statement.EventType
	By       statement.Role
	Party    string // the party that acted from elsewhere, with its protocol
	Protocol string
	Note     string // in plain text
	statement.RequestStatement
}

// statementsPage is the number of receipts per read.
const statementsPage = 50

// Statements lists the statements of a person's receipts on one data request, in order; the
// last one is the current state. It reads the ledger from the newest receipt back to the one by
// which the request was received. ErrNotFound: no receipt concerns the request.
func (r *Registrar) Statements(ctx context.Context, subject ledger.Subject, id string) (all []Stated, newest *receipt.Receipt, err error) {
	for to, received := uint64(ledger.MaxSeq), false; !received; {
		page, err := r.Latest(ctx, subject, to, statementsPage)
		if err != nil {
			return nil, nil, err
		}
		for _, rec := range page {
			if newest == nil {
				newest = rec
			}
			requests, err := receipt.Decode[statement.RequestStatement](rec.Request)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: entry %d: %w", ErrCorrupt, rec.Seq, err)
			}
			for _, s := range requests {
				if s.ID == id {
					all = append(all, stated(rec, s))
					received = received || rec.Event.Type == statement.EventRequestReceived && s.Received.Equal(rec.Event.OccurredAt) // and not asked once more
				}
			}
		}
		if len(page) < statementsPage || page[len(page)-1].Seq == 1 {
			break
		}
		to = page[len(page)-1].Seq - 1
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%w: data request", ErrNotFound)
	}
	slices.Reverse(all)
	return all, newest, nil
}

// stated adds the actor, the times and the remark to a statement. It ignores a remark that
// cannot be decoded.
func stated(rec *receipt.Receipt, s statement.RequestStatement) Stated {
	out := Stated{Seq: rec.Seq, At: rec.Event.OccurredAt, Recorded: rec.Time(), Event: rec.Event.Type, RequestStatement: s}
	actors, _ := receipt.Decode[statement.Actor](rec.Actor)
	for _, actor := range actors {
		from := actor.Authority.Facts()
		out.By, out.Party, out.Protocol = actor.Role, from.Party, from.Protocol
	}
	notes, _ := receipt.Decode[statement.Note](rec.Note)
	for _, note := range notes {
		if note.By == out.By {
			out.Note = note.Text
		}
	}
	return out
}

// Manifest makes the signed manifest of a person's data request. ErrNotFound: the person has
// no such request, or the request does not ask for data.
func (r *Registrar) Manifest(ctx context.Context, subject ledger.Subject, id string) (m manifest.Manifest, token string, err error) {
	all, newest, err := r.Statements(ctx, subject, id)
	if err != nil {
		return m, "", err
	}
	last := all[len(all)-1]
	if !last.Type.HasParts() {
		return m, "", fmt.Errorf("%w: the answer to a request of type %s has no data", ErrNotFound, last.Type)
	}
	now := r.Clock()
	issuer := r.Catalogue.Issuer()
	m = manifest.Manifest{
		Issuer: issuer, Subject: subject.Pseudonym(), IssuedAt: now.Unix(), Request: last.Request, Parts: Parts(all),
		Receipts: manifest.Holding{Count: newest.Seq, Newest: newest.Digest, Where: issuer + "/v1/receipts/bundle"},
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return m, "", err
	}
	token, err = r.Signer.Sign(ctx, manifest.Type, payload, now)
	return m, token, err
}

// Parts lists what the statements on a data request leave in its answer, in the order in which it
// was added.
func Parts(all []Stated) []manifest.StatedPart {
	var answers manifest.Answers
	for _, s := range all {
		answers.State(s.Seq, s.RequestStatement)
	}
	parts := []manifest.StatedPart{}
	for _, named := range answers.Parts() {
		parts = append(parts, named.StatedPart)
	}
	return parts
}

// Find returns the state of a person's data request.
func (r *Registrar) Find(ctx context.Context, subject ledger.Subject, id string) (statement.Request, error) {
	found, _, err := r.Told(ctx, subject, id)
	return found, err
}

// Told is Find with the statements of the receipts on the request. An open request is in the
// standing, so no receipts are read for it, and there are no statements.
func (r *Registrar) Told(ctx context.Context, subject ledger.Subject, id string) (statement.Request, []Stated, error) {
	standing, err := r.Standing(ctx, subject)
	if err != nil {
		return statement.Request{}, nil, err
	}
	if i := standing.RequestIndex(id); i >= 0 {
		return standing.Requests[i], nil, nil
	}
	all, _, err := r.Statements(ctx, subject, id)
	if err != nil {
		return statement.Request{}, nil, err
	}
	return all[len(all)-1].Request, all, nil
}
