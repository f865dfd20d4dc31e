package dynamoledger_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
	"consent-receipts/shared/registrar"
)

// Aims. A write unit is 1 KB written, of an item or of an index's entry.
const (
	maxItem   = 3 << 10 // bytes
	maxYes    = 5       // write units of an opt-in, indexes included
	maxEnding = 4       // the same of what ends a consent
)

// meter counts what a client asks for, attempt by attempt, as the SDK sends it.
type meter struct {
	mu       sync.Mutex
	requests []string // operation, and whether it reads consistently
}

func (m *meter) options(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		var params any
		keep := middleware.InitializeMiddlewareFunc("meter/params", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			params = in.Parameters
			return next.HandleInitialize(ctx, in)
		})
		count := middleware.DeserializeMiddlewareFunc("meter/count", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			m.add(params)
			return next.HandleDeserialize(ctx, in)
		})
		if err := stack.Initialize.Add(keep, middleware.Before); err != nil {
			return err
		}
		return stack.Deserialize.Add(count, middleware.After)
	})
}

func (m *meter) add(params any) {
	name := fmt.Sprintf("%T", params)
	switch in := params.(type) {
	case *dynamodb.QueryInput:
		name = fmt.Sprintf("Query %s consistent=%t", aws.ToString(in.IndexName), aws.ToBool(in.ConsistentRead))
	case *dynamodb.GetItemInput:
		name = fmt.Sprintf("GetItem consistent=%t", aws.ToBool(in.ConsistentRead))
	case *dynamodb.ExecuteStatementInput:
		name = "Insert"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, name)
}

// take returns what was asked since the last time.
func (m *meter) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.requests
	m.requests = nil
	return taken
}

const (
	readNewest = "Query  consistent=true"
	readIndex  = "Query by-key consistent=true"
	readItem   = "GetItem consistent=true"
	insert     = "Insert"
)

// requests counts what a command costs, with a real registrar.
func requests(t *testing.T, e *dynamotest.Engine) {
	ctx := t.Context()
	m := &meter{}
	d := newDesk(t, e, m.options)
	subject := newSubject()
	costs := func(what string, want ...string) {
		t.Helper()
		if got := m.take(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	first := d.offer(t, subject)
	m.take()
	do := func(offer *consent.Offer) {
		t.Helper()
		_, err := d.Do(ctx, ledger.Person(subject), offer.ID, consent.OptIn{Offer: offer, Choices: sampleChoices}, asPerson)
		must(t, err)
	}
	do(first)
	costs("the first command of all", readNewest, insert)
	do(first)
	costs("sent again at once", readNewest)
	second := d.offer(t, subject)
	m.take()
	do(second)
	costs("an opt-in", readNewest, readIndex, insert)
	do(first)
	costs("an older one sent again", readNewest, readIndex, readItem)
	for i := range 48 {
		_, err := d.Do(ctx, ledger.Person(subject), fmt.Sprint(i), consent.OptOut{Purposes: []string{"card-offers"}, Reason: consent.Reason(fmt.Sprint(i))}, asPerson)
		must(t, err)
	}
	m.take()
	recs, err := d.Receipts(ctx, ledger.Person(subject), 1, 50)
	must(t, err)
	if len(recs) != 50 {
		t.Errorf("%d receipts", len(recs))
	}
	costs("a list of 50", readNewest)
	_, err = d.Standing(ctx, ledger.Person(subject))
	must(t, err)
	costs("the standing", readNewest)
}

// mostPuts is what BatchWriteItem takes.
const mostPuts = 25

// putAlike puts items like one that the store wrote, each of another person, at once.
func (d *desk) putAlike(t *testing.T, item attributes, from, to int) {
	t.Helper()
	var puts []types.WriteRequest
	for n := from; n < to; n++ {
		alike := maps.Clone(item)
		alike["pk"] = text(ledger.Person(fmt.Sprintf("%043d", n)).String())
		puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: alike}})
	}
	out, err := d.client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{d.table: puts}})
	must(t, err)
	if len(out.UnprocessedItems) > 0 {
		t.Fatalf("%d items are not written", len(out.UnprocessedItems))
	}
}

