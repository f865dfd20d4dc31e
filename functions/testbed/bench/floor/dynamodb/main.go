// Command dynamodb is a function with nothing but a DynamoDB client. It makes the
// requests of an opt-in with an entry that is its event.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/testbed/bench/floor"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		client, table := dynamodb.NewFromConfig(env.AWS("DYNAMODB")), env.String("TABLE_NAME")
		return func(ctx context.Context, e floor.Entry) error { return floor.OptIn(ctx, client, table, e) }, nil
	})
}
