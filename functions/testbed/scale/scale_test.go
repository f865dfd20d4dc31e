// Package scale shows what work over everybody asks of a table, however many people there are.
//
//	make scale
package scale

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/sweep"
)

var (
	table   = flag.Bool("table", false, "measure, and print the tables")
	inStore = flag.Int("people", 1_000_000, "people in the table in memory, of the tables")
	inTable = flag.Int("engine", 100_000, "people in the table of an engine, of the tables")
)

var must = errtest.None

// These make seconds of a function of processor time and requests: how long a table takes to
// answer, about, and the part of a core that a function of 512 MB has.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const (
	answer = 5 * time.Millisecond
	core   = 512.0 / 1769
)

// segments is the number of segments of a republish, as the command has it.
const segments = 64

// population says who there is. Each person has said yes once. Of some the consent ends on the
// day of the sweep: these said yes on the day that is published again. The others did a month
// before, and end a month after. Some have asked for their data, over a year, and have an answer.
type population struct{ people, due, asked int }

// world is a table with people in it, and what works over all of them.
type world struct {
	population
	*meter
	now         time.Time
	bus         *bus
	sweep       *sweep.Sweep
	republisher *published.Republisher
	overdue     int
}

func newWorld(t testing.TB, name string, b backend, p population) *world {
	t.Helper()
	w := &world{population: p, meter: &meter{backend: b, counts: counts{partitions: map[string]float64{}}}, now: registrartest.Begin.AddDate(0, -1, 0), bus: &bus{}}
	store := dynamoledger.New(w.meter, name)
	desk := registrartest.New(t, registrartest.Setup{Store: store, Now: func() time.Time { return w.now }})
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.sweep = &sweep.Sweep{
		Registrar: desk.Registrar, Agenda: store, Docket: store, Done: store, Log: log,
		Waiting: func(context.Context) (int, error) { return 1, nil }, Count: func(_ string, n int) { w.overdue += n },
	}
	w.republisher = &published.Republisher{
		Events: &published.Events{Verifier: desk.Verifier, Issuer: desk.Registrar.Catalogue.Issuer()}, Bus: w.bus, Scan: dynamoledger.NewScanner(w.meter, name), Log: log,
	}
	yes := func(n int) {
		_, err := desk.Do(t.Context(), ledger.Person(somebody(n).ID()), "yes", consent.OptIn{Language: "en", Choices: []consent.Choice{{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}}}, asPerson)
		must(t, err)
	}
	yes(p.people)
	out, err := w.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &name, Key: dynamotest.Item{"pk": text(somebody(p.people).String()), "sk": text("receipt#0000000001")}})
	must(t, err)
	w.fill(t, out.Item)
	w.now = registrartest.Begin
	for n := range p.due {
		yes(n)
	}
	w.now = w.now.AddDate(1, 0, 1)
	w.take()
	return w
}

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
}

func somebody(n int) ledger.Subject { return ledger.Person(fmt.Sprintf("%043d", n)) }

// fill puts entries like one that was written into the table: of the people whom nobody
// attends to, and of data requests.
func (w *world) fill(t testing.TB, like dynamotest.Item) {
	t.Helper()
	records := make([]record, 0, w.people+2*w.asked)
	add := func(person ledger.Subject, seq int) *record {
		records = append(records, record{pk: person.String(), sk: fmt.Sprintf("receipt#%010d", seq), like: like})
		return &records[len(records)-1]
	}
	sharded := func(date string, person ledger.Subject) string { return fmt.Sprintf("%s#%02d", date, person.Shard()) }
	end := w.now.AddDate(1, 2, 0)
	for n := w.due; n < w.people; n++ {
		add(somebody(n), 1).due = sharded(end.AddDate(0, 0, n%300).Format(time.DateOnly), somebody(n))
	}
	for n := range w.asked {
		received, person := registrartest.Begin.AddDate(0, 0, n*365/w.asked), somebody(w.due+n)
		for seq, state := range []statement.RequestState{statement.Received, statement.Completed} {
			line := docket.Item{
				ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", n), Type: statement.Access, Rule: "gdpr", State: state, Received: received,
				Due: received.AddDate(0, 1, 0).Format(time.DateOnly), At: received, Day: received.Format(time.DateOnly), Ended: state == statement.Completed,
			}.Listing()
			entry := add(person, seq+2)
			entry.docket, entry.line = sharded(line.Month, person), line.Text
		}
	}
	w.Fill(t, records)
}

// row is what a work asked of the table.
type row struct {
	what        string
	tasks, most int           // tasks, and the most requests of one
	cpu, took   time.Duration // of this process's processors, and by the clock
	counts
}

// scan reports whether a work reads the whole table.
func (r row) scan() bool { return strings.HasPrefix(r.what, "republish") }

