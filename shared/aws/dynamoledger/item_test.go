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
	pk, sk := "subject#"+e.Subject, "receipt#0000000012"
	got, err := DecodeEntry(pk, sk, version, r, e.Key[:], e.Command[:])
	if got != e || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for name, decode := range map[string]func() (ledger.Entry, error){
		"another kind of item": func() (ledger.Entry, error) {
			return DecodeEntry("roots", sk, version, r, e.Key[:], e.Command[:])
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
