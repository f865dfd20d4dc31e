// Package audit keeps who of the staff looked at a person, or acted for them: a
// ledger of its own beside the person's, signed and chained like it, so that the
// person can be shown it and nobody can take a line out of it unseen.
//
// A record is a JWS in its compact form (RFC 7515) of typ consent-audit+jwt, signed
// by a leaf key as receipts are. Each names the digest of the one before it. What
// concerns nobody in particular, such as a list, is kept by the day.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Type is the typ of a record.
const Type = "consent-audit+jwt"

// maxRecord is the size of the largest record, in bytes.
const maxRecord = 8 << 10

// maxText is how long each text of an act may be, in bytes.
const maxText = 200

// maxTries bounds how often a record is made anew because another took its place. All
// lists and reports of a day are in one ledger, so dozens may want the same place.
const maxTries = 40

var (
	// ErrInvalid: an act without who, as what or what, or with a text that is too
	// long.
	ErrInvalid = errors.New("not an act that can be recorded")

	// ErrBroken: what the store holds is not the chain that was written.
	ErrBroken = errors.New("the audit ledger is damaged")
)

// Act is what somebody of the staff did, or read.
type Act struct {
	Staff string `json:"staff"`           // who: a pseudonym of what their access token names them
	Role  string `json:"role"`            // operator or auditor
	Did   string `json:"did"`             // such as standing.read or opt-out
	Case  string `json:"case,omitempty"`  // reference of the case that it was for
	About string `json:"about,omitempty"` // the request or the receipt that it was about
}

func (a Act) validate() error {
	for _, text := range []string{a.Staff, a.Role, a.Did, a.Case, a.About} {
		if len(text) > maxText {
			return fmt.Errorf("%w: a text of %d bytes, at most %d", ErrInvalid, len(text), maxText)
		}
	}
	if a.Staff == "" || a.Role == "" || a.Did == "" {
		return fmt.Errorf("%w: it does not say who did what, and as what", ErrInvalid)
	}
	return nil
}

// Record is an act as it was recorded.
type Record struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"` // of the audit ledger, see Of and OfDay
	Seq      uint64 `json:"seq"` // 1, 2, 3 ...
	Prev     string `json:"prev,omitempty"`
	IssuedAt int64  `json:"iat"` // seconds since 1970
	Act

	Raw string `json:"-"` // the record as it is signed
}

// Time is when it was recorded.
func (r *Record) Time() time.Time { return time.Unix(r.IssuedAt, 0).UTC() }

// digest is that of a record, over the ASCII of header.payload as for receipts.
func (r *Record) digest() string {
	return statement.Digest([]byte(r.Raw[:strings.LastIndexByte(r.Raw, '.')]))
}

// Of names the audit ledger of a person, by their pseudonym.
func Of(subject string) string { return name("person", subject) }

// OfDay names the audit ledger of a day in UTC: of acts that concern nobody in
// particular.
func OfDay(at time.Time) string { return name("day", at.UTC().Format(time.DateOnly)) }

func name(kind, of string) string {
	sum := sha256.Sum256([]byte("consent-receipts/audit/1\x00" + kind + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Log writes and reads audit ledgers. All fields are set.
type Log struct {
	Store    ledger.Store
	Signer   *receipt.Signer
	Verifier *receipt.Verifier
	Issuer   string
	Now      func() time.Time
	Rand     io.Reader
}

// Append records an act in an audit ledger. Only when it returns nil may the act
// happen: the record is durable then. The error is ErrInvalid, ErrBroken, or
// ledger.ErrBusy, or is internal.
func (l *Log) Append(ctx context.Context, subject string, act Act) error {
	if err := act.validate(); err != nil {
		return err
	}
	var key [32]byte
	if _, err := io.ReadFull(l.Rand, key[:]); err != nil {
		return err
	}
	again := false
	err := ledger.AppendNext(ctx, maxTries, func(ctx context.Context) error {
		defer func() { again = true }()
		return l.try(ctx, subject, key, act, again)
	})
	if errors.Is(err, receipt.ErrNoLeaf) {
		return fmt.Errorf("%w: %w", ledger.ErrBusy, err)
	}
	return err
}

// try appends after the newest record, unless an earlier try did whose answer was lost.
func (l *Log) try(ctx context.Context, subject string, key [32]byte, act Act, again bool) error {
	r := Record{Issuer: l.Issuer, Subject: subject, Seq: 1, IssuedAt: l.Now().Unix(), Act: act}
	newest, err := l.Store.Newest(ctx, subject)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	if err == nil {
		if again {
			if _, err := ledger.Written(ctx, l.Store, newest, key); !errors.Is(err, ledger.ErrNotFound) {
				return err
			}
		}
		before, err := l.open(newest)
		if err != nil {
			return err
		}
		r.Seq, r.Prev, r.IssuedAt = before.Seq+1, before.digest(), max(r.IssuedAt, before.IssuedAt)
	}
	payload, err := json.Marshal(&r)
	if err != nil {
		return err
	}
	if r.Raw, err = l.Signer.Sign(ctx, Type, payload, r.Time()); err != nil {
		return err
	}
	return l.Store.Append(ctx, ledger.Entry{
		Subject: subject, Seq: r.Seq, Receipt: r.Raw, Key: key, Command: sha256.Sum256(payload),
	})
}

// open believes an entry's record if it is signed, and for this place.
func (l *Log) open(e ledger.Entry) (*Record, error) {
	r, err := parse(l.Verifier, l.Issuer, e.Receipt)
	if err != nil {
		return nil, fmt.Errorf("%w: record %d: %w", ErrBroken, e.Seq, err)
	}
	if r.Subject != e.Subject || r.Seq != e.Seq {
		return nil, fmt.Errorf("%w: record %d is not for its place", ErrBroken, e.Seq)
	}
	return r, nil
}

// List returns the records from a number on, at most limit of them, in order. It
// returns ErrBroken if one is missing or was changed. Only the newest ones can be
// missing unseen.
func (l *Log) List(ctx context.Context, subject string, from uint64, limit int) ([]*Record, error) {
	entries, err := l.Store.List(ctx, subject, from, limit)
	if err != nil {
		return nil, err
	}
	records := make([]*Record, len(entries))
	for i, e := range entries {
		if records[i], err = l.open(e); err != nil {
			return nil, err
		}
		want := max(from, 1) + uint64(i)
		if records[i].Seq != want || i > 0 && records[i].Prev != records[i-1].digest() || want == 1 && records[i].Prev != "" {
			return nil, fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, records[i].Seq)
		}
	}
	return records, nil
}

// Latest is List, newest first: from a number down. One above the newest stands for
// the newest.
func (l *Log) Latest(ctx context.Context, subject string, to uint64, limit int) ([]*Record, error) {
	newest, err := l.Store.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	to = min(to, newest.Seq)
	from := to - min(to, uint64(limit)) + 1
	records, err := l.List(ctx, subject, from, int(to-from)+1)
	slices.Reverse(records)
	return records, err
}
