package boot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
	set := map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
	}
	env := &Env{lookup: func(name string) (string, bool) { v, ok := set[name]; return v, ok }}
	out, err := dynamodb.NewFromConfig(env.AWS("DYNAMODB")).GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("t"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "roots"}},
	})
	if err != nil || len(out.Item) != 1 || asked != 2 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
}
