package boot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestMissing(t *testing.T) {
	env := &Env{lookup: func(name string) (string, bool) { return map[string]string{"HERE": "x"}[name], name == "HERE" }}
	if got := env.String("HERE"); got != "x" || env.err() != nil {
		t.Errorf("%q, %v", got, env.err())
	}
	env.String("ONE")
	env.String("TWO")
	if err := env.err(); err == nil || !strings.Contains(err.Error(), "ONE, TWO") {
		t.Errorf("error %v does not name what is missing", err)
	}
}

func TestLogLevel(t *testing.T) {
	for name, want := range map[string]slog.Level{
		"": slog.LevelInfo, "INFO": slog.LevelInfo, "DEBUG": slog.LevelDebug, "WARN": slog.LevelWarn, "ERROR": slog.LevelError, "FATAL": slog.LevelInfo,
	} {
		if got := logLevel(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

func TestOnce(t *testing.T) {
	calls, down := 0, errors.New("down")
	once := Once[int]{Open: func(context.Context) (int, error) {
		if calls++; calls == 1 {
			return 0, down
		}
		return calls, nil
	}}
	if _, err := once.Get(t.Context()); !errors.Is(err, down) {
		t.Errorf("the failure was not told: %v", err)
	}
	for range 2 {
		if got, err := once.Get(t.Context()); got != 2 || err != nil {
			t.Errorf("got %d, %v; want what the second try opened", got, err)
		}
	}
}

// TestCutOff: an answer that ends in its middle is asked for again.
func TestCutOff(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if asked++; asked == 1 {
			w.Header().Set("Content-Length", "20")
			_, _ = w.Write([]byte(`{"Item":`))
			return
		}
		_, _ = w.Write([]byte(`{"Item":{"pk":{"S":"roots"}}}`))
	}))
	defer server.Close()
	out, err := get(t.Context(), configured(server.URL))
	if err != nil || len(out.Item) != 1 || asked != 2 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
}

func configured(address string) aws.Config {
	set := map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": address, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
	}
	env := &Env{lookup: func(name string) (string, bool) { v, ok := set[name]; return v, ok }}
	return env.AWS("DYNAMODB")
}

func get(ctx context.Context, config aws.Config) (*dynamodb.GetItemOutput, error) {
	return dynamodb.NewFromConfig(config).GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("t"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "roots"}},
	})
}

// limits are time limits of functions.
var limits = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 29 * time.Second, 5 * time.Minute}

// TestPunctual: what a handler waits for ends when a tenth of the time is left, and its answer
// comes then.
func TestPunctual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := punctual{lambda.NewHandler(func(ctx context.Context) (string, error) { <-ctx.Done(); return "not done", nil })}
		for _, limit := range limits {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			answer, err := handler.Invoke(ctx, []byte("{}"))
			if string(answer) != `"not done"` || err != nil || time.Since(begin) != limit-limit/10 || ctx.Err() != nil {
				t.Errorf("%s: %s, %v after %s", limit, answer, err, time.Since(begin))
			}
			cancel()
		}
	})
}

// asked answers the attempts of a request, by their number.
type asked func(attempt int, r *http.Request) (*http.Response, error)

// TestAttempts: in any time there are all attempts, and each ends before it. So who answers too
// late twice is still heard.
func TestAttempts(t *testing.T) {
	late := func(_ int, r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for name, test := range map[string]struct {
		do   asked
		want bool
	}{
		"never answers": {late, false},
		"answers too late, twice": {func(attempt int, r *http.Request) (*http.Response, error) {
			if attempt < maxAttempts {
				return late(attempt, r)
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		}, true},
		"drops the connection": {func(int, *http.Request) (*http.Response, error) { return nil, io.EOF }, false},
	} {
		for _, limit := range limits {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				n, config := 0, configured("http://table.example")
				config.HTTPClient = attempts{roundTripper(func(r *http.Request) (*http.Response, error) { n++; return test.do(n, r) })}
				if _, err := get(ctx, config); (err == nil) != test.want || ctx.Err() != nil || n != maxAttempts {
					t.Errorf("%s, in %s: %d attempts, %v", name, limit, n, err)
				}
			})
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }
