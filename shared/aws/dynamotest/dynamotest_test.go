package dynamotest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamotest"
)

func TestEach(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, e *dynamotest.Engine) {
		table := e.NewTable(t)
		if e.NewTable(t) == table {
			t.Error("two tables with one name")
		}
		out, err := e.Client().DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
		if err != nil || len(out.Table.LocalSecondaryIndexes) != 1 || len(out.Table.GlobalSecondaryIndexes) != 2 {
			t.Errorf("%+v, %v", out, err)
		}
	})
}
