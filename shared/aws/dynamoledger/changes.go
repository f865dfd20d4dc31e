package dynamoledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/ledger"
)

// streamed is a record of the table's stream, in JSON: as DynamoDB Streams answers it, and
// as Lambda hands it on.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
type streamed struct {
	EventName string `json:"eventName"`
	DynamoDB  struct {
		Keys, NewImage map[string]json.RawMessage
		SequenceNumber string
	} `json:"dynamodb"`
}

// whats are the names that a stream has for what can happen.
var whats = map[string]ledger.What{"INSERT": ledger.Appended, "MODIFY": ledger.Replaced, "REMOVE": ledger.Removed}

// DecodeChange reads a record of the table's stream; the change's mark is its sequence
// number. It reports false for a record that is of no entry. The stream keeps a record for
// 24 hours, and of an entry that was removed meanwhile it tells also that it was appended.
func DecodeChange(record []byte) (ledger.Change, bool) {
	var r streamed
	if err := json.Unmarshal(record, &r); err != nil {
		return ledger.Change{Err: fmt.Errorf("%w: a record of the stream: %v", ledger.ErrCorrupt, err)}, true
	}
	c := ledger.Change{Mark: r.DynamoDB.SequenceNumber, What: whats[r.EventName]}
	keys := reader{item: attributes(r.DynamoDB.Keys)}
	if !strings.HasPrefix(keys.text(attrSK), receiptPrefix) {
		return c, false
	}
	c.Subject, c.Seq = keys.subject(), keys.seq()
	switch {
	case keys.err != nil:
		c.Subject, c.Seq = ledger.Subject{}, 0
		c.Err = keys.corrupt("keys of an entry")
	case c.What == "":
		c.Err = fmt.Errorf("%w: an event %.20q of an entry", ledger.ErrCorrupt, r.EventName)
	case c.What == ledger.Appended:
		it := attributes(r.DynamoDB.NewImage)
		maps.Copy(it, keys.item)
		delete(it, attrSealed)
		c.Entry, c.Err = decodeEntry(it)
	}
	return c, true
}

// attributes reads text, numbers and bytes: entries have no others.
func attributes(members map[string]json.RawMessage) item {
	it := item{}
	for name, member := range members {
		var v struct {
			S, N *string
			B    []byte
		}
		switch err := json.Unmarshal(member, &v); {
		case err != nil: // of another kind; who looks for it finds that it is not there
		case v.S != nil:
			it[name] = text(*v.S)
		case v.N != nil:
			it[name] = &types.AttributeValueMemberN{Value: *v.N}
		case v.B != nil:
			it[name] = blob(v.B)
		}
	}
	return it
}
