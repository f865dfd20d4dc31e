package dynamoledger

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// restoreWithin bounds the time that a restored table takes until it can be read. DynamoDB
// promises none; its index entries are restored too.
const restoreWithin = 12 * time.Hour

// Restore restores the table to its latest restorable moment, some five minutes ago, into a new
// table, waits until that can be read, and returns the moment. The copy has neither the
// resource policy, the stream, the protection from deletion nor the recovery of the table.
// It needs dynamodb:RestoreTableToPointInTime, and what this needs.
func (w *Whole) Restore(ctx context.Context, copied string) (time.Time, error) {
	client := dynamodb.NewFromConfig(w.config)
	_, err := client.RestoreTableToPointInTime(ctx, &dynamodb.RestoreTableToPointInTimeInput{
		SourceTableName: &w.table, TargetTableName: &copied, UseLatestRestorableTime: aws.Bool(true),
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("restoring %s: %w", w.table, err)
	}
	out, err := dynamodb.NewTableExistsWaiter(client).WaitForOutput(ctx, &dynamodb.DescribeTableInput{TableName: &copied}, restoreWithin)
	if err != nil {
		return time.Time{}, fmt.Errorf("waiting for %s: %w", copied, err)
	}
	if out.Table.RestoreSummary == nil || out.Table.RestoreSummary.RestoreDateTime == nil {
		return time.Time{}, fmt.Errorf("%s does not say which moment it is of", copied)
	}
	return *out.Table.RestoreSummary.RestoreDateTime, nil
}

// Remove deletes the table. One that is protected from deletion stays.
func (w *Whole) Remove(ctx context.Context) error {
	_, err := dynamodb.NewFromConfig(w.config).DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &w.table})
	return err
}
