// Package publish tells other systems, by events on a bus, that receipts were
// issued: the ledger is the outbox. It reads the table's stream, so what was
// appended is published at least once, and nothing that was not. Package published makes
// the events.
package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
)

// Decode unpacks an item of the table.
type Decode func(pk, sk string, version int, receipt, key, command []byte) (ledger.Entry, error)

// Handler serves the table's stream. All fields are set.
type Handler struct {
	Decode  Decode
	Events  *published.Events
	Bus     published.Bus
	Metrics *emf.Emitter
	Log     *slog.Logger
}

// Outcomes of a record.
const (
	outcomePublished = "published"
	outcomeFailed    = "failed"
)

// Handle publishes a batch. If a record fails it answers with the first that did,
// from which the stream delivers again. The good ones after it are published
// nevertheless: the stream gives up on a batch as a whole.
func (h *Handler) Handle(ctx context.Context, batch events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	var notices []*notice
	var good []*notice
	var details [][]byte
	for i := range batch.Records {
		n := h.read(&batch.Records[i])
		if n == nil {
			continue
		}
		notices = append(notices, n)
		if n.err == nil {
			good, details = append(good, n), append(details, n.detail)
		}
	}
	for i, err := range h.Bus.Put(ctx, details) {
		good[i].err = err
	}

	var answer events.DynamoDBEventResponse
	count := map[string]int{}
	for _, n := range notices {
		if n.err == nil {
			count[outcomePublished]++
			continue
		}
		count[outcomeFailed]++
		line := "not published"
		if errors.Is(n.err, published.ErrRefused) {
			line = alarm.Refused
		}
		h.Log.Error(line, "sequence_number", n.sequence, "error", n.err)
		if answer.BatchItemFailures == nil {
			answer.BatchItemFailures = []events.DynamoDBBatchItemFailure{{ItemIdentifier: n.sequence}}
		}
	}
	for outcome, n := range count {
		h.Metrics.Count("Receipts", n, map[string]string{"Outcome": outcome})
	}
	return answer, nil
}

// notice is a record that tells of a new entry, and what became of it.
type notice struct {
	sequence string // of the record in the stream
	detail   []byte
	err      error
}

// read returns what a record tells; nil when it is of no new entry.
func (h *Handler) read(r *events.DynamoDBEventRecord) *notice {
	pk, sk := text(r.Change.Keys, "pk"), text(r.Change.Keys, "sk")
	if !strings.HasPrefix(pk, ledger.KindPerson.Prefix()) || !strings.HasPrefix(sk, "receipt#") {
		return nil
	}
	switch events.DynamoDBOperationType(r.EventName) {
	case events.DynamoDBOperationTypeInsert:
	case events.DynamoDBOperationTypeModify: // entries never change: this is somebody at the table
		h.Log.Error(alarm.Changed, "sequence_number", r.Change.SequenceNumber)
		return nil
	default: // removed, after an erasure that published its own entry
		return nil
	}
	n := &notice{sequence: r.Change.SequenceNumber}
	image := r.Change.NewImage
	version, err := strconv.Atoi(number(image, "v"))
	if err != nil {
		n.err = fmt.Errorf("%w: no format version", published.ErrRefused)
		return n
	}
	entry, err := h.Decode(pk, sk, version, binary(image, "r"), binary(image, "idem"), binary(image, "cmd"))
	if err != nil {
		n.err = fmt.Errorf("%w: %w", published.ErrRefused, err)
		return n
	}
	n.detail, n.err = h.Events.Of(entry)
	return n
}

// item is an item's attributes, or some of them.
type item map[string]events.DynamoDBAttributeValue

// text, number and binary read an attribute. They are empty for one that is not
// there or of another kind, at which the events package panics.
func text(i item, name string) string {
	if v, ok := i[name]; ok && v.DataType() == events.DataTypeString {
		return v.String()
	}
	return ""
}

func number(i item, name string) string {
	if v, ok := i[name]; ok && v.DataType() == events.DataTypeNumber {
		return v.Number()
	}
	return ""
}

func binary(i item, name string) []byte {
	if v, ok := i[name]; ok && v.DataType() == events.DataTypeBinary {
		return v.Binary()
	}
	return nil
}