var manyLines = flag.Int("lines", 4_000, "how many lines docketPages lists")

// docketPages: reading a shard of a month of the docket takes one request for each megabyte,
// which holds at least 3,000 lines, and asks for nothing of the other shards. The store writes
// one item; the test puts the others, which are like it.
func docketPages(t *testing.T, e *dynamotest.Engine) {
	ctx, m := t.Context(), &meter{}
	table := e.NewTable(t)
	plain, metered := dynamoledger.New(e.Client(), table), dynamoledger.New(e.Client(m.options), table)
	many := *manyLines
	line := docket.Item{
		ID: "00000000-0000-4000-8000-000000000000", Type: "access", Rule: "gdpr", State: "received",
		Received: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Due: "2026-12-23", At: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	}.Listing()
	first := ledgertest.Entry(ledger.Person(fmt.Sprintf("%043d", 0)), 1)
	first.Receipt, first.Listing = "x~", line
	must(t, plain.Append(ctx, first))
	d := &desk{table: table, client: e.Client()}
	alike := itemAt(t, d, first.Subject.Pseudonym(), 1)
	for from := 1; from < many; from += mostPuts {
		d.putAlike(t, alike, from, min(from+mostPuts, many))
	}
	elsewhere := maps.Clone(alike)
	elsewhere["docket"] = text(fmt.Sprintf("2026-11#%02d", (first.Subject.Shard()+1)%ledger.Shards))
	d.putAlike(t, elsewhere, many, many+mostPuts)
	lines, err := metered.Listings(ctx, "2026-11", first.Subject.Shard())
	must(t, err)
	asked := m.take()
	if t.Logf("%d open requests are listed by %d of DynamoDB", len(lines), len(asked)); len(lines) != many || len(asked) < 2 || len(asked) > 1+many/3_000 {
		t.Errorf("%d lines by %d requests", len(lines), len(asked))
	}
}

// writeUnits: what the sample's opt-in costs, by the documented rule and by
// what the engines say. Neither engine is the service that sends the bill.
func writeUnits(t *testing.T, e *dynamotest.Engine) {
	ctx, d, subject := t.Context(), newDesk(t, e), newSubject()
	for _, c := range []struct {
		what string
		most int // write units
		do   func() *registrar.Result
	}{
		{"opt-in", maxYes, func() *registrar.Result { return d.optIn(t, subject) }},
		{"opt-in again", maxYes, func() *registrar.Result { return d.optIn(t, subject) }},
		{"opt-out", maxEnding, func() *registrar.Result {
			result, err := d.Do(ctx, ledger.Person(subject), "out", consent.OptOut{All: true}, asPerson)
			must(t, err)
			return result
		}},
	} {
		meter := &dynamotest.Meter{Client: d.client}
		d.Store = dynamoledger.New(meter, d.table)
		result := c.do()
		size, units := dynamotest.Size(itemAt(t, d, subject, result.Seq))
		t.Logf("%s: a receipt of %d bytes is an item of %d bytes, %d write units; %s says %v",
			c.what, len(result.Receipt), size, units, e.Name, meter.Writes)
		if size > maxItem || units > c.most {
			t.Errorf("%s: %d bytes and %d write units, at most %d and %d", c.what, size, units, maxItem, c.most)
		}
		// One of them always says 0, the other may count the bytes of a number differently.
		if meter.Writes > 0 && math.Abs(meter.Writes-float64(units)) > 1 {
			t.Errorf("%s: %s says %v write units, not %d", c.what, e.Name, meter.Writes, units)
		}
	}
}

// itemAt returns the item of an entry as it is in the table.
func itemAt(t testing.TB, d *desk, subject string, seq uint64) map[string]types.AttributeValue {
	t.Helper()
	out, err := d.client.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &d.table, Key: slot(subject, seq)})
	must(t, err)
	if out.Item == nil {
		t.Fatalf("no item for entry %d", seq)
	}
	return out.Item
}

func slot(subject string, seq uint64) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: ledger.Person(subject).String()},
		"sk": &types.AttributeValueMemberS{Value: fmt.Sprintf("receipt#%010d", seq)},
	}
}
