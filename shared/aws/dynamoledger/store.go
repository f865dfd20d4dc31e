// Package dynamoledger is the ledger on Amazon DynamoDB: one table, described by
// [TableInput], for all that is kept.
//
// It only ever inserts, and only by the PartiQL statement INSERT, which cannot replace an
// item. So the role of a writer needs dynamodb:PartiQLInsert as its only permission to
// write. Such a role cannot overwrite history, whatever the code does. Every read is
// strongly consistent, the one of the local index too.
//
// The table is not believed. An item may hold anything that somebody wrote there: decoding
// is strict and bounded, and the reader verifies the receipt.
package dynamoledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/ledger"
)

// Client is what Store needs of *dynamodb.Client, and all that its role has to
// allow: dynamodb:Query, GetItem and PartiQLInsert.
type Client interface {
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	ExecuteStatement(context.Context, *dynamodb.ExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error)
}

// Store is a ledger.Store, a ledger.Documents, a ledger.Docket, a ledger.Agenda and
// a ledger.Tickets, and keeps root certificates.
// It is safe for concurrent use, by any number of processes.
type Store struct {
	client Client
	table  string
}

var (
	_ ledger.Store     = (*Store)(nil)
	_ ledger.Documents = (*Store)(nil)
	_ ledger.Docket    = (*Store)(nil)
	_ ledger.Agenda    = (*Store)(nil)
	_ ledger.Tickets   = (*Store)(nil)
)

// New returns the store in a table. The client should retry a few times, with the SDK's
// standard retryer, and bound each attempt: three attempts of at most four seconds suit a
// function. A retried insert that finds its own entry is recognised. After these attempts
// the registrar starts anew, so that more of them would only multiply.
func New(client Client, table string) *Store {
	return &Store{client: client, table: table}
}

// Open returns the store on a table, with a client of its own. See New for what the
// configuration should say.
func Open(config aws.Config, table string) *Store { return New(dynamodb.NewFromConfig(config), table) }

// Newest implements ledger.Store: one Query.
func (s *Store) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	if err := subject.Validate(); err != nil {
		return ledger.Entry{}, err
	}
	in := s.slots(subject, 1)
	in.ScanIndexForward, in.Limit = aws.Bool(false), aws.Int32(1)
	return entry(s.first(ctx, in))
}

// Get implements ledger.Store: one GetItem.
func (s *Store) Get(ctx context.Context, subject ledger.Subject, seq uint64) (ledger.Entry, error) {
	if err := subject.Validate(); err != nil {
		return ledger.Entry{}, err
	}
	if seq < 1 || seq > ledger.MaxSeq {
		return ledger.Entry{}, cmp.Or(ended(ctx), ledger.ErrNotFound)
	}
	return entry(s.get(ctx, subject.String(), sortKey(seq)))
}

// entry decodes the item that was read.
func entry(it item, err error) (ledger.Entry, error) {
	if err != nil {
		return ledger.Entry{}, err
	}
	return decodeEntry(it)
}

// ByKey implements ledger.Store: one Query of the local index, and one GetItem if
// it finds something. The index is read consistently, so it is never late.
func (s *Store) ByKey(ctx context.Context, subject ledger.Subject, key [32]byte) (ledger.Entry, error) {
	if err := subject.Validate(); err != nil {
		return ledger.Entry{}, err
	}
	found, err := s.first(ctx, &dynamodb.QueryInput{
		TableName:              &s.table,
		IndexName:              aws.String(IndexByKey),
		ConsistentRead:         aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk AND idem = :key"),
		ExpressionAttributeValues: item{
			":pk": text(subject.String()), ":key": blob(key[:]),
		},
		Limit: aws.Int32(1),
	})
	if err != nil {
		return ledger.Entry{}, err
	}
	r := reader{item: found}
	sk := r.text(attrSK)
	if err := r.corrupt("an item of the index " + IndexByKey); err != nil {
		return ledger.Entry{}, err
	}
	e, err := entry(s.get(ctx, subject.String(), sk))
	if err == nil && e.Key != key { // the entry was rewritten between the two reads
		return ledger.Entry{}, fmt.Errorf("%w: entry %q has another key than its index", ledger.ErrCorrupt, sk)
	}
	return e, err
}

