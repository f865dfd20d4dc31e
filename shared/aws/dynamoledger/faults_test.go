package dynamoledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/ledger/ledgertest"
)

// fault befalls one attempt, between the SDK and the engine.
type fault struct {
	reaches bool // the engine does what it was asked
	answer  func(*http.Request, *http.Response) (*http.Response, error)
}

var (
	lostAnswer = &fault{true, func(*http.Request, *http.Response) (*http.Response, error) {
		return nil, errors.New("connection reset by peer")
	}}
	cutAnswer = &fault{true, func(_ *http.Request, res *http.Response) (*http.Response, error) {
		body, _ := io.ReadAll(res.Body)
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), iotest.ErrReader(io.ErrUnexpectedEOF)))
		return res, nil
	}}
	noConnection = &fault{false, func(*http.Request, *http.Response) (*http.Response, error) {
		return nil, errors.New("connection refused")
	}}
	serverError = refusal(http.StatusInternalServerError, "InternalServerError")
	unavailable = refusal(http.StatusServiceUnavailable, "ServiceUnavailable")
	throttling  = refusal(http.StatusBadRequest, "ThrottlingException")
	exceeded    = refusal(http.StatusBadRequest, "ProvisionedThroughputExceededException")
	tooMany     = refusal(http.StatusBadRequest, "RequestLimitExceeded")
	denied      = refusal(http.StatusBadRequest, "AccessDeniedException")
	noTable     = refusal(http.StatusBadRequest, "ResourceNotFoundException")
	badRequest  = refusal(http.StatusBadRequest, "ValidationException")
	badGateway  = &fault{false, func(req *http.Request, _ *http.Response) (*http.Response, error) {
		return response(req, http.StatusBadGateway, "<html>"), nil
	}}
)

// passing are the faults that are over in a moment.
var passing = map[string]*fault{
	"answer lost": lostAnswer, "answer cut off": cutAnswer, "no connection": noConnection, "500": serverError,
	"503": unavailable, "502 by something in between": badGateway, "throttled": throttling, "capacity exceeded": exceeded,
	"too many requests": tooMany,
}

func refusal(status int, code string) *fault {
	return &fault{false, func(req *http.Request, _ *http.Response) (*http.Response, error) {
		return response(req, status, `{"__type":"com.amazonaws.dynamodb.v20120810#`+code+`","message":"as the test wants it"}`), nil
	}}
}

func response(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Request: req, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
	}
}

// network is an HTTP client that fails on a schedule: nil is no fault.
type network struct {
	mu       sync.Mutex
	schedule func(operation string) *fault
	inner    aws.HTTPClient
}

func newNetwork() *network { return &network{inner: awshttp.NewBuildableClient()} }

func (n *network) options(o *dynamodb.Options) { o.HTTPClient = n }

func (n *network) set(schedule func(operation string) *fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.schedule = schedule
}

// always gives every attempt one fault; nil is a network that works.
func (n *network) always(f *fault) { n.set(func(string) *fault { return f }) }

// once gives it to the first attempt of an operation only.
func (n *network) once(operation string, f *fault) {
	done := false
	n.set(func(called string) *fault {
		if done || called != operation {
			return nil
		}
		done = true
		return f
	})
}

func (n *network) Do(req *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	n.mu.Lock()
	f := n.schedule(operation)
	n.mu.Unlock()
	if f == nil {
		return n.inner.Do(req)
	}
	if !f.reaches {
		return f.answer(req, nil)
	}
	res, err := n.inner.Do(req)
	if err != nil {
		return nil, err
	}
	return f.answer(req, res)
}

func noRetries(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }

// hasty are the SDK's retries as a deployment has them, but without the waiting.
func hasty(attempts int) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.MaxAttempts = attempts
			s.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return rand.N(time.Millisecond), nil })
			s.RateLimiter = unlimited{}
		})
	}
}

// unlimited lets every retry through: tests make more faults than a deployment's.
type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

