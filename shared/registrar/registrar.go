// Package registrar turns one command into one receipt: it reads the person's newest entry,
// decides, issues, and appends. One command costs two consistent reads and one conditional
// write.
//
// The newest entry has the state, and the registrar uses only its signed part. The numbers of
// entries serialise the commands for one person: a command that finds its number taken starts
// again, a bounded number of times and with jitter. Other people's commands are not affected.
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
	// ErrMismatch: the key was already used for another command.
	ErrMismatch = errors.New("idempotency key was used for another command")
	// ErrCorrupt: an entry in the ledger is not the signed one. No decision is based on it;
	// an operator must examine the ledger.
	ErrCorrupt = errors.New("ledger entry refused")
	// ErrNotFound: this person has no such receipt, request or document.
	ErrNotFound = errors.New("not found")
)

// Registrar is the only writer of ledgers. It is safe for concurrent use. All fields are set,
// but Seal only where data requests come in.
type Registrar struct {
	Store     ledger.Store
	Catalogue *Catalogues
	Issuer    *receipt.Issuer
	Signer    *receipt.Signer   // signs offers
	Verifier  *receipt.Verifier // trusts our own roots
	Now       func() time.Time
	Rand      io.Reader // consent and offer ids

	// Seal seals the number of a customer to their ledger, see package identity.
	Seal func(ctx context.Context, of ledger.Subject, customer string) (sealed string, err error)
}

// Open makes the registrar of a store. It reads the catalogue in use, which the digest names.
// The registrar believes what was signed under any of the roots; the signer signs under one of
// them.
func Open(ctx context.Context, store Store, digest string, signer *receipt.Signer, roots receipt.Roots, now func() time.Time, random io.Reader) (*Registrar, error) {
	catalogues, err := NewCatalogues(ctx, store, digest)
	if err != nil {
		return nil, err
	}
	return &Registrar{
		Store: store, Catalogue: catalogues, Issuer: receipt.NewIssuer(signer, random), Signer: signer,
		Verifier: receipt.NewVerifier(roots...), Now: now, Rand: random,
	}, nil
}

// Store has people's ledgers, and the documents that their entries cite.
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
	Replayed bool // the receipt was there: the key was already used for the same command, or a no was said once more
}

// maxTries bounds the attempts after a lost race.
const maxTries = 12

// Do carries out a command for a person. The key is the caller's idempotency key: the same
// key always returns the same receipt. A nil result with a nil error means that the command
// is acknowledged and changes nothing.
//
// Errors wrap a refusal of package consent, ErrMismatch, ErrCorrupt or ledger.ErrBusy, or are
// internal. A returned receipt is durable.
func (r *Registrar) Do(ctx context.Context, subject ledger.Subject, key string, cmd consent.Command, c consent.Context) (*Result, error) {
	want, err := digests(key, cmd, c)
	if err != nil {
		return nil, err
	}
	var result *Result
	seal := r.sealing(ctx, subject, cmd, c)
	err = ledger.AppendNext(ctx, maxTries, func(ctx context.Context) (err error) {
		result, err = r.try(ctx, subject, want, cmd, c, seal)
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

// identity identifies a command.
type identity struct {
	key, command [sha256.Size]byte
}

// keyOf is the key under which the entry of a command is found: an idempotency key counts for one
// operation.
func keyOf(cmd consent.Command, key string) [sha256.Size]byte {
	return sha256.Sum256([]byte(cmd.Operation() + "\x00" + key))
}

// digests hashes the command together with the authority of the actor, such as the staff's
// case. The same command for another case, or by the person, is another command.
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
		key:     keyOf(cmd, key),
		command: sha256.Sum256([]byte(operation + "\x00" + string(body) + by)),
	}, nil
}

func (r *Registrar) try(ctx context.Context, subject ledger.Subject, want identity, cmd consent.Command, c consent.Context, seal func() (string, error)) (*Result, error) {
	last, answered, err := r.last(ctx, subject, want)
	if err != nil || answered != nil {
		return answered, err
	}
	event, err := r.decide(ctx, subject, last.standing, cmd, c)
	if err != nil || event == nil {
		return nil, err
	}
	if again, err := r.repeats(ctx, last, want, cmd, c, event); err != nil {
		return nil, err
	} else if again {
		return replayed(last.receipt), nil
	}
	return r.append(ctx, subject, last, event, want, c, seal)
}

// latest is the newest entry of a ledger, with what its receipt says. It is zero for a person
// without entries.
type latest struct {
	entry    ledger.Entry
	receipt  *receipt.Receipt
	standing statement.Standing
}

// last reads the newest entry. If the key was used already, it returns the answer of then.
func (r *Registrar) last(ctx context.Context, subject ledger.Subject, want identity) (l latest, answered *Result, err error) {
	l.entry, err = r.Store.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return latest{}, nil, nil
	}
	if err != nil {
		return l, nil, err
	}
	earlier, err := ledger.Written(ctx, r.Store, l.entry, want.key)
	if err == nil {
		answered, err = r.replay(earlier, subject, want)
		return l, answered, err
	}
	if !errors.Is(err, ledger.ErrNotFound) {
		return l, nil, err
	}
	if l.receipt, err = r.open(l.entry, subject); err != nil {
		return l, nil, err
	}
	l.standing, err = standingOf(l.receipt)
	return l, nil, err
}

