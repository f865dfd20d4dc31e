package scale

import (
	"context"
	"maps"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
)

// backend is a table that can be filled.
type backend interface {
	dynamoledger.Client
	dynamoledger.ScanClient
	Fill(t testing.TB, records []record)
}

// meter counts what is asked of a table. Units are counted by the documented rule: one engine
// says 0 of every insert.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
type meter struct {
	backend

	mu sync.Mutex
	counts
}

// counts is what was asked.
type counts struct {
	requests      int
	reads, writes float64            // units
	partitions    map[string]float64 // units of either, by the key of the partition
}

// take returns what was asked since the last time.
func (m *meter) take() counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.counts
	m.counts = counts{partitions: map[string]float64{}}
	return taken
}

// count notes one request.
func (m *meter) count(reads, writes float64, partitions ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests, m.reads, m.writes = m.requests+1, m.reads+reads, m.writes+writes
	for _, p := range partitions {
		m.partitions[p] += max(reads, writes/float64(len(partitions)))
	}
}

// readUnits is what reading items costs together: 4 KB a unit, and half of that if the read
// need not be consistent.
func readUnits(consistent *bool, items ...dynamotest.Item) float64 {
	size := 0
	for _, it := range items {
		bytes, _ := dynamotest.Size(it)
		size += bytes
	}
	units := max(1, float64((size+4095)/4096))
	if !aws.ToBool(consistent) {
		units /= 2
	}
	return units
}

func (m *meter) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	out, err := m.backend.Query(ctx, in, o...)
	if err == nil {
		for _, name := range []string{":pk", ":due", ":month"} {
			if key := textOf(in.ExpressionAttributeValues[name]); key != "" {
				m.count(readUnits(in.ConsistentRead, out.Items...), 0, key)
			}
		}
	}
	return out, err
}

func (m *meter) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	out, err := m.backend.GetItem(ctx, in, o...)
	if err == nil {
		m.count(readUnits(in.ConsistentRead, out.Item), 0, textOf(in.Key["pk"]))
	}
	return out, err
}

func (m *meter) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, o ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	out, err := m.backend.ExecuteStatement(ctx, in, o...)
	it := inserted(in)
	_, units := dynamotest.Size(it)
	partitions := []string{textOf(it["pk"])}
	for _, index := range []string{"due", "docket"} {
		if key := textOf(it[index]); key != "" {
			partitions = append(partitions, key)
		}
	}
	m.count(0, float64(units), partitions...)
	return out, err
}

func (m *meter) Scan(ctx context.Context, in *dynamodb.ScanInput, o ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	out, err := m.backend.Scan(ctx, in, o...)
	if err == nil {
		m.count(readUnits(in.ConsistentRead, out.Items...), 0)
	}
	return out, err
}

// hottest is the most that one partition took, in units, and which.
func (c counts) hottest() (key string, units float64) {
	for _, k := range slices.Sorted(maps.Keys(c.partitions)) {
		if c.partitions[k] > units {
			key, units = k, c.partitions[k]
		}
	}
	return key, units
}

// bus takes events.
type bus struct {
	mu     sync.Mutex
	events int
}

func (b *bus) Put(_ context.Context, events [][]byte) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events += len(events)
	return make([]error, len(events))
}

// cpu is the processor time that this process has taken, which does not depend on what else the
// machine does. An engine is another process; the table in memory is not.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
