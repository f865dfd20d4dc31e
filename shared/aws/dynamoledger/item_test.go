package dynamoledger

import (
	"errors"
	"testing"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// TestDecodeEntry: what a stream tells of an item is the entry, or refused.
func TestDecodeEntry(t *testing.T) {
	e := ledgertest.Entry(ledgertest.Subject(), 12)
	version, r := pack(e.Receipt)
	pk, sk := "subject#"+e.Subject.ID(), "receipt#0000000012"
	got, err := DecodeEntry(pk, sk, version, r, e.Key[:], e.Command[:])
	if got != e || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for name, decode := range map[string]func() (ledger.Entry, error){
		"another kind of item": func() (ledger.Entry, error) {
			return DecodeEntry("roots", sk, version, r, e.Key[:], e.Command[:])
		},
		"an unknown kind of ledger": func() (ledger.Entry, error) {
			return DecodeEntry("case#"+e.Subject.ID(), sk, version, r, e.Key[:], e.Command[:])
		},
		"a subject that is cut off": func() (ledger.Entry, error) {
			return DecodeEntry(pk[:len(pk)-1], sk, version, r, e.Key[:], e.Command[:])
		},
		"another slot's form": func() (ledger.Entry, error) {
			return DecodeEntry(pk, "receipt#12", version, r, e.Key[:], e.Command[:])
		},
		"unknown version": func() (ledger.Entry, error) { return DecodeEntry(pk, sk, 0, r, e.Key[:], e.Command[:]) },
		"no receipt":      func() (ledger.Entry, error) { return DecodeEntry(pk, sk, version, nil, e.Key[:], e.Command[:]) },
		"no key":          func() (ledger.Entry, error) { return DecodeEntry(pk, sk, version, r, nil, e.Command[:]) },
		"a short digest":  func() (ledger.Entry, error) { return DecodeEntry(pk, sk, version, r, e.Key[:], e.Command[:31]) },
	} {
		if got, err := decode(); !errors.Is(err, ledger.ErrCorrupt) || got != (ledger.Entry{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestDecodeOfNoPerson: an audit ledger's entry with what only people have is refused.
func TestDecodeOfNoPerson(t *testing.T) {
	for _, subject := range []ledger.Subject{ledger.Audit(ledgertest.Pseudonym()), ledger.Day(ledgertest.Pseudonym())} {
		e := ledgertest.Entry(subject, 1)
		if got, err := decodeEntry(encodeEntry(e)); err != nil || got != e {
			t.Errorf("%+v, %v", got, err)
		}
		due, line := encodeEntry(e), encodeEntry(e)
		due[attrDue] = text(shardedDue("2026-12-23", subject))
		line[attrMonth], line[attrItem] = text("2026-11"), text("{}")
		for _, it := range []item{due, line} {
			if got, err := decodeEntry(it); !errors.Is(err, ledger.ErrCorrupt) || got != (ledger.Entry{}) {
				t.Errorf("%+v, %v", got, err)
			}
		}
	}
}