// TestPassingFaults: every method reports a passing fault as unavailable, and the same call
// made again finds out what happened.
func TestPassingFaults(t *testing.T) {
	e := dynamotest.Dynoxide(t)
	table := e.NewTable(t)
	for name, f := range passing {
		t.Run(name, func(t *testing.T) {
			ctx, n := t.Context(), newNetwork()
			store := dynamoledger.New(e.Client(n.options, noRetries), table)
			entry, doc := ledgertest.Entry(ledgertest.Subject(), 1), ledgertest.Document(100)
			for round := range 2 {
				if round == 0 {
					n.always(f)
				}
				errs := calls(ctx, store, entry, doc)
				for method, err := range errs {
					if round == 0 && !errors.Is(err, ledger.ErrUnavailable) {
						t.Errorf("%s: %v, want: %v", method, err, ledger.ErrUnavailable)
					}
					if round == 1 && err != nil {
						t.Errorf("%s again: %v", method, err)
					}
				}
				n.always(nil)
				if _, err := store.Get(ctx, entry.Subject, 1); round == 0 && f.reaches != (err == nil) {
					t.Errorf("the entry: %v, but the request got through: %t", err, f.reaches)
				}
			}
			if err := store.Append(ctx, ledgertest.Entry(entry.Subject, 1)); !errors.Is(err, ledger.ErrConflict) {
				t.Errorf("another entry: %v", err)
			}
		})
	}
}

// calls calls every method, those that write first.
func calls(ctx context.Context, s *dynamoledger.Store, e ledger.Entry, d ledger.Document) map[string]error {
	errs := map[string]error{
		"Append":      s.Append(ctx, e),
		"PutDocument": s.PutDocument(ctx, d),
		"PutRoot":     s.PutRoot(ctx, "sha256:"+e.Subject.ID(), d.Body),
	}
	_, errs["Newest"] = s.Newest(ctx, e.Subject)
	_, errs["Get"] = s.Get(ctx, e.Subject, e.Seq)
	_, errs["ByKey"] = s.ByKey(ctx, e.Subject, e.Key)
	_, errs["List"] = s.List(ctx, e.Subject, 1, 10)
	_, errs["Document"] = s.Document(ctx, d.Digest)
	_, errs["Roots"] = s.Roots(ctx)
	return errs
}

// TestLastingFaults: a fault that waiting does not cure is not reported as unavailable.
func TestLastingFaults(t *testing.T) {
	e := dynamotest.Dynoxide(t)
	for name, c := range map[string]struct {
		fault   *fault
		invalid bool
	}{
		"denied": {denied, false}, "no table": {noTable, false}, "validation": {badRequest, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork()
			n.always(c.fault)
			store := dynamoledger.New(e.Client(n.options, hasty(3)), "ledger")
			for method, err := range calls(t.Context(), store, ledgertest.Entry(ledgertest.Subject(), 1), ledgertest.Document(100)) {
				if err == nil || errors.Is(err, ledger.ErrUnavailable) || errors.Is(err, ledger.ErrInvalid) != c.invalid {
					t.Errorf("%s: %v", method, err)
				}
			}
		})
	}
}

// ownWrite: the SDK sends an insert again if the answer was lost. It finds the place taken by
// its own entry.
func ownWrite(t *testing.T, e *dynamotest.Engine) {
	ctx, n, m := t.Context(), newNetwork(), &meter{}
	store := dynamoledger.New(e.Client(n.options, hasty(3), m.options), e.NewTable(t))
	n.once("ExecuteStatement", lostAnswer)
	entry := ledgertest.Entry(ledgertest.Subject(), 1)
	must(t, store.Append(ctx, entry))
	if got, want := m.take(), []string{insert, insert, readItem}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	n.once("ExecuteStatement", lostAnswer)
	if err := store.Append(ctx, ledgertest.Entry(entry.Subject, 1)); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("another's entry: %v", err)
	}
	n.once("ExecuteStatement", lostAnswer)
	doc := ledgertest.Document(1000)
	must(t, store.PutDocument(ctx, doc))
	n.once("ExecuteStatement", lostAnswer)
	must(t, store.PutRoot(ctx, doc.Digest, doc.Body))
	// the slot is read to find out, and that may fail too
	n.set(func(operation string) *fault {
		if operation == "GetItem" {
			return throttling
		}
		return nil
	})
	if err := store.Append(ctx, entry); !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("the slot cannot be read: %v", err)
	}
}

