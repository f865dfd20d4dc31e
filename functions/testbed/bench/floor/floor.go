// Package floor is what no function that records an opt-in on DynamoDB can do
// without: its requests. The benchmarks measure the functions against it.
package floor

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Entry is an item of the table, already made.
type Entry struct {
	PK, SK       string
	V            string
	R, Idem, Cmd []byte
}

// OptIn makes the requests of an opt-in, with the same bytes: it reads the newest
// entry and the index of keys, and inserts an entry.
func OptIn(ctx context.Context, client *dynamodb.Client, table string, e Entry) error {
	pk := &types.AttributeValueMemberS{Value: e.PK}
	idem := &types.AttributeValueMemberB{Value: e.Idem}
	if _, err := client.Query(ctx, &dynamodb.QueryInput{
		TableName: &table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(1),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: map[string]types.AttributeValue{":pk": pk},
	}); err != nil {
		return err
	}
	if _, err := client.Query(ctx, &dynamodb.QueryInput{
		TableName: &table, IndexName: aws.String("by-key"), ConsistentRead: aws.Bool(true), Limit: aws.Int32(1),
		KeyConditionExpression: aws.String("pk = :pk AND idem = :key"), ExpressionAttributeValues: map[string]types.AttributeValue{":pk": pk, ":key": idem},
	}); err != nil {
		return err
	}
	_, err := client.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
		Statement: aws.String(`INSERT INTO "` + table + `" VALUE {'pk': ?, 'sk': ?, 'v': ?, 'r': ?, 'idem': ?, 'cmd': ?}`),
		Parameters: []types.AttributeValue{
			pk, &types.AttributeValueMemberS{Value: e.SK}, &types.AttributeValueMemberN{Value: e.V},
			&types.AttributeValueMemberB{Value: e.R}, idem, &types.AttributeValueMemberB{Value: e.Cmd},
		},
	})
	return err
}
