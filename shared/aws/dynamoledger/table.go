package dynamoledger

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The indexes. The first two hold keys only: they are paid for with every entry.
const (
	// IndexByKey is local, by pk and idem: a person's entry under an idempotency
	// key. A local index can be read consistently.
	IndexByKey = "by-key"
	// IndexDue is global and sparse, by due and pk: whose standing, of a shard, falls due
	// on a day. It lags, and an entry that others followed stays in it.
	IndexDue = "due"
	// IndexDocket is global and sparse, by docket and pk, and holds the text too: a shard's
	// docket of a month. It lags.
	IndexDocket = "docket"
)

// TableInput describes the table: for engines on one machine, and for the test
// that compares what is deployed with it.
func TableInput(name string) *dynamodb.CreateTableInput {
	key := func(partition, sort string) []types.KeySchemaElement {
		return []types.KeySchemaElement{
			{AttributeName: &partition, KeyType: types.KeyTypeHash},
			{AttributeName: &sort, KeyType: types.KeyTypeRange},
		}
	}
	keysOnly := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	return &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(attrPK), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrSK), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrIdem), AttributeType: types.ScalarAttributeTypeB},
			{AttributeName: aws.String(attrDue), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrMonth), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: key(attrPK, attrSK),
		LocalSecondaryIndexes: []types.LocalSecondaryIndex{
			{IndexName: aws.String(IndexByKey), KeySchema: key(attrPK, attrIdem), Projection: keysOnly},
		},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{IndexName: aws.String(IndexDue), KeySchema: key(attrDue, attrPK), Projection: keysOnly},
			{IndexName: aws.String(IndexDocket), KeySchema: key(attrMonth, attrPK), Projection: &types.Projection{
				ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{attrItem},
			}},
		},
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage,
		},
	}
}