// List implements ledger.Store: one Query for each megabyte of items.
func (s *Store) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	if err := subject.Validate(); err != nil {
		return nil, err
	}
	if err := ledger.CheckLimit(limit); err != nil {
		return nil, err
	}
	if from > ledger.MaxSeq { // a longer number would not sort among those of ten digits
		return nil, ended(ctx)
	}
	in := s.slots(subject, from)
	var list []ledger.Entry
	for len(list) < limit {
		in.Limit = aws.Int32(int32(min(limit-len(list), math.MaxInt32)))
		out, err := s.query(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, it := range out.Items {
			e, err := decodeEntry(it)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			break
		}
	}
	return list, nil
}

// Listings implements ledger.Docket: one Query for each megabyte of lines. Only the form of
// what the index says is checked; whoever acts on a line reads the entry.
func (s *Store) Listings(ctx context.Context, month string, shard int) ([]ledger.Listed, error) {
	if err := errors.Join(ledger.CheckMonth(month), ledger.CheckShard(shard)); err != nil {
		return nil, err
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(IndexDocket),
		KeyConditionExpression:    aws.String(attrMonth + " = :month"),
		ExpressionAttributeValues: item{":month": text(sharded(month, shard))},
	}
	var lines []ledger.Listed
	err := s.all(ctx, in, func(it item) error {
		line, err := decodeItem(it)
		lines = append(lines, line)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lines, func(a, b ledger.Listed) int { // the index has no order within a subject
		return cmp.Or(a.Subject.Compare(b.Subject), cmp.Compare(a.Seq, b.Seq))
	})
	return lines, nil
}

// DueOn implements ledger.Agenda: one Query, or more if people have several entries with the
// day, or for each further megabyte of keys.
func (s *Store) DueOn(ctx context.Context, day string, shard int, after ledger.Subject, limit int) ([]ledger.Subject, error) {
	if err := errors.Join(ledger.CheckDay(day), ledger.CheckShard(shard), ledger.CheckLimit(limit)); err != nil {
		return nil, err
	}
	key := ledger.KindContact.Prefix() // before the keys of all contacts and people
	if after != (ledger.Subject{}) {
		key = after.String()
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(IndexDue),
		KeyConditionExpression:    aws.String("due = :due AND pk > :after"),
		ExpressionAttributeValues: item{":due": text(sharded(day, shard)), ":after": text(key)},
		Limit:                     aws.Int32(int32(min(limit, math.MaxInt32))),
	}
	var people []ledger.Subject
	var corrupt error
	for {
		out, err := s.query(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, it := range out.Items {
			r := reader{item: it}
			person := r.subject()
			switch err := r.corrupt("a key of the index " + IndexDue); {
			case err != nil:
				corrupt = err
			case len(people) == 0 || people[len(people)-1] != person: // its entries stand together
				people = append(people, person)
			}
			if len(people) == limit {
				return people, corrupt
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return people, corrupt
		}
	}
}

// all calls each with every item of a query, page by page.
func (s *Store) all(ctx context.Context, in *dynamodb.QueryInput, each func(item) error) error {
	for {
		out, err := s.query(ctx, in)
		if err != nil {
			return err
		}
		for _, it := range out.Items {
			if err := each(it); err != nil {
				return err
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return nil
		}
	}
}

// Append implements ledger.Store: one insert, and one GetItem if the slot is taken.
func (s *Store) Append(ctx context.Context, e ledger.Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	return s.insert(ctx, encodeEntry(e), func(it item) bool {
		there, err := decodeEntry(it)
		return err == nil && there == e
	})
}

// slots is a Query of a subject's entries from one slot on.
func (s *Store) slots(subject ledger.Subject, from uint64) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName:              &s.table,
		ConsistentRead:         aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :last"),
		ExpressionAttributeValues: item{
			":pk": text(subject.String()), ":from": text(sortKey(from)), ":last": text(sortKey(ledger.MaxSeq)),
		},
	}
}

// first reads the first item that a query finds, or ledger.ErrNotFound.
func (s *Store) first(ctx context.Context, in *dynamodb.QueryInput) (item, error) {
	out, err := s.query(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(out.Items) == 0 {
		return nil, ledger.ErrNotFound
	}
	return out.Items[0], nil
}

// query reads a page of what a query finds.
func (s *Store) query(ctx context.Context, in *dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	out, err := s.client.Query(ctx, in)
	if err != nil {
		return nil, translate(ctx, err)
	}
	return out, nil
}

// get reads one item, or ledger.ErrNotFound.
func (s *Store) get(ctx context.Context, pk, sk string) (item, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), Key: itemKey(pk, sk),
	})
	if err != nil {
		return nil, translate(ctx, err)
	}
	if out.Item == nil {
		return nil, ledger.ErrNotFound
	}
	return out.Item, nil
}