// TestSlowAnswer: a call ends with its context, and says so.
func TestSlowAnswer(t *testing.T) {
	e := dynamotest.Dynoxide(t)
	n := newNetwork()
	n.always(&fault{false, func(req *http.Request, _ *http.Response) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}})
	store := dynamoledger.New(e.Client(n.options), e.NewTable(t))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for method, err := range calls(ctx, store, ledgertest.Entry(ledgertest.Subject(), 1), ledgertest.Document(100)) {
		if !errors.Is(err, ledger.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// TestConformanceUnderFaults: with the SDK's retries the contract holds over a
// network on which a third of all attempts fail, and with an index that is late. One engine
// is enough: the faults are made between it and the store, and TestEngines has both.
func TestConformanceUnderFaults(t *testing.T) {
	e := dynamotest.Dynoxide(t)
	n, random := newNetwork(), rand.New(rand.NewPCG(1, 2))
	faults := []*fault{lostAnswer, noConnection, serverError, throttling, exceeded, tooMany}
	n.set(func(string) *fault {
		if random.Float64() < 1./3 {
			return faults[random.IntN(len(faults))]
		}
		return nil
	})
	store := dynamoledger.New(e.Client(n.options, hasty(40)), e.NewTable(t))
	ledgertest.Run(t, func(*testing.T) ledgertest.Backend {
		return ledgertest.Backend{Store: faulty.New(store, faulty.Always(faulty.LateIndex), 0), Documents: store, Docket: store, Agenda: store, Tickets: store}
	})
}

// pages: a list is whole although DynamoDB gives it in several answers, a megabyte each.
func pages(t *testing.T, e *dynamotest.Engine) {
	ctx, m := t.Context(), &meter{}
	store := dynamoledger.New(e.Client(m.options), e.NewTable(t))
	subject := ledgertest.Subject()
	const entries, certificates = 40, 8
	for seq := range uint64(entries) {
		entry := ledgertest.Entry(subject, seq+1)
		entry.Receipt = strings.Repeat("x", ledger.MaxReceipt)
		must(t, store.Append(ctx, entry))
	}
	for i := range certificates {
		must(t, store.PutRoot(ctx, fmt.Sprint("sha256:", i), bytes.Repeat([]byte{1}, 300<<10)))
	}
	m.take()
	for limit, want := range map[int]int{1: 1, 16: 16, 17: 17, entries: entries, entries + 1: entries} {
		list, err := store.List(ctx, subject, 1, limit)
		must(t, err)
		if len(list) != want {
			t.Errorf("%d of at most %d entries", len(list), limit)
		}
	}
	all, err := store.Roots(ctx)
	must(t, err)
	if len(all) != certificates || all[7].Fingerprint != "sha256:7" || len(all[7].DER) != 300<<10 {
		t.Errorf("%d roots", len(all))
	}
	if requests := len(m.take()); requests < 8 {
		t.Errorf("only %d requests: nothing came in pages", requests)
	}
}

// roots: the first certificate of a key stays.
func roots(t *testing.T, e *dynamotest.Engine) {
	ctx := t.Context()
	store := dynamoledger.New(e.Client(), e.NewTable(t))
	none, err := store.Roots(ctx)
	if err != nil || len(none) != 0 {
		t.Errorf("%d roots, %v", len(none), err)
	}
	must(t, store.PutRoot(ctx, "sha256:b", []byte("first")))
	must(t, store.PutRoot(ctx, "sha256:a", []byte("other")))
	must(t, store.PutRoot(ctx, "sha256:b", []byte("first")))
	if err := store.PutRoot(ctx, "sha256:b", []byte("second")); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("a second certificate: %v", err)
	}
	if err := store.PutRoot(ctx, "", []byte("x")); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("no fingerprint: %v", err)
	}
	all, err := store.Roots(ctx)
	if err != nil || len(all) != 2 || all[0].Fingerprint != "sha256:a" || string(all[1].DER) != "first" {
		t.Errorf("%v, %v", all, err)
	}
}
