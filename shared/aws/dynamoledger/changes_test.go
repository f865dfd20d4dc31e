package dynamoledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// follower reads an engine's stream as Lambda does, and decodes it as publish does.
type follower struct {
	t      *testing.T
	engine *dynamotest.Engine
	table  string
}

// ChangesAfter implements ledger.Changes.
func (f follower) ChangesAfter(_ context.Context, mark string, limit int) (all []ledger.Change, err error) {
	if limit < 1 {
		return nil, fmt.Errorf("%w: a limit of %d", ledger.ErrInvalid, limit)
	}
	for _, record := range f.engine.Records(f.t, f.table, mark, limit) {
		if c, ok := dynamoledger.DecodeChange(record); ok {
			all = append(all, c)
		}
	}
	return all, nil
}

// changesOf holds what the engine's stream tells to the contract of ledger.Changes.
func changesOf(t *testing.T, e *dynamotest.Engine) {
	var open func(t *testing.T, table string) ledgertest.Stream
	open = func(t *testing.T, table string) ledgertest.Stream {
		return ledgertest.Stream{
			Store: dynamoledger.New(e.Client(), table), Changes: follower{t, e, table},
			Remove: func(t *testing.T, subject ledger.Subject, seq uint64) {
				_, err := e.Client().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
					TableName: &table, Key: attributes{"pk": text(subject.String()), "sk": text(fmt.Sprintf("receipt#%010d", seq))},
				})
				must(t, err)
			},
			Restart: func(t *testing.T) ledgertest.Stream { return open(t, table) },
		}
	}
	ledgertest.RunChanges(t, func(t *testing.T) ledgertest.Stream { return open(t, e.NewTable(t)) })
}

// TestOtherItems: nothing is told of an item that is not an entry.
func TestOtherItems(t *testing.T) {
	for _, keys := range []string{
		`{"pk":{"S":"document#sha256:00"},"sk":{"S":"document"}}`, `{"pk":{"S":"roots"},"sk":{"S":"root#00"}}`,
		`{"pk":{"S":"ticket#stub/1"},"sk":{"S":"ticket"}}`, `{"pk":{"S":"` + ledgertest.Subject().String() + `"},"sk":{"S":"note#1"}}`, `{}`,
	} {
		if c, is := dynamoledger.DecodeChange([]byte(`{"eventName":"INSERT","dynamodb":{"Keys":` + keys + `,"SequenceNumber":"1"}}`)); is {
			t.Errorf("%s: %+v", keys, c)
		}
	}
}

// FuzzDecodeChange: whatever a record contains, a decoded change has its form, or an error
// says why not.
func FuzzDecodeChange(f *testing.F) {
	record := func(event string, image any) []byte {
		b, err := json.Marshal(map[string]any{"eventName": event, "dynamodb": map[string]any{
			"Keys":     map[string]any{"pk": map[string]string{"S": "subject#" + strings.Repeat("a", 43)}, "sk": map[string]string{"S": "receipt#0000000007"}},
			"NewImage": image, "SequenceNumber": "1",
		}})
		must(f, err)
		return b
	}
	f.Add(record("REMOVE", nil))
	f.Add(record("MODIFY", nil))
	f.Add(record("INSERT", map[string]any{
		"v": map[string]string{"N": "1"}, "r": map[string][]byte{"B": []byte("receipt~")},
		"idem": map[string][]byte{"B": make([]byte, 32)}, "cmd": map[string][]byte{"B": make([]byte, 32)}, "due": map[string]string{"S": "2026-12-23#05"},
	}))
	f.Fuzz(func(t *testing.T, record []byte) {
		c, is := dynamoledger.DecodeChange(record)
		switch {
		case !is || c.Err != nil:
			if c.Entry != (ledger.Entry{}) {
				t.Errorf("an entry beside %v", c.Err)
			}
		case c.Subject.Validate() != nil || c.Seq == 0:
			t.Errorf("no keys: %+v", c)
		case c.What == ledger.Appended:
			if c.Entry.Validate() != nil || c.Entry.Subject != c.Subject || c.Entry.Seq != c.Seq {
				t.Errorf("no entry, or another's: %+v", c)
			}
		case c.What != ledger.Replaced && c.What != ledger.Removed, c.Entry != ledger.Entry{}:
			t.Errorf("%+v", c)
		}
	})
}
