package dynamotest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/aws/dynamoledger"
)

// Item is an item of a table.
type Item = map[string]types.AttributeValue

// Size is the size of an item in bytes, by the documented rule, and the write units of
// inserting it: one unit for each KB, or part of a KB, of the item, and the same for its
// entry in each index.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ThroughputConsiderations
func Size(item Item) (bytes, writeUnits int) {
	sizeOf := func(names ...string) (n int) {
		for _, name := range names {
			n += len(name)
			switch v := item[name].(type) {
			case *types.AttributeValueMemberS:
				n += len(v.Value)
			case *types.AttributeValueMemberB:
				n += len(v.Value)
			case *types.AttributeValueMemberN:
				n += (len(v.Value)+1)/2 + 1
			}
		}
		return n
	}
	kilobytes := func(n int) int { return (n + 1023) / 1024 }
	for name := range item {
		bytes += sizeOf(name)
	}
	writeUnits = kilobytes(bytes) + kilobytes(sizeOf("pk", "sk", "idem"))
	if _, ok := item["due"]; ok {
		writeUnits += kilobytes(sizeOf("pk", "sk", "due"))
	}
	if _, ok := item["docket"]; ok {
		writeUnits += kilobytes(sizeOf("pk", "sk", "docket", "item"))
	}
	return bytes, writeUnits
}

// Meter asks an engine what each request costs. Neither engine is the service that
// sends the bill: DynamoDB Local says 0 for every insert by PartiQL.
type Meter struct {
	dynamoledger.Client
	Reads, Writes float64 // units
}

// Query implements dynamoledger.Client.
func (m *Meter) Query(ctx context.Context, in *dynamodb.QueryInput, options ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.Query(ctx, in, options...)
	if err == nil && out.ConsumedCapacity != nil {
		m.Reads += aws.ToFloat64(out.ConsumedCapacity.CapacityUnits)
	}
	return out, err
}

// ExecuteStatement implements dynamoledger.Client.
func (m *Meter) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.ExecuteStatement(ctx, in, options...)
	if err == nil && out.ConsumedCapacity != nil {
		m.Writes += aws.ToFloat64(out.ConsumedCapacity.CapacityUnits)
	}
	return out, err
}
