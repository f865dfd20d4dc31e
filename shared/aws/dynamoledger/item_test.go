package dynamoledger

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// record is a record of the stream that tells of an item.
func record(t *testing.T, event string, it item) []byte {
	t.Helper()
	image := map[string]any{}
	for name, value := range it {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			image[name] = map[string]string{"S": v.Value}
		case *types.AttributeValueMemberN:
			image[name] = map[string]string{"N": v.Value}
		case *types.AttributeValueMemberB:
			image[name] = map[string][]byte{"B": v.Value}
		}
	}
	b, err := json.Marshal(map[string]any{"eventName": event, "dynamodb": map[string]any{
		"Keys": map[string]any{attrPK: image[attrPK], attrSK: image[attrSK]}, "NewImage": image, "SequenceNumber": "100",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDecodeChange: what a stream tells of an item is the entry, or refused.
func TestDecodeChange(t *testing.T) {
	e := ledgertest.Entry(ledgertest.Subject(), 12)
	e.Due, e.Listing, e.Sealed = "2026-12-23", ledger.Listing{Month: "2026-11", Text: "{}"}, "who"
	it := encodeEntry(e)
	e.Sealed = "" // which a stream's reader is not told
	pk, sk := e.Subject.String(), sortKey(e.Seq)
	want := ledger.Change{Mark: "100", What: ledger.Appended, Subject: e.Subject, Seq: 12, Entry: e}
	if c, is := DecodeChange(record(t, "INSERT", it)); !is || c != want {
		t.Errorf("%+v, %t", c, is)
	}
	for event, what := range map[string]ledger.What{"MODIFY": ledger.Replaced, "REMOVE": ledger.Removed} {
		want := ledger.Change{Mark: "100", What: what, Subject: e.Subject, Seq: 12}
		if c, is := DecodeChange(record(t, event, it)); !is || c != want {
			t.Errorf("%s: %+v, %t", event, c, is)
		}
	}
	with := func(name string, value types.AttributeValue) []byte {
		other := maps.Clone(it)
		if other[name] = value; value == nil {
			delete(other, name)
		}
		return record(t, "INSERT", other)
	}
	for name, record := range map[string][]byte{
		"another kind of item":      with(attrPK, text("roots")),
		"an unknown kind of ledger": with(attrPK, text("case#"+e.Subject.ID())),
		"a subject that is cut off": with(attrPK, text(pk[:len(pk)-1])),
		"another slot's form":       with(attrSK, text("receipt#12")),
		"unknown version":           with(attrVersion, &types.AttributeValueMemberN{Value: "0"}),
		"no version":                with(attrVersion, nil),
		"a version that is text":    with(attrVersion, text("1")),
		"no receipt":                with(attrReceipt, nil),
		"an empty receipt":          with(attrReceipt, blob(nil)),
		"no key":                    with(attrIdem, nil),
		"a short digest":            with(attrCommand, blob(e.Command[:31])),
		"a due date of another":     with(attrDue, text("2026-12-23#99")),
		"a month without a shard":   with(attrMonth, text("2026-11")),
		"another event":             record(t, "ARCHIVE", it),
		"no event":                  record(t, "", it),
		"nothing of it":             record(t, "INSERT", itemKey(pk, sk)),
		"no JSON":                   []byte("{"),
	} {
		if c, is := DecodeChange(record); !is || !errors.Is(c.Err, ledger.ErrCorrupt) || c.Entry != (ledger.Entry{}) {
			t.Errorf("%s: %+v, %t", name, c, is)
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
		due, line, sealed := encodeEntry(e), encodeEntry(e), encodeEntry(e)
		sealed[attrSealed] = blob([]byte("who"))
		due[attrDue] = text(sharded("2026-12-23", subject.Shard()))
		line[attrMonth], line[attrItem] = text(sharded("2026-11", subject.Shard())), text("{}")
		for _, it := range []item{due, line, sealed} {
			if got, err := decodeEntry(it); !errors.Is(err, ledger.ErrCorrupt) || got != (ledger.Entry{}) {
				t.Errorf("%+v, %v", got, err)
			}
		}
	}
}
