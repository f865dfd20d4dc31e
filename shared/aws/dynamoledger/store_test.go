package dynamoledger_test

import (
	"crypto/sha256"
	"flag"
	"testing"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// Of the suite's random runs fewer do here: each call is one over the network.
func init() {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}

// TestEngines runs what asks the engine itself, on both.
func TestEngines(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, e *dynamotest.Engine) {
		for name, test := range map[string]func(*testing.T, *dynamotest.Engine){
			"conformance":              conformance,
			"conformance under faults": conformanceUnderFaults,
			"audit apart":              auditApart,
			"own write":                ownWrite,
			"pages":                    pages,
			"roots":                    roots,
			"requests":                 requests,
			"register in pages":        registerPages,
			"write units":              writeUnits,
		} {
			t.Run(name, func(t *testing.T) { test(t, e) })
		}
	})
}

// conformance holds the store to the ledger's contract.
func conformance(t *testing.T, e *dynamotest.Engine) {
	store := dynamoledger.New(e.Client(), e.NewTable(t))
	ledgertest.Run(t, func(*testing.T) ledgertest.Backend {
		return ledgertest.Backend{Store: store, Documents: store, Register: store, Agenda: store, Tickets: store}
	})
}

// auditApart: what is under one kind of partition key is not seen under the other.
func auditApart(t *testing.T, e *dynamotest.Engine) {
	ctx, store, subject := t.Context(), dynamoledger.New(e.Client(), e.NewTable(t)), newSubject()
	receipts, records := entry(subject, "a~"), entry(subject, "b")
	must(t, store.Append(ctx, receipts))
	must(t, store.Audit().Append(ctx, records))
	for name, c := range map[string]struct {
		store *dynamoledger.Store
		want  ledger.Entry
	}{"receipts": {store, receipts}, "audit": {store.Audit(), records}} {
		if got, err := c.store.List(ctx, subject, 1, 10); err != nil || len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if got, err := c.store.ByKey(ctx, subject, c.want.Key); err != nil || got != c.want {
			t.Errorf("%s by key: %v, %v", name, got, err)
		}
	}
}

func entry(subject, text string) ledger.Entry {
	return ledger.Entry{Subject: subject, Seq: 1, Receipt: text, Key: [32]byte{1}, Command: sha256.Sum256([]byte(text))}
}
