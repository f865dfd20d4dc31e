// Package registrar takes one command to one receipt: it reads the person's
// newest entry, decides, issues, and appends. One command costs two consistent
// reads and one conditional write.
//
// The newest entry is the state, and only its signed part is believed. Commands
// for one person are serialised by the ledger's slots: whoever loses the race
// for a slot starts again, a bounded number of times and with jitter. Nobody
// else is affected.
package registrar

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var (
	// ErrMismatch: the key was used before, for another command.
	ErrMismatch = errors.New("idempotency key was used for another command")
	// ErrCorrupt: what the ledger holds is not what was signed. Nothing is
	// built on it; an operator must look.
	ErrCorrupt = errors.New("ledger entry refused")
	// ErrNotFound: no such receipt, request or document of this person.
	ErrNotFound = errors.New("not found")
)

// Registrar is the one writer of ledgers. All fields are set; it is safe for
// concurrent use.
type Registrar struct {
	Store     ledger.Store
	Catalogue *Catalogues
	Issuer    *receipt.Issuer
	Signer    *receipt.Signer   // signs offers
	Verifier  *receipt.Verifier // trusts our own roots
	Now       func() time.Time
	Rand      io.Reader // consent and offer ids
}

// Open makes the registrar of a store, where the digest names the catalogue in use: it is
// read. What is issued is signed under the first of the roots, by keys that certify
// certifies; what is read is believed under any of them.
func Open(ctx context.Context, store Store, digest string, certify receipt.Certify, roots receipt.Roots, now func() time.Time, random io.Reader) (*Registrar, error) {
	catalogues, err := NewCatalogues(ctx, store, digest)
	if err != nil {
		return nil, err
	}
	signer := receipt.NewSigner(certify, roots[0])
	issuer, err := receipt.NewIssuer(signer, random)
	if err != nil {
		return nil, err
	}
	verifier, err := receipt.NewVerifier(roots...)
	if err != nil {
		return nil, err
	}
	return &Registrar{Store: store, Catalogue: catalogues, Issuer: issuer, Signer: signer, Verifier: verifier, Now: now, Rand: random}, nil
}

// Store is people's ledgers, and the documents that their entries cite.
type Store interface {
	ledger.Store
	ledger.Documents
}

// Result is the receipt of a command.
type Result struct {
	Receipt  string // SD-JWT with all disclosures
	Digest   string
	Seq      uint64
	Claims   receipt.Claims
	Replayed bool // the key was used before for the same command
}

// maxTries bounds how often a lost race is run again.
const maxTries = 12

// Do carries out a command for a person. The key is the caller's idempotency
// key: the same key returns the same receipt for ever. A nil result with a nil
// error means that the command is acknowledged and changes nothing.
//
// Errors wrap a refusal of package consent, ErrMismatch, ErrCorrupt, ledger.ErrBusy,
// or are internal. A receipt that is returned is durable.
func (r *Registrar) Do(ctx context.Context, subject, key string, cmd consent.Command, c consent.Context) (*Result, error) {
	want, err := digests(key, cmd, c)
	if err != nil {
		return nil, err
	}
	var result *Result
	err = ledger.AppendNext(ctx, maxTries, func(ctx context.Context) (err error) {
		result, err = r.try(ctx, subject, want, cmd, c)
		return err
	})
	switch {
	case errors.Is(err, receipt.ErrNoLeaf):
		return nil, fmt.Errorf("%w: %w", ledger.ErrBusy, err)
	case errors.Is(err, consent.ErrNotFound):
		return nil, r.ended(ctx, subject, cmd, err)
	}
	return result, fromStore(err)
}

// identity is what makes two commands the same one.
type identity struct {
	key, command [sha256.Size]byte
}

// digests takes the command with the authority on which somebody acts for the person, such
// as the staff's case: for another case, or by the person, it is another command.
func digests(key string, cmd consent.Command, c consent.Context) (identity, error) {
	body, err := json.Marshal(cmd)
	if err != nil {
		return identity{}, err
	}
	operation, by := cmd.Operation(), ""
	if c.Actor.Authority.RawMessage != nil {
		by = fmt.Sprintf("\x00%s\x00%s\x00%d", c.Actor.Role, c.Actor.Authority.RawMessage, c.OccurredAt.Unix())
	}
	return identity{
		key:     sha256.Sum256([]byte(operation + "\x00" + key)),
		command: sha256.Sum256([]byte(operation + "\x00" + string(body) + by)),
	}, nil
}