// seconds is how long functions work on it at most, together: as if each request were made
// after the one before it.
func (r row) seconds() float64 {
	return r.cpu.Seconds()/core + (time.Duration(r.requests) * answer).Seconds()
}

// work does tasks and all that follow from them, one after the other.
func work[T any](t testing.TB, w *world, what string, do func(context.Context, T) ([]T, error), left ...T) row {
	t.Helper()
	r := row{what: what, counts: counts{partitions: map[string]float64{}}}
	for len(left) > 0 {
		before, begin := cpu(t), time.Now()
		next, err := do(t.Context(), left[0])
		must(t, err)
		r.cpu, r.took = r.cpu+cpu(t)-before, r.took+time.Since(begin)
		took := w.take()
		r.tasks, r.most = r.tasks+1, max(r.most, took.requests)
		r.requests, r.reads, r.writes = r.requests+took.requests, r.reads+took.reads, r.writes+took.writes
		for key, units := range took.partitions {
			r.partitions[key] += units
		}
		left = append(left[1:], next...)
	}
	return r
}

// all does the works over everybody.
func (w *world) all(t testing.TB) []row {
	t.Helper()
	do := func(ctx context.Context, task sweep.Task) ([]sweep.Task, error) {
		_, next, err := w.sweep.Do(ctx, task)
		return next, err
	}
	var agenda, overdue []sweep.Task
	for shard := range ledger.Shards {
		agenda = append(agenda, sweep.Task{Work: sweep.Agenda, Day: w.now.AddDate(0, 0, -1).Format(time.DateOnly), Shard: shard})
		overdue = append(overdue, sweep.Task{Work: sweep.Overdue, Shard: shard})
	}
	rows := []row{work(t, w, "sweep of a day", do, agenda...), work(t, w, "the same, an hour later", do, agenda...)}
	w.now = w.now.AddDate(0, 0, 3)
	rows = append(rows, work(t, w, "the same, days later", do, agenda...), work(t, w, "the same, once more", do, agenda...), work(t, w, "count of what is overdue", do, overdue...))
	report := docket.NewReport(w.now.Format(time.DateOnly))
	rows = append(rows, work(t, w, "report of 12 months", func(ctx context.Context, _ int) ([]int, error) {
		return nil, docket.Each(ctx, w.sweep.Docket, w.now.AddDate(0, -12, 0), w.now, w.now, report.Add)
	}, 1))
	if report.Total().Received != w.asked {
		t.Errorf("%d of %d requests are in the report", report.Total().Received, w.asked)
	}
	day := registrartest.Begin.Truncate(24 * time.Hour)
	pieces := make([]published.Segment, segments)
	for n := range pieces {
		pieces[n] = published.Segment{Segment: n, Of: segments, Since: day, Until: day.AddDate(0, 0, 1)}
	}
	rows = append(rows, work(t, w, "republish of a day", w.republisher.Do, pieces...))
	if w.bus.events != w.due {
		t.Errorf("%d of %d receipts of the day are published", w.bus.events, w.due)
	}
	return rows
}

// engine is a table of an engine.
type engine struct {
	*dynamodb.Client
	name string
}

// fillers is how many requests fill a table at once.
const fillers = 8

// Fill implements backend, 25 items a request.
func (e engine) Fill(t testing.TB, records []record) {
	t.Helper()
	batches, errs := make(chan []record), make(chan error, fillers)
	for range fillers {
		go func() {
			var err error
			for batch := range batches {
				err = cmp.Or(err, e.put(t.Context(), batch))
			}
			errs <- err
		}()
	}
	for batch := range slices.Chunk(records, 25) {
		batches <- batch
	}
	close(batches)
	for range fillers {
		must(t, <-errs)
	}
}

// put writes items in one request.
func (e engine) put(ctx context.Context, batch []record) error {
	var puts []types.WriteRequest
	for _, r := range batch {
		puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: r.item()}})
	}
	out, err := e.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{e.name: puts}})
	if err == nil && len(out.UnprocessedItems) > 0 {
		err = errors.New("some items are not written")
	}
	return err
}

// onEngine does the works on DynamoDB Local. The other engine takes longer for each item, the
// more there are.
func onEngine(t *testing.T, p population) []row {
	e := dynamotest.Local(t)
	name := e.NewTable(t)
	return newWorld(t, name, engine{e.Client(), name}, p).all(t)
}

func inMemory(t *testing.T, p population) []row { return newWorld(t, "table", newMemory(), p).all(t) }

// near reports whether two numbers are of the same entries: these differ by some bytes, of random
// ids, so that a few end up just above or below a kilobyte.
func near(a, b float64) bool { return math.Abs(a-b) <= 1+0.05*a }

