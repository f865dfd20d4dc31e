package bolt

import (
	"bytes"
	"errors"
	"testing"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

func TestDecodeRefusesDamage(t *testing.T) {
	e := ledgertest.Entry(ledgertest.Subject(), 7)
	e.Due, e.Listing, e.Sealed = "2027-11-23", ledger.Listing{Month: "2026-11", Text: "{}"}, "who"
	key, value := encodeEntry(e)
	if got, err := decodeEntry(key, value); err != nil || got != e {
		t.Fatalf("decodeEntry: %v, %v", got, err)
	}
	if len(value) < cap(value) {
		t.Errorf("%d bytes in memory of %d: it was made in several steps", len(value), cap(value))
	}
	for i := range value {
		damaged := bytes.Clone(value)
		damaged[i] ^= 0x10
		if _, err := decodeEntry(key, damaged); !errors.Is(err, ledger.ErrCorrupt) {
			t.Fatalf("a bit of byte %d flipped: %v", i, err)
		}
		if _, err := decodeEntry(key, value[:i]); !errors.Is(err, ledger.ErrCorrupt) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := decodeEntry(entryKey(e.Subject, 8), value); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("moved to another slot: %v", err)
	}
	for _, other := range []ledger.Subject{ledgertest.Subject(), ledger.Audit(e.Subject.ID()), ledger.Day(e.Subject.ID())} {
		if _, err := decodeEntry(entryKey(other, 7), value); !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("moved to %s: %v", other, err)
		}
	}
	e.Subject = ledger.Audit(e.Subject.ID())
	if _, err := decodeEntry(encodeEntry(e)); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("an audit ledger's entry that is due: %v", err)
	}
}

// FuzzDecode: no bytes make decoding panic, and what decodes is valid and has
// one encoding. The second attempt mends the checksum, to get behind it.
func FuzzDecode(f *testing.F) {
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	e.Due = "2027-11-23"
	key, value := encodeEntry(e)
	f.Add(key, value)
	e.Due = ""
	key, value = encodeEntry(e)
	f.Add(key, value)
	payload, _ := unseal(key, value)
	f.Add(key, payload)
	f.Add(bytes.Replace(key, []byte("subject#"), []byte("audit#"), 1), payload)
	f.Add(bytes.Replace(key, []byte("subject#"), []byte("case#"), 1), payload)
	f.Add(bytes.Replace(key, []byte("#0000000001"), []byte("#+000000001"), 1), payload)
	d := ledgertest.Document(20)
	key, value = encodeDocument(d)
	f.Add(key, value)
	f.Add([]byte(d.Digest), value)
	payload, _ = unseal(key, value)
	f.Add([]byte(d.Digest), payload)
	e.Listing = ledger.Listing{Month: "2026-11", Text: "{}"}
	key, value = encodeEntry(e)
	f.Add(key, value)
	payload, _ = unseal(key, value)
	f.Add(key, payload)
	f.Add([]byte{}, []byte{})

	f.Fuzz(func(t *testing.T, key, raw []byte) {
		for _, value := range [][]byte{raw, seal(key, raw)} {
			e, err := decodeEntry(key, value)
			switch {
			case err == nil:
				if k, v := encodeEntry(e); e.Validate() != nil || !bytes.Equal(k, key) || !bytes.Equal(v, value) {
					t.Errorf("%q, %q decodes but is no entry's encoding", key, value)
				}
			case !errors.Is(err, ledger.ErrCorrupt) || e != ledger.Entry{}:
				t.Errorf("error %v with %v", err, e)
			}
		}
		digest := string(key)
		for _, value := range [][]byte{raw, seal(documentKey(digest), raw)} {
			d, err := decodeDocument(digest, value)
			switch {
			case err == nil:
				if _, v := encodeDocument(d); !bytes.Equal(v, value) {
					t.Errorf("%q, %q decodes but is no document's encoding", key, value)
				}
			case !errors.Is(err, ledger.ErrCorrupt) || d.Body != nil:
				t.Errorf("error %v with %v", err, d)
			}
		}
	})
}