func (r *Registrar) try(ctx context.Context, subject string, want identity, cmd consent.Command, c consent.Context) (*Result, error) {
	newest, err := r.Store.Newest(ctx, ledger.Person(subject))
	empty := errors.Is(err, ledger.ErrNotFound)
	if err != nil && !empty {
		return nil, err
	}
	var standing statement.Standing
	var prev string
	if !empty {
		earlier, err := ledger.Written(ctx, r.Store, newest, want.key)
		if err == nil {
			return r.replay(earlier, subject, want)
		}
		if !errors.Is(err, ledger.ErrNotFound) {
			return nil, err
		}
		rec, err := r.open(newest, subject)
		if err != nil {
			return nil, err
		}
		if standing, err = standingOf(rec); err != nil {
			return nil, err
		}
		prev = rec.Digest
	}
	event, err := r.decide(ctx, subject, standing, cmd, c)
	if err != nil || event == nil {
		return nil, err
	}
	current, _ := r.Catalogue.Current()
	claims, err := claims(current, subject, prev, event, c)
	if err != nil {
		return nil, err
	}
	issued, err := r.Issuer.Issue(ctx, claims)
	if errors.Is(err, receipt.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w; do less at once", consent.ErrCap, err)
	}
	if err != nil {
		return nil, err
	}
	entry := ledger.Entry{
		Subject: ledger.Person(subject), Seq: claims.Seq, Receipt: issued.Raw, Key: want.key, Command: want.command,
		Due: due(event, current.DataRequests), Listing: listing(event, current.DataRequests),
	}
	if err := r.Store.Append(ctx, entry); err != nil {
		return nil, err
	}
	return &Result{Receipt: issued.Raw, Digest: issued.Digest, Seq: claims.Seq, Claims: *claims}, nil
}

func (r *Registrar) replay(e ledger.Entry, subject string, want identity) (*Result, error) {
	if e.Key != want.key || e.Command != want.command {
		return nil, ErrMismatch
	}
	rec, err := r.open(e, subject)
	if err != nil {
		return nil, err
	}
	return &Result{Receipt: rec.Raw, Digest: rec.Digest, Seq: rec.Seq, Claims: rec.Claims, Replayed: true}, nil
}

// open believes an entry's signed part only, and only in its own place.
func (r *Registrar) open(e ledger.Entry, subject string) (*receipt.Receipt, error) {
	if e.Subject != ledger.Person(subject) {
		return nil, fmt.Errorf("%w: entry %d is of another ledger", ErrCorrupt, e.Seq)
	}
	rec, err := r.Verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: r.Catalogue.Issuer(), Subject: subject, Seq: e.Seq})
	if err != nil {
		return nil, fmt.Errorf("%w: entry %d: %w", ErrCorrupt, e.Seq, err)
	}
	return rec, nil
}

func standingOf(rec *receipt.Receipt) (statement.Standing, error) {
	s, err := rec.ReadStanding()
	if err != nil {
		return s, fmt.Errorf("%w: entry %d: %w", ErrCorrupt, rec.Seq, err)
	}
	return s, nil
}

// decide is the pure part: from a standing and a command to the event that the
// receipt will state, or to nothing.
func (r *Registrar) decide(ctx context.Context, subject string, s statement.Standing, cmd consent.Command, c consent.Context) (*consent.Event, error) {
	now := r.Clock()
	if now.Before(s.At) { // iat never runs backwards
		now = s.At
	}
	current, all, err := r.Catalogue.world(ctx, s, cmd)
	if err != nil {
		return nil, err
	}
	var idErr error
	event, err := consent.Decide(s, cmd, c, consent.World{
		Now: now, Subject: subject, Current: current, Catalogues: all,
		NewID: func() string {
			id, err := uuid.NewRandomFromReader(r.Rand)
			idErr = errors.Join(idErr, err)
			return id.String()
		},
	})
	return event, errors.Join(err, idErr)
}
