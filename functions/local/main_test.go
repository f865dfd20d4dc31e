package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/local/system"
)

// output is written by the program and read by the test.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// running is a server under test; stop is Ctrl-C.
type running struct {
	base, token string
	out         *output
	stop        func() int
}

var (
	addressPattern = regexp.MustCompile(`http://localhost:\d+`)
	tokenPattern   = regexp.MustCompile(`eval "\$\(curl -s (\S+)\)"`)
)

func start(t *testing.T, data string, flags ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{out: new(output)}
	done := make(chan int, 1)
	stderr := new(output)
	go func() {
		done <- run(ctx, append([]string{"serve", "-port", "0", "-data", data}, flags...), r.out, stderr)
	}()
	r.stop = func() int { cancel(); return <-done }
	for deadline := time.Now().Add(5 * time.Minute); ; {
		if strings.Contains(r.out.String(), "Ctrl-C ends this") {
			break
		}
		select {
		case code := <-done:
			t.Fatalf("ended with %d: %s", code, stderr)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("did not start: %s", stderr)
		}
	}
	r.base = addressPattern.FindString(r.out.String())
	res, err := http.Get(tokenPattern.FindStringSubmatch(r.out.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	line, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.token = strings.TrimPrefix(strings.Fields(string(line))[1], "TOKEN=")
	return r
}

func (r *running) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, r.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestOtherVersion: the program refuses a folder that another version made, in plain words,
// and the user can drop the folder.
func TestOtherVersion(t *testing.T) {
	data := t.TempDir()
	ledger := filepath.Join(data, system.LedgerFile)
	db, err := bbolt.Open(ledger, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("entries")) // as it was before files said their format
		return err
	}), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	var stderr output
	if code := run(context.Background(), []string{"serve", "-port", "0", "-data", data}, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "another version made the ledger") {
		t.Errorf("serve: %d %s", code, &stderr)
	}
	if code := run(context.Background(), []string{"clean", "-data", data}, io.Discard, &stderr); code != 0 {
		t.Errorf("clean: %d %s", code, &stderr)
	}
	if _, err := os.Stat(ledger); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the ledger is still there (%v)", err)
	}
}

// TestServe: data survive a restart; a second process is told of the first; the program ends
// cleanly; and clean drops the files of the system and nothing else.
func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, data)
	if status, body := first.ask(t, "POST", "/v1/opt-out", `{"all":true}`); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	for _, args := range [][]string{{"serve", "-port", "0", "-data", data}, {"clean", "-data", data}} {
		var stderr output
		if code := run(context.Background(), args, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "another process is using the folder") {
			t.Errorf("%v beside a running one: %d %s", args, code, &stderr)
		}
	}
	if code := first.stop(); code != 0 || !strings.Contains(first.out.String(), "your data stay") {
		t.Errorf("Ctrl-C: %d", code)
	}
	for _, name := range []string{system.RootKeyFile, "pseudonym.key", "session.key", "identity.key", "dev-issuer.key", system.LedgerFile} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	second := start(t, data)
	if status, body := second.ask(t, "GET", "/v1/receipts/1?format=json", ""); status != http.StatusOK || !strings.Contains(body, "opt-out") {
		t.Errorf("after a restart: %d %s", status, body)
	}
	second.stop()

	mine := filepath.Join(data, "mine.txt")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run(context.Background(), []string{"clean", "-data", data}, io.Discard, os.Stderr); code != 0 {
		t.Errorf("clean: %d", code)
	}
	left, err := os.ReadDir(data)
	if err != nil || len(left) != 1 {
		t.Errorf("after clean: %v %v", left, err)
	}
}

// TestCatalogue: the catalogue of another issuer gets a folder of its own, and the sample's
// ledger stays unchanged. The greeting fits on a screen and says which command drops the
// data.
func TestCatalogue(t *testing.T) {
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, sample.FS); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, system.CatalogueFile)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("issuer: https://consent.first-example-bank.example"), []byte("issuer: https://consent.second-example-bank.example"), 1)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"-catalogue", file}} {
		r := start(t, data, flags...)
		if status, body := r.ask(t, "POST", "/v1/opt-out", `{"all":true}`); status != http.StatusCreated {
			t.Errorf("%v: %d %s", flags, status, body)
		}
		r.stop()
		greeting, _, _ := strings.Cut(r.out.String(), "\nstopping")
		if lines := strings.Count(greeting, "\n"); lines > 15 || strings.Contains(greeting, "CATALOGUE="+file) != (flags != nil) {
			t.Errorf("%d lines:\n%s", lines, greeting)
		}
	}
	own := filepath.Join(data, "consent.second-example-bank.example")
	if code := run(context.Background(), []string{"clean", "-data", data, "-catalogue", file}, io.Discard, os.Stderr); code != 0 {
		t.Errorf("clean: %d", code)
	}
	if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the other issuer is still there (%v)", err)
	}
	if _, err := os.Stat(filepath.Join(data, system.LedgerFile)); err != nil {
		t.Error(err)
	}
	var stdout, stderr output
	if code := run(context.Background(), []string{"demo", "-out", filepath.Join(dir, "out"), "-catalogue", file}, &stdout, &stderr); code != 0 {
		t.Errorf("demo: %d %s %s", code, &stdout, &stderr)
	}
}

// TestBusyPort: the program says plainly that the port is busy.
func TestBusyPort(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	var stderr output
	code := run(context.Background(), []string{"serve", "-port", fmt.Sprint(port), "-data", t.TempDir()}, io.Discard, &stderr)
	if want := fmt.Sprintf("port %d is busy; choose another: make run PORT=", port); code != 1 || !strings.Contains(stderr.String(), want) {
		t.Errorf("%d %s", code, &stderr)
	}
}

// TestDemo writes what it says, and empties only a folder that it made itself.
func TestDemo(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	for range 2 {
		var stdout, stderr output
		if code := run(context.Background(), []string{"demo", "-out", out}, &stdout, &stderr); code != 0 || strings.Count(stdout.String(), ": genuine (4 receipts") != 2 {
			t.Fatalf("%d %s %s", code, &stdout, &stderr)
		}
	}
	for _, name := range []string{"receipts/0000000001.sd-jwt", "receipts/0000000004.sd-jwt", "root.pem", "bundle.zip"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "mine.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr output
	if code := run(context.Background(), []string{"demo", "-out", foreign}, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "was not made by this demo") {
		t.Errorf("a folder with something else in it: %d %s", code, &stderr)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"dance"}, {"serve", "-x"}, {"demo", "extra"}} {
		if code := run(context.Background(), args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%v: %d", args, code)
		}
	}
}
