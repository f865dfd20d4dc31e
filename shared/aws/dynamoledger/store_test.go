package dynamoledger_test

import (
	"flag"
	"testing"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
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
			"conformance":     conformance,
			"own write":       ownWrite,
			"pages":           pages,
			"roots":           roots,
			"requests":        requests,
			"docket in pages": docketPages,
			"write units":     writeUnits,
			"changes":         changesOf,
			"drill":           drills,
			"sealed":          sealed,
		} {
			t.Run(name, func(t *testing.T) { test(t, e) })
		}
	})
}

// conformance holds the store to the ledger's contract.
func conformance(t *testing.T, e *dynamotest.Engine) {
	store := dynamoledger.New(e.Client(), e.NewTable(t))
	ledgertest.Run(t, func(*testing.T) ledgertest.Backend {
		return ledgertest.Backend{Store: store, Documents: store, Docket: store, Agenda: store, Tickets: store}
	})
}
