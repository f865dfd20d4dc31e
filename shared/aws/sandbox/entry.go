package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/ledger"
)

// ErrNoEntry: nothing was recorded yet.
var ErrNoEntry = errors.New("the table has no entry")

// Entry returns the entry with the highest number, of whichever ledger of a kind, as the table's
// stream would tell of it: the JSON of its keys, and of all its attributes.
func Entry(ctx context.Context, endpoint, table string, of ledger.Kind) (keys, image string, err error) {
	scan := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(config(endpoint)), &dynamodb.ScanInput{
		TableName: &table, FilterExpression: aws.String("begins_with(pk, :subject)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":subject": &types.AttributeValueMemberS{Value: of.Prefix()}},
	})
	var newest map[string]types.AttributeValue
	for scan.HasMorePages() {
		page, err := scan.NextPage(ctx)
		if err != nil {
			return "", "", err
		}
		for _, item := range page.Items {
			if newest == nil || number(item) > number(newest) {
				newest = item
			}
		}
	}
	if newest == nil {
		return "", "", ErrNoEntry
	}
	if keys, err = streamed(map[string]types.AttributeValue{"pk": newest["pk"], "sk": newest["sk"]}); err != nil {
		return "", "", err
	}
	image, err = streamed(newest)
	return keys, image, err
}

// number is the sort key of an entry: its digits are as many as any other's.
func number(item map[string]types.AttributeValue) string {
	sk := item["sk"].(*types.AttributeValueMemberS) // the table's sort key is text
	return sk.Value
}

// streamed is the JSON of attributes in a stream's event. It knows the types that entries
// have: text, numbers and bytes.
func streamed(item map[string]types.AttributeValue) (string, error) {
	out := map[string]any{}
	for name, value := range item {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			out[name] = map[string]string{"S": v.Value}
		case *types.AttributeValueMemberN:
			out[name] = map[string]string{"N": v.Value}
		case *types.AttributeValueMemberB:
			out[name] = map[string][]byte{"B": v.Value}
		default:
			return "", fmt.Errorf("attribute %s: a %T", name, value)
		}
	}
	b, err := json.Marshal(out)
	return string(b), err
}
