package bench

import (
	"context"
	"fmt"
	"io"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/measured"
)

// List prices in US dollars, of us-east-1. They were read on 2026-11-23 in pages about
// AWS's price lists, which this machine cannot reach: look them up before you decide.
const (
	pricesRead = "2026-11-23"

	perMillionWriteUnits = 0.625        // DynamoDB on demand
	perMillionReadUnits  = 0.125        // DynamoDB on demand
	perGBMonth           = 0.25 + 0.20  // DynamoDB storage, and point-in-time recovery
	perGBSecond          = 0.0000133334 // Lambda on arm64
	perMillionCalls      = 0.20         // Lambda
	perMillionHTTP       = 1.00         // HTTP API
	perMillionEvents     = 1.00         // EventBridge, put by publish
	perMillionSignatures = 15.00        // KMS, elliptic curve: 0.15 for 10,000
)

// Memory of the functions, in GB, as infra/functions says.
const memory = 0.5

// indexEntry is what DynamoDB adds to each item and to each entry of an index, in bytes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
const indexEntry = 100

// consumption is what an opt-in of the sample takes, by somebody who has opted in before.
type consumption struct {
	reads, writes float64 // units, as the engine says
	ruleWrites    int     // units, by the documented rule
	item          int     // bytes
	duration      time.Duration
}

func measureUsage(t testing.TB, engine *dynamotest.Engine, duration time.Duration) consumption {
	table := engine.NewTable(t)
	d := newDesk(t)
	meter := &dynamotest.Meter{Client: engine.Client()}
	d.Registrar.Store = dynamoledger.New(meter, table)
	d.optIn(t, 0)
	event := d.optInEvent(t, 0)
	meter.Reads, meter.Writes = 0, 0
	if a, err := d.api.Handlers("optin").Func()(context.Background(), event); err != nil || a.StatusCode != 201 {
		t.Fatalf("%d %v", a.StatusCode, err)
	}
	out, err := engine.Client().GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &table, Key: dynamotest.Item{
		"pk": &types.AttributeValueMemberS{Value: "subject#" + d.subject(t, 0)},
		"sk": &types.AttributeValueMemberS{Value: fmt.Sprintf("receipt#%010d", 2)},
	}})
	must(t, err)
	c := consumption{reads: meter.Reads, writes: meter.Writes, duration: duration}
	c.item, c.ruleWrites = dynamotest.Size(out.Item)
	return c
}

// printCost prints what a million receipts cost.
func printCost(out io.Writer, c consumption) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	bytes := float64(c.item+indexEntry) + indexEntry + 150 // and its keys in the index
	lambda := perMillionCalls + 1e6*memory*c.duration.Seconds()*perGBSecond
	write, read := c.writes*perMillionWriteUnits, c.reads*perMillionReadUnits
	once := write + read + lambda + perMillionHTTP
	fmt.Fprintf(w, "A MILLION RECEIPTS\tUS$\tFROM (list prices of us-east-1, read on %s)\n", pricesRead)
	fmt.Fprintf(w, "written\t%.2f\t%.0f write units each\n", write, c.writes)
	fmt.Fprintf(w, "read\t%.2f\t%.1f read units each\n", read, c.reads)
	fmt.Fprintf(w, "function optin\t%.2f\ta call, and %s of %.1f GB each\n", lambda, measured.Time(c.duration), memory)
	fmt.Fprintf(w, "HTTP API\t%.2f\ta request each\n", perMillionHTTP)
	fmt.Fprintf(w, "in all\t%.2f\tand with each receipt on the outgoing bus %.2f\n", once, once+perMillionEvents)
	fmt.Fprintf(w, "if KMS signed each\t%.2f\t%.1f times as much, and one more request before each answer\n", once+perMillionSignatures, (once+perMillionSignatures)/once)
	fmt.Fprintf(w, "kept for a month\t%.2f\t%.2f GB with its index, and point-in-time recovery\n", bytes*perGBMonth/1e3, bytes/1e3)
	return w.Flush()
}