// sameAs fails where works asked something else of an engine than of the table in memory. A store
// divides its table in its own way, so that a segment of a scan may have a page more or less.
func sameAs(t *testing.T, counted, real []row) {
	t.Helper()
	for i, r := range real {
		c := counted[i]
		_, expected := c.hottest()
		_, hot := r.hottest()
		more := max(r.requests-c.requests, c.requests-r.requests)
		if r.tasks != c.tasks || more > 0 && !(c.scan() && more <= c.tasks) || !near(c.writes, r.writes) || !near(expected, hot) {
			t.Errorf("%s: %d tasks, %d requests, %v write units, %v of one partition; on an engine %d, %d, %v, %v",
				r.what, c.tasks, c.requests, c.writes, expected, r.tasks, r.requests, r.writes, hot)
		}
	}
}

// TestScale: what a work asks of the table grows with what it is about, and not with the
// people: neither a sweep, nor a count, nor a report asks more when there are four times as
// many of them. A republish reads all of the table, in bounded pieces. The table in memory
// answers like an engine.
func TestScale(t *testing.T) {
	some := population{people: 5_000, due: 40, asked: 60}
	more := population{people: 4 * some.people, due: some.due, asked: some.asked}
	few, many := inMemory(t, some), inMemory(t, more)
	t.Run("on an engine", func(t *testing.T) { sameAs(t, few, onEngine(t, some)) })
	for i, r := range few {
		t.Logf("%s: %d requests, at most %d in one of %d tasks", r.what, r.requests, r.most, r.tasks)
		if !r.scan() && (many[i].requests != r.requests || many[i].reads != r.reads || !near(many[i].writes, r.writes)) {
			t.Errorf("%s: %d requests of %d people, and %d of %d", r.what, r.requests, some.people, many[i].requests, more.people)
		}
	}
	// Whoever has something due costs a share of a page, two reads and an insert beside the read
	// that looks, and later that read alone; nobody else costs anything.
	for i, most := range []int{ledger.Shards + 4*some.due + 1, ledger.Shards + some.due, 2*ledger.Shards + some.due + ledger.Shards, 2 * ledger.Shards, 25 * ledger.Shards, 13 * ledger.Shards} {
		if few[i].requests > most {
			t.Errorf("%s: %d requests, at most %d", few[i].what, few[i].requests, most)
		}
	}
	const perTask = 1000 // people
	double := inMemory(t, population{people: 2 * some.due, due: 2 * some.due, asked: some.asked})
	if double[0].requests < few[0].requests*3/2 || double[0].most > 4*perTask+20 {
		t.Errorf("twice as many are due: %d requests instead of %d", double[0].requests, few[0].requests)
	}
}

// TestTables measures, and prints what each work takes: make scale. An engine has to take what
// the table in memory counted for as many people.
func TestTables(t *testing.T) {
	if !*table {
		t.Skip("measures for some minutes: make scale")
	}
	of := func(people int) population {
		return population{people: people, due: people / 365, asked: people / 100}
	}
	everybody, some := of(*inStore), of(*inTable)
	write(t, everybody, "counted in memory", inMemory(t, everybody), nil)
	counted, real := inMemory(t, some), onEngine(t, some)
	write(t, some, "on DynamoDB Local, beside what is counted in memory", real, counted)
	sameAs(t, counted, real)
}

// write prints a table of works. Beside what is counted of an engine stands what was counted in
// memory, and the time that went by, which depends on this machine.
func write(t *testing.T, p population, where string, rows, counted []row) {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\n%d people, %d due on the day, %d data requests in a year; %s\n", p.people, p.due, p.asked, where)
	head := "WORK\tTASKS\tREQUESTS\tMOST OF A TASK\tREAD UNITS\tWRITE UNITS\tCPU, s\tFUNCTION AT MOST, s\tHOTTEST PARTITION, UNITS\tWHICH\t"
	if counted != nil {
		head += "COUNTED REQUESTS\tHOTTEST\tHERE, s\t"
	}
	fmt.Fprintln(out, head)
	for i, r := range rows {
		key, units := r.hottest()
		if len(key) > 16 {
			key = key[:8] + "..."
		}
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%.0f\t%.0f\t%.1f\t%.0f\t%.1f\t%s\t", r.what, r.tasks, r.requests, r.most, r.reads, r.writes, r.cpu.Seconds(), r.seconds(), units, key)
		if counted != nil {
			_, hot := counted[i].hottest()
			fmt.Fprintf(out, "%d\t%.1f\t%.1f\t", counted[i].requests, hot, r.took.Seconds())
		}
		fmt.Fprintln(out)
	}
	must(t, out.Flush())
}
