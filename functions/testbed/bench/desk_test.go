package bench

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/api"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// These are the numbers of open and of ended requests in a test with many.
var (
	manyOpen  = flag.Int("open", 500, "open requests of the tests of the desk")
	manyEnded = flag.Int("ended", 2000, "ended requests of the tests of the desk")
)

// fill writes the entries of open and of ended requests, received over all the time that a
// list looks back. Somebody works on every second one.
func fill(t testing.TB, store ledger.Store, now time.Time, open, ended, writers int) {
	t.Helper()
	days := int(now.Sub(now.AddDate(0, -docket.Reach, 0)).Hours() / 24)
	var all sync.WaitGroup
	for worker := range writers {
		all.Go(func() {
			for n := worker; n < open+ended; n += writers {
				states := []string{"received"}
				if n >= open {
					states = []string{"received", "in-progress", "completed"}
				}
				received := now.AddDate(0, 0, -n%days)
				for i, state := range states {
					line := docket.Item{
						ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", n), Type: "access", Rule: "gdpr", State: statement.RequestState(state),
						Received: received, Due: received.AddDate(0, 1, 0).Format(time.DateOnly), At: received, Day: received.Format(time.DateOnly), Ended: state == "completed",
					}
					err := store.Append(t.Context(), ledger.Entry{
						Subject: ledger.Person(fmt.Sprintf("%043d", n)), Seq: uint64(i + 1), Receipt: "x", Key: [32]byte{byte(i + 1)}, Command: [32]byte{1}, Listing: line.Listing(),
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
				if n%2 == 0 {
					err := store.Append(t.Context(), ledger.Entry{
						Subject: ledger.Case(ledger.Person(fmt.Sprintf("%043d", n)), fmt.Sprintf("%08d-0000-4000-8000-000000000000", n)), Seq: 1, Receipt: "x",
						Key: [32]byte{1}, Command: [32]byte{1}, Listing: docket.Assignment{With: strings.Repeat("R", 43), Name: "Robin Clerk"}.Listing(received),
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

// atDesk calls a route of the staff that is about nobody in particular.
func (d *desk) atDesk(t testing.TB, route, query, want string) time.Duration {
	t.Helper()
	e := events.APIGatewayV2HTTPRequest{RouteKey: route, RawQueryString: query}
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"sub": "clerk-0001"}, Scopes: []string{api.ScopeOperator}},
	}
	begin := time.Now()
	a, err := d.api.Handlers("operator").Func()(t.Context(), e)
	took := time.Since(begin)
	if err != nil || a.StatusCode != http.StatusOK || !strings.Contains(a.Body, want) {
		t.Fatalf("%s?%s: %d %v %.300s", route, query, a.StatusCode, err, a.Body)
	}
	return took
}

// counted counts what is asked of a table, page by page.
type counted struct {
	dynamoledger.Client
	mu             sync.Mutex
	reads, inserts int
}

func (c *counted) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.Client.Query(ctx, in, o...)
}

func (c *counted) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.Client.GetItem(ctx, in, o...)
}

func (c *counted) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, o ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	c.mu.Lock()
	c.inserts++
	c.mu.Unlock()
	return c.Client.ExecuteStatement(ctx, in, o...)
}

// TestDeskRequests: with many open requests, the desk's list and its report ask DynamoDB a
// bounded number of times. They need a page for each shard of each month and one more for each
// megabyte; to record the look they need the newest record and an insert.
func TestDeskRequests(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		table, d := engine.NewTable(t), newDesk(t)
		now := d.Clock()
		fill(t, dynamoledger.New(engine.Client(), table), now, *manyOpen, 0, 8)
		client := &counted{Client: engine.Client()}
		store := dynamoledger.New(client, table)
		d.api.Audit.Store, d.api.Docket = store, store
		months := len(docket.Months(now.AddDate(0, -docket.Reach, 0), now))
		const lineBytes, assignmentBytes, recording = 450, 300, 2
		most := months*ledger.Shards + (*manyOpen*lineBytes+*manyOpen/2*assignmentBytes)>>20 + recording
		for name, c := range map[string]struct{ route, query, want string }{
			"the list":          {"GET /v1/operator/requests", "state=open", fmt.Sprintf(`"total":%d`, *manyOpen)},
			"its second page":   {"GET /v1/operator/requests", "state=open&cursor=200", fmt.Sprintf(`"total":%d`, *manyOpen)},
			"what is overdue":   {"GET /v1/operator/requests", "state=overdue&type=access", `"overdue":true`},
			"with nobody":       {"GET /v1/operator/requests", "state=open&assigned=nobody", fmt.Sprintf(`"total":%d`, *manyOpen/2)},
			"with a colleague":  {"GET /v1/operator/requests", "state=open&assigned=" + strings.Repeat("R", 43), fmt.Sprintf(`"total":%d`, *manyOpen-*manyOpen/2)},
			"one by its number": {"GET /v1/operator/requests", "number=00000001", `"total":1`},
			"no such number":    {"GET /v1/operator/requests", "number=ffffffff", `"total":0`},
			"the daily report":  {"GET /v1/operator/requests/report", "", fmt.Sprintf(`"received":%d`, *manyOpen)},
			"a month's report":  {"GET /v1/operator/requests/report", "from=" + now.Format("2006-01"), `"received":`},
			"the day's records": {"GET /v1/operator/audit", "day=" + now.Format(time.DateOnly), `"audit.day"`},
		} {
			client.reads, client.inserts = 0, 0
			took := d.atDesk(t, c.route, c.query, c.want)
			asked := client.reads + client.inserts
			t.Logf("%s, of %d open requests in %d months: %d requests of DynamoDB, of these %d inserts, %s", name, *manyOpen, months, asked, client.inserts, took.Round(time.Millisecond))
			if asked > most || client.inserts != 1 {
				t.Errorf("%s: %d requests of DynamoDB, of these %d inserts; at most %d and 1", name, asked, client.inserts, most)
			}
		}
	})
}

// TestDeskHistory measures the desk on the embedded ledger with a history behind what is
// open: go test ./functions/testbed/bench -run TestDeskHistory -v -table -open 10000 -ended 40000
func TestDeskHistory(t *testing.T) {
	if !*table {
		t.Skip("measures for half a minute: -table")
	}
	d := newDesk(t)
	fill(t, d.Store, d.Clock(), *manyOpen, *manyEnded, 50)
	for _, c := range [][3]string{
		{"GET /v1/operator/requests", "state=open", fmt.Sprintf(`"total":%d`, *manyOpen)},
		{"GET /v1/operator/requests", "state=open&cursor=200", fmt.Sprintf(`"total":%d`, *manyOpen)},
		{"GET /v1/operator/requests/report", "", fmt.Sprintf(`"received":%d`, *manyOpen+*manyEnded)},
	} {
		var best time.Duration
		for range 5 {
			if took := d.atDesk(t, c[0], c[1], c[2]); best == 0 || took < best {
				best = took
			}
		}
		t.Logf("%s?%s, %d open and %d ended: %s", c[0], c[1], *manyOpen, *manyEnded, best.Round(time.Millisecond))
		if best > time.Second {
			t.Errorf("over a second: %s", best)
		}
	}
}
