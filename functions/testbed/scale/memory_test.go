package scale

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
)

// maxPage is how many bytes a page of a Query or a Scan has, as in DynamoDB.
const maxPage = 1 << 20

// memory is a table in memory for a million items. It answers what dynamoledger asks, in the
// pages in which DynamoDB does; TestScale compares it with an engine. An item that is like
// another one shares its attributes, so that many fit.
type memory struct {
	mu      sync.Mutex
	tables  map[string][]*record // by partition key, in the order of the sort key
	indexes map[string][]*record // by the key of a partition of an index, in the order of the table's keys
	scanned [][]*record          // by segment, in the order of the keys, once a scan has begun
}

// record is an item: its own attributes, and those of an item that it is like.
type record struct {
	pk, sk, due, docket, line string // "": there is no such attribute
	like                      dynamotest.Item
}

// segment is the segment of a scan that the record is in.
func (r *record) segment(of int32) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.pk))
	return int32(h.Sum32() % uint32(of))
}

func newMemory() *memory {
	return &memory{tables: map[string][]*record{}, indexes: map[string][]*record{}}
}

// item is all attributes of a record.
func (r *record) item() dynamotest.Item {
	it := maps.Clone(r.like)
	for name, value := range map[string]string{"pk": r.pk, "sk": r.sk, "due": r.due, "docket": r.docket, "item": r.line} {
		if delete(it, name); value != "" {
			it[name] = text(value)
		}
	}
	return it
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func textOf(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func newRecord(it dynamotest.Item) *record {
	return &record{pk: textOf(it["pk"]), sk: textOf(it["sk"]), due: textOf(it["due"]), docket: textOf(it["docket"]), line: textOf(it["item"]), like: it}
}

func byKeys(a, b *record) int { return cmp.Or(cmp.Compare(a.pk, b.pk), cmp.Compare(a.sk, b.sk)) }

// Fill implements backend.
func (m *memory) Fill(_ testing.TB, records []record) {
	for i := range records {
		m.add(&records[i])
	}
}

// add adds a record unless there is one with its keys.
func (m *memory) add(r *record) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, there := slices.BinarySearchFunc(m.tables[r.pk], r, byKeys)
	if there {
		return false
	}
	m.tables[r.pk] = slices.Insert(m.tables[r.pk], at, r)
	for _, key := range []string{r.due, r.docket} {
		if key != "" {
			at, _ := slices.BinarySearchFunc(m.indexes[key], r, byKeys)
			m.indexes[key] = slices.Insert(m.indexes[key], at, r)
		}
	}
	m.scanned = nil
	return true
}

// GetItem implements dynamoledger.Client.
func (m *memory) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	want := newRecord(in.Key)
	if at, there := slices.BinarySearchFunc(m.tables[want.pk], want, byKeys); there {
		return &dynamodb.GetItemOutput{Item: m.tables[want.pk][at].item()}, nil
	}
	return &dynamodb.GetItemOutput{}, nil
}

var named = regexp.MustCompile(`'([a-z]+)': \?`)

// inserted is the item of an INSERT.
func inserted(in *dynamodb.ExecuteStatementInput) dynamotest.Item {
	it := dynamotest.Item{}
	for i, name := range named.FindAllStringSubmatch(*in.Statement, -1) {
		it[name[1]] = in.Parameters[i]
	}
	return it
}

// ExecuteStatement implements dynamoledger.Client.
func (m *memory) ExecuteStatement(_ context.Context, in *dynamodb.ExecuteStatementInput, _ ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	if !m.add(newRecord(inserted(in))) {
		return nil, &types.DuplicateItemException{}
	}
	return &dynamodb.ExecuteStatementOutput{}, nil
}

// Query implements dynamoledger.Client.
func (m *memory) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	of, value := m.tables, func(name string) string { return textOf(in.ExpressionAttributeValues[name]) }
	keep := func(r *record) bool { return r.sk >= value(":from") && r.sk <= value(":last") }
	shown := func(r *record) dynamotest.Item { return r.item() }
	switch aws.ToString(in.IndexName) {
	case dynamoledger.IndexByKey:
		keep = func(r *record) bool { return sameBytes(r.like["idem"], in.ExpressionAttributeValues[":key"]) }
		shown = func(r *record) dynamotest.Item { return only(r.item(), "pk", "sk", "idem") }
	case dynamoledger.IndexDue:
		of, keep = m.indexes, func(r *record) bool { return r.pk > value(":after") }
		shown = func(r *record) dynamotest.Item { return only(r.item(), "pk", "sk", "due") }
	case dynamoledger.IndexDocket:
		of, keep = m.indexes, func(r *record) bool { return strings.HasPrefix(r.pk, value(":prefix")) }
		shown = func(r *record) dynamotest.Item { return only(r.item(), "pk", "sk", "docket", "item") }
	}
	partition := of[cmp.Or(value(":pk"), value(":due"), value(":month"))]
	if in.ScanIndexForward != nil && !*in.ScanIndexForward {
		partition = slices.Clone(partition)
		slices.Reverse(partition)
	}
	out := &dynamodb.QueryOutput{}
	out.Items, out.LastEvaluatedKey = page(partition, newRecord(in.ExclusiveStartKey), int(aws.ToInt32(in.Limit)), keep, shown)
	return out, nil
}

// page makes a page of the records behind a key, or of all if it is empty.
func page(all []*record, after *record, limit int, keep func(*record) bool, shown func(*record) dynamotest.Item) (items []dynamotest.Item, last dynamotest.Item) {
	size := 0
	for _, r := range all {
		if !keep(r) || after.pk != "" && byKeys(r, after) <= 0 {
			continue
		}
		if limit > 0 && len(items) == limit || size >= maxPage {
			end := items[len(items)-1]
			return items, only(end, "pk", "sk", "due", "docket")
		}
		it := shown(r)
		bytes, _ := dynamotest.Size(it)
		items, size = append(items, it), size+bytes
	}
	return items, nil
}

// Scan implements dynamoledger.ScanClient.
func (m *memory) Scan(_ context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if int32(len(m.scanned)) != *in.TotalSegments {
		m.scanned = make([][]*record, *in.TotalSegments)
		for _, pk := range slices.Sorted(maps.Keys(m.tables)) {
			segment := m.tables[pk][0].segment(*in.TotalSegments)
			m.scanned[segment] = append(m.scanned[segment], m.tables[pk]...)
		}
	}
	after, all := newRecord(in.ExclusiveStartKey), m.scanned[*in.Segment]
	from, _ := slices.BinarySearchFunc(all, after, byKeys)
	out := &dynamodb.ScanOutput{}
	out.Items, out.LastEvaluatedKey = page(all[from:], after, 0, func(*record) bool { return true }, (*record).item)
	out.LastEvaluatedKey = only(out.LastEvaluatedKey, "pk", "sk")
	return out, nil
}

// only has some attributes of an item.
func only(it dynamotest.Item, names ...string) dynamotest.Item {
	out := dynamotest.Item{}
	for _, name := range names {
		if v, ok := it[name]; ok {
			out[name] = v
		}
	}
	return out
}

func sameBytes(a, b types.AttributeValue) bool {
	x, _ := a.(*types.AttributeValueMemberB)
	y, _ := b.(*types.AttributeValueMemberB)
	return x != nil && y != nil && string(x.Value) == string(y.Value)
}
