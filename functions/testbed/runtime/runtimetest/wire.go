package runtimetest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Wire stands between the functions and the services they use. It counts their
// requests, and does to them what a network can.
type Wire struct {
	mu      sync.Mutex
	asked   []string
	disturb func(operation string, pass func()) bool
}

// Asked returns the operations since the last call, in order: Query, GetItem,
// ExecuteStatement, GenerateMac, Sign, Invoke ... An operation that the SDK tries again, since
// the machine was busy or an answer was lost, counts once.
func (w *Wire) Asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

// Disturb has a function decide about every request from now on: it may pass it on,
// and the answer is lost if it returns true. Nil disturbs no more.
func (w *Wire) Disturb(with func(operation string, pass func()) (lost bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disturb = with
}

// before returns the address of a proxy before a service.
func (w *Wire) before(t testing.TB, address string) string {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if !ok {
			operation = "Invoke"
		}
		w.mu.Lock()
		if again := r.Header.Get("Amz-Sdk-Request"); again == "" || strings.HasPrefix(again, "attempt=1;") {
			w.asked = append(w.asked, operation)
		}
		disturb := w.disturb
		w.mu.Unlock()
		if disturb == nil {
			proxy.ServeHTTP(rw, r)
			return
		}
		answer := httptest.NewRecorder()
		passed := false
		lost := disturb(operation, func() { proxy.ServeHTTP(answer, r); passed = true })
		if lost || !passed {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		for name, values := range answer.Header() {
			rw.Header()[name] = values
		}
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL
}
