package dynamoledger

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/ledger"
)

// ScanClient is what Scanner needs of *dynamodb.Client, and what its role has to allow.
type ScanClient interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Scanner reads the entries of all people and contacts. It is a type of its own, since no other function
// may scan the table.
type Scanner struct {
	client ScanClient
	table  string
}

// NewScanner returns the scanner of a table.
func NewScanner(client ScanClient, table string) *Scanner { return &Scanner{client, table} }

// OpenScanner returns the scanner of a table, with a client of its own.
func OpenScanner(config aws.Config, table string) *Scanner {
	return NewScanner(dynamodb.NewFromConfig(config), table)
}

// Page implements published.Scan: one Scan, of a megabyte. DynamoDB divides the table into
// segments itself. The place to go on is a key: the partition key, a blank, the sort key.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
func (s *Scanner) Page(ctx context.Context, segment, of int, after string) (entries []ledger.Entry, next string, err error) {
	in := &dynamodb.ScanInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(int32(of)), // package published bounds both
	}
	if after != "" {
		pk, sk, _ := strings.Cut(after, " ")
		in.ExclusiveStartKey = itemKey(pk, sk)
	}
	out, err := s.client.Scan(ctx, in)
	if err != nil {
		return nil, "", translate(ctx, err)
	}
	for _, it := range out.Items {
		pk := (&reader{item: it}).text(attrPK)
		if !strings.HasPrefix(pk, ledger.KindPerson.Prefix()) && !strings.HasPrefix(pk, ledger.KindContact.Prefix()) {
			continue // a document, a root, a ticket, an audit record
		}
		delete(it, attrSealed) // nobody who reads all people needs to know who they are
		e, damaged := decodeEntry(it)
		if err = errors.Join(err, damaged); damaged == nil {
			entries = append(entries, e)
		}
	}
	if last := (&reader{item: out.LastEvaluatedKey}); len(last.item) > 0 {
		next = last.text(attrPK) + " " + last.text(attrSK)
	}
	return entries, next, err
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

// Entries reads the entries of all people and contacts, those of a person in the order of their Seq with
// nobody else's between them, since DynamoDB keeps items of one partition key together, sorted.
// The order of people means nothing. The sequence ends at the first error.
func (w *Whole) Entries(ctx context.Context) iter.Seq2[ledger.Entry, error] {
	scanner := OpenScanner(w.config, w.table)
	return func(yield func(ledger.Entry, error) bool) {
		for after := ""; ; {
			entries, next, err := scanner.Page(ctx, 0, 1, after)
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(ledger.Entry{}, err)
			}
			if err != nil || next == "" {
				return
			}
			after = next
		}
	}
}

// Beside opens another table of the same account and region.
func (w *Whole) Beside(table string) *Whole { return OpenWhole(w.config, table) }

// Name is the table's name.
func (w *Whole) Name() string { return w.table }
