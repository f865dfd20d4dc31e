package dynamoledger_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// sealed: a sealed identity lies in its entry and nowhere else: in no index, and not where all
// people are read. Who removes the entry, removes it.
func sealed(t *testing.T, e *dynamotest.Engine) {
	d := newDesk(t, e)
	store := dynamoledger.New(d.client, d.table)
	entry := ledgertest.Entry(ledgertest.Subject(), 1)
	entry.Due, entry.Listing, entry.Sealed = "2026-12-23", ledger.Listing{Month: "2026-11", Text: "{}"}, "sealed number of one customer"
	must(t, store.Append(t.Context(), entry))
	must(t, store.Append(t.Context(), ledgertest.Entry(entry.Subject, 2)))
	if got, err := store.Get(t.Context(), entry.Subject, 1); err != nil || got != entry {
		t.Fatalf("%+v, %v", got, err)
	}
	found := func(index *string) (items, seals int) {
		out, err := d.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &d.table, IndexName: index})
		must(t, err)
		for _, it := range out.Items {
			for _, value := range it {
				switch v := value.(type) {
				case *types.AttributeValueMemberB:
					seals += bytes.Count(v.Value, []byte(entry.Sealed))
				case *types.AttributeValueMemberS:
					seals += bytes.Count([]byte(v.Value), []byte(entry.Sealed))
				}
			}
		}
		return len(out.Items), seals
	}
	if _, seals := found(nil); seals != 1 {
		t.Errorf("%d seals in the table, want 1", seals)
	}
	for _, index := range []string{dynamoledger.IndexByKey, dynamoledger.IndexDue, dynamoledger.IndexDocket} {
		for items := 0; items == 0; { // an index may lag
			var seals int
			if items, seals = found(aws.String(index)); seals > 0 {
				t.Errorf("the index %s has the seal", index)
			}
		}
	}
	people := 0
	for after := ""; ; {
		entries, next, err := dynamoledger.NewScanner(d.client, d.table).Page(t.Context(), 0, 1, after)
		must(t, err)
		for _, read := range entries {
			if people++; read.Sealed != "" {
				t.Error("who reads all people reads who they are")
			}
		}
		if after = next; after == "" {
			break
		}
	}
	if people != 2 {
		t.Errorf("%d entries of people, want 2", people)
	}
	intruder{t, d}.remove(entry.Subject.ID(), 1)
	if _, seals := found(nil); seals != 0 {
		t.Error("the seal is there after its entry was removed")
	}
}
