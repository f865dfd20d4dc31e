package bench

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/functions/testbed/bench/floor"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/measured"
)

// tableDelay is added to each request where a table is to take its time as a real one
// does; both emulators answer at once.
const tableDelay = 5 * time.Millisecond

// late adds a delay to each request.
type late struct {
	client *http.Client
	delay  time.Duration
}

func (l late) Do(r *http.Request) (*http.Response, error) {
	time.Sleep(l.delay)
	return l.client.Do(r)
}

// client returns a client of the engine that takes that much longer. It holds as many
// connections as there may be people, because an environment has a connection of its own.
func client(engine *dynamotest.Engine, delay time.Duration) *dynamodb.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return engine.Client(func(o *dynamodb.Options) { o.HTTPClient = late{&http.Client{Transport: transport}, delay} })
}

// throughput has that many people opt in at once, by the handler, who have opted in before. A
// bare loop then makes the same requests with the same bytes.
func throughput(t testing.TB, engine *dynamotest.Engine, people int, delay time.Duration) (ours, bare measured.Run) {
	count := 200 + 25*people
	table := engine.NewTable(t)
	d := newDesk(t)
	d.Registrar.Store = dynamoledger.New(client(engine, 0), table)
	requests := make([]lambda.APIGatewayV2HTTPRequest, count)
	atOnce(t, count, 8, func(i int) error {
		d.optIn(t, i)
		requests[i] = d.optInEvent(t, i)
		return nil
	})
	d.Registrar.Store = dynamoledger.New(client(engine, delay), table)
	ours = d.serveAll(t, requests, people)

	sample, loop := newestEntry(t, engine, table), client(engine, 0)
	atOnce(t, count, 8, func(i int) error {
		return floor.OptIn(context.Background(), loop, table, slotOf(sample, i, 1))
	})
	loop = client(engine, delay)
	return ours, atOnce(t, count, people, func(i int) error {
		return floor.OptIn(context.Background(), loop, table, slotOf(sample, i, 2))
	})
}

// newestEntry returns a second opt-in of some person in the table.
func newestEntry(t testing.TB, engine *dynamotest.Engine, table string) floor.Entry {
	t.Helper()
	out, err := engine.Client().Scan(context.Background(), &dynamodb.ScanInput{
		TableName: &table, FilterExpression: aws.String("begins_with(pk, :subject) AND sk = :second"),
		ExpressionAttributeValues: dynamotest.Item{
			":subject": &types.AttributeValueMemberS{Value: "subject#"}, ":second": &types.AttributeValueMemberS{Value: fmt.Sprintf("receipt#%010d", 2)},
		},
	})
	must(t, err)
	if len(out.Items) == 0 {
		t.Fatal("nobody opted in twice")
	}
	item := out.Items[0]
	blob := func(name string) []byte { return item[name].(*types.AttributeValueMemberB).Value }
	return floor.Entry{V: item["v"].(*types.AttributeValueMemberN).Value, R: blob("r"), Idem: blob("idem"), Cmd: blob("cmd")}
}
