package dynamoledger

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/ledger"
)

// ScanEntries reads the entries of all people, those of a person in the order of their Seq with
// nobody else's between them, since DynamoDB keeps items of one partition key together, sorted.
// The order of people means nothing, but is always the same. If an entry is given, reading begins after it. It reads the whole table, and is for
// an operator's command: no function may scan. The sequence ends at the first error.
func ScanEntries(ctx context.Context, config aws.Config, table string, after *ledger.Entry) iter.Seq2[ledger.Entry, error] {
	in := &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)}
	if after != nil {
		in.ExclusiveStartKey = itemKey(after.Subject.String(), sortKey(after.Seq))
	}
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(config), in)
	return func(yield func(ledger.Entry, error) bool) {
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			for _, it := range page.Items {
				if pk := (&reader{item: it}).text(attrPK); !strings.HasPrefix(pk, ledger.KindPerson.Prefix()) {
					continue // a document, a root, an audit record
				}
				if e, err := decodeEntry(it); !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// Whole is a table that can be read whole too, for an operator's command.
type Whole struct {
	*Store
	config aws.Config
	table  string
}

// OpenWhole opens a table.
func OpenWhole(config aws.Config, table string) *Whole {
	return &Whole{Open(config, table), config, table}
}

// Entries reads the entries of all people, as ScanEntries does.
func (w *Whole) Entries(ctx context.Context) iter.Seq2[ledger.Entry, error] {
	return ScanEntries(ctx, w.config, w.table, nil)
}

// Beside opens another table of the same account and region.
func (w *Whole) Beside(table string) *Whole { return OpenWhole(w.config, table) }

// Name is the table's name.
func (w *Whole) Name() string { return w.table }
