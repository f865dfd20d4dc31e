package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/functions/testbed/front"
)

// TestFront: with -lambda the functions run elsewhere. The server before them answers as API
// Gateway does, under the name that containers can be told.
func TestFront(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"statusCode":200,"body":"`+r.URL.Path+`"}`)
	}))
	defer api.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	stdout, written := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-lambda", api.URL}, written)
		_ = written.Close() // the test reads no further
		done <- err
	}()
	said := ""
	for lines := bufio.NewScanner(stdout); !strings.Contains(said, "Ctrl-C ends this"); said += lines.Text() + "\n" {
		if !lines.Scan() {
			t.Fatalf("it ended: %v %s", <-done, said)
		}
	}
	port := regexp.MustCompile(`http://` + regexp.QuoteMeta(front.Name) + `:(\d+)/`).FindStringSubmatch(said)
	path := regexp.MustCompile(`eval "\$\(curl -s http://[^/]+(\S+)\)"`).FindStringSubmatch(said)
	if port == nil || path == nil {
		t.Fatalf("it said %s", said)
	}
	line, err := http.Get("http://127.0.0.1:" + port[1] + path[1])
	if err != nil {
		t.Fatal(err)
	}
	defer line.Body.Close()
	text, err := io.ReadAll(line.Body)
	token := regexp.MustCompile(`TOKEN=(\S+)`).FindStringSubmatch(string(text))
	if err != nil || token == nil {
		t.Fatalf("it gave %s (%v)", text, err)
	}
	req, err := http.NewRequest("GET", "http://127.0.0.1:"+port[1]+"/v1/standing", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token[1])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || string(body) != "/2015-03-31/functions/ConsentReceipts-receipts/invocations" {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
	interrupt()
	if err := <-done; err != nil {
		t.Errorf("Ctrl-C: %v", err)
	}
	for _, address := range []string{"127.0.0.1:3001", "https://127.0.0.1:3001", "http://example.com"} {
		if err := run(t.Context(), []string{"-lambda", address}, io.Discard); err == nil || !strings.Contains(err.Error(), "want http://") {
			t.Errorf("-lambda %s: %v", address, err)
		}
	}
}