// append issues the receipt of an event, and inserts it after the newest entry.
func (r *Registrar) append(ctx context.Context, subject ledger.Subject, after latest, event *consent.Event, want identity, c consent.Context, seal func() (string, error)) (*Result, error) {
	prev := ""
	if after.receipt != nil {
		prev = after.receipt.Digest
	}
	current, _ := r.Catalogue.Current()
	claims, err := claims(current, subject.Pseudonym(), prev, event, c)
	if err != nil {
		return nil, err
	}
	sealed, err := seal() // before anything is signed or written
	if err != nil {
		return nil, err
	}
	issued, err := r.Issuer.Issue(ctx, claims)
	if errors.Is(err, receipt.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w; split the command", consent.ErrCap, err)
	}
	if err != nil {
		return nil, err
	}
	entry := ledger.Entry{
		Subject: subject, Seq: claims.Seq, Receipt: issued.Raw, Key: want.key, Command: want.command,
		Due: due(event, current.DataRequests), Listing: listing(event, current.DataRequests),
		Sealed: sealed,
	}
	if err := r.Store.Append(ctx, entry); err != nil {
		return nil, err
	}
	return &Result{Receipt: issued.Raw, Digest: issued.Digest, Seq: claims.Seq, Claims: *claims}, nil
}

func (r *Registrar) replay(e ledger.Entry, subject ledger.Subject, want identity) (*Result, error) {
	if e.Key != want.key || e.Command != want.command {
		return nil, ErrMismatch
	}
	rec, err := r.open(e, subject)
	if err != nil {
		return nil, err
	}
	return replayed(rec), nil
}

func replayed(rec *receipt.Receipt) *Result {
	return &Result{Receipt: rec.Raw, Digest: rec.Digest, Seq: rec.Seq, Claims: rec.Claims, Replayed: true}
}

// open verifies an entry in its own place. It uses the signed part only.
func (r *Registrar) open(e ledger.Entry, subject ledger.Subject) (*receipt.Receipt, error) {
	if e.Subject != subject {
		return nil, fmt.Errorf("%w: entry %d belongs to another ledger", ErrCorrupt, e.Seq)
	}
	rec, err := r.Verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: r.Catalogue.Issuer(), Subject: subject.Pseudonym(), Seq: e.Seq})
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

// decide is the pure part: it turns a standing and a command into the event for the receipt,
// or nil.
func (r *Registrar) decide(ctx context.Context, subject ledger.Subject, s statement.Standing, cmd consent.Command, c consent.Context) (*consent.Event, error) {
	now := r.Clock()
	if now.Before(s.At) { // iat never decreases
		now = s.At
	}
	current, all, err := r.Catalogue.world(ctx, s, cmd)
	if err != nil {
		return nil, err
	}
	var idErr error
	event, err := consent.Decide(s, cmd, c, consent.World{
		Now: now, Subject: subject.Pseudonym(), Contact: subject.Kind() == ledger.KindContact, Current: current, Catalogues: all,
		NewID: func() string {
			id, err := uuid.NewRandomFromReader(r.Rand)
			idErr = errors.Join(idErr, err)
			return id.String()
		},
	})
	return event, errors.Join(err, idErr)
}
