package callback_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consent-receipts/shared/callback"
	"consent-receipts/shared/publicurl"
)

// names is a resolver: what the receivers' names stand for.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) (out []netip.Addr, err error) {
	for _, a := range n[host] {
		out = append(out, netip.MustParseAddr(a))
	}
	if out == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return out, nil
}

// simulated is a clock that the test moves.
type simulated struct{ now time.Time }

func (c *simulated) Now() time.Time { return c.now }

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// patience is how long an answer may take where one comes, however busy the machine is.
const patience = 5 * time.Minute

// receiver is a TLS server under the name receiver.example, and a policy under
// which it, on loopback, counts as public.
func receiver(t *testing.T, h http.HandlerFunc) (port string, policy callback.Policy) {
	t.Helper()
	srv := httptest.NewTLSServer(h)
	t.Cleanup(srv.Close)
	own := netip.MustParseAddrPort(srv.Listener.Addr().String())
	policy = callback.Public()
	policy.Resolver = names{"example.com": {"127.0.0.1"}} // the name in httptest's certificate
	policy.Allow = func(a netip.AddrPort) bool { return a == own || publicurl.Public(a.Addr()) }
	policy.Roots = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	u, _ := url.Parse(srv.URL)
	return u.Port(), policy
}

func message(port string) callback.Message {
	return callback.Message{
		ID: "m-1", URL: "https://example.com:" + port + "/callbacks",
		Header: map[string]string{"Content-Type": "application/json", "X-OpenDSR-Signature": "c2ln"}, Body: []byte(`{"a":1}`),
	}
}

// run sends until the message is delivered or given up, moving the clock to each
// next attempt.
func run(t *testing.T, s *callback.Sender, clock *simulated, m callback.Message) (callback.State, error) {
	t.Helper()
	var state callback.State
	var err error
	for range callback.MaxAttempts + 1 {
		state, err = s.Send(t.Context(), m, state)
		if state.Outcome != callback.Waiting {
			return state, err
		}
		if !state.Next.After(clock.now) {
			t.Fatalf("the next attempt is not later: %+v", state)
		}
		clock.now = state.Next
	}
	t.Fatal("unbounded")
	return state, err
}

func TestDelivered(t *testing.T) {
	var got *http.Request
	var body []byte
	port, policy := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	})
	clock := &simulated{start}
	s := callback.NewSender(policy, patience, clock.Now)
	state, err := s.Send(t.Context(), message(port), callback.State{})
	if err != nil || state.Outcome != callback.Delivered || state.Attempts != 1 {
		t.Fatalf("%+v, %v", state, err)
	}
	if got.Method != http.MethodPost || got.Header.Get("X-OpenDSR-Signature") != "c2ln" || string(body) != `{"a":1}` || got.Host != "example.com:"+port {
		t.Errorf("%s %v %q", got.Method, got.Header, body)
	}
	if again, err := s.Send(t.Context(), message(port), state); again != state || err != nil {
		t.Errorf("a delivered message is sent again: %+v, %v", again, err)
	}
}

// TestDownForHours: a receiver that is down for nine hours gets the message when
// it is back, once.
func TestDownForHours(t *testing.T) {
	clock := &simulated{start}
	var delivered atomic.Int32
	port, policy := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		if clock.now.Sub(start) < 9*time.Hour {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
			return
		}
		delivered.Add(1)
	})
	state, err := run(t, callback.NewSender(policy, patience, clock.Now), clock, message(port))
	if err != nil || state.Outcome != callback.Delivered || delivered.Load() != 1 {
		t.Fatalf("%+v, %v, delivered %d times", state, err, delivered.Load())
	}
	if late := clock.now.Sub(start); state.Attempts > 9 || late > 18*time.Hour {
		t.Errorf("%d attempts, delivered after %v", state.Attempts, late)
	}
}

// TestGivenUp: a message that never succeeds ends after a bounded number of attempts over two
// days, with its reason. It is not lost, because its keeper still has it.
func TestGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		within time.Duration
		answer http.HandlerFunc
		want   error
	}{
		"answers 500": {patience, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, callback.ErrAnswer},
		"answers 403": {patience, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, callback.ErrAnswer},
		"redirects to a private address": {patience, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
		}, callback.ErrRedirect},
		"redirects to itself": {patience, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, callback.ErrRedirect},
		"hangs": {50 * time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // returning would answer 200, and that can overtake the caller's leaving
		}, callback.ErrUnreachable},
		"endless header": {patience, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("a", 64<<10))
		}, callback.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int32
			port, policy := receiver(t, func(w http.ResponseWriter, r *http.Request) {
				tries.Add(1)
				_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the caller went
				c.answer(w, r)
			})
			clock := &simulated{start}
			state, err := run(t, callback.NewSender(policy, c.within, clock.Now), clock, message(port))
			if !errors.Is(err, c.want) || state.Outcome != callback.GivenUp || state.Attempts != callback.MaxAttempts {
				t.Fatalf("%+v, %v", state, err)
			}
			if int(tries.Load()) > callback.MaxAttempts {
				t.Errorf("%d requests arrived", tries.Load())
			}
			if state.Reason == "" || strings.Contains(state.Reason, "example.com") {
				t.Errorf("reason: %q", state.Reason)
			}
			if d := clock.now.Sub(start); d < 40*time.Hour || d > 60*time.Hour {
				t.Errorf("given up after %v", d)
			}
		})
	}
}

// TestEndlessBody: an answer's body is not read, so that it cannot hold us.
func TestEndlessBody(t *testing.T) {
	port, policy := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	state, err := callback.NewSender(policy, patience, time.Now).Send(t.Context(), message(port), callback.State{})
	if err != nil || state.Outcome != callback.Delivered {
		t.Fatalf("%+v, %v", state, err)
	}
}

// TestRefusedURLs: a URL that can never be called is given up at once, and nothing
// is dialled.
func TestRefusedURLs(t *testing.T) {
	policy := callback.Public()
	policy.Allow = func(netip.AddrPort) bool { t.Error("dialled"); return false }
	s := callback.NewSender(policy, patience, time.Now)
	for _, raw := range []string{
		"http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data",
		"https://[::ffff:10.0.0.1]/", "https://localhost/", "https://user:pw@example.com/", "file:///etc/passwd", "%", "",
	} {
		state, err := s.Send(t.Context(), callback.Message{ID: "m", URL: raw}, callback.State{})
		if !errors.Is(err, callback.ErrRefused) || state.Outcome != callback.GivenUp || state.Attempts != 1 {
			t.Errorf("%q: %+v, %v", raw, state, err)
		}
	}
}

// TestRefusedAddresses: a name is judged by every address that it resolves to, and
// tried again, since names change; nothing is dialled meanwhile.
func TestRefusedAddresses(t *testing.T) {
	reached := make(chan struct{}, 1)
	port, policy := receiver(t, func(http.ResponseWriter, *http.Request) { reached <- struct{}{} })
	policy.Allow = callback.Public().Allow
	for _, addrs := range [][]string{
		{"127.0.0.1"}, {"::1"}, {"10.0.0.1"}, {"169.254.169.254"}, {"fd00:ec2::254"}, {"100.64.0.1"}, {"0.0.0.0"},
		{"224.0.0.1"}, {"::ffff:127.0.0.1"}, {"64:ff9b::7f00:1"}, {"8.8.8.8", "127.0.0.1"},
	} {
		policy.Resolver = names{"example.com": addrs}
		clock := &simulated{start}
		state, err := run(t, callback.NewSender(policy, patience, clock.Now), clock, message(port))
		if !errors.Is(err, callback.ErrAddress) || state.Outcome != callback.GivenUp || state.Attempts != callback.MaxAttempts {
			t.Errorf("%v: %+v, %v", addrs, state, err)
		}
	}
	select {
	case <-reached:
		t.Error("a loopback address was called")
	default:
	}
}

// TestCertificate: a receiver whose certificate is not for its name gets nothing.
func TestCertificate(t *testing.T) {
	port, policy := receiver(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	policy.Resolver = names{"other.example": {"127.0.0.1"}}
	m := message(port)
	m.URL = "https://other.example:" + port + "/"
	_, err := callback.NewSender(policy, patience, time.Now).Send(t.Context(), m, callback.State{})
	if !errors.Is(err, callback.ErrUnreachable) {
		t.Fatal(err)
	}
}

// TestSince: a caller that keeps only the time of the first attempt gets the same number of
// attempts as one that counts them.
func TestSince(t *testing.T) {
	clock := &simulated{start}
	s := callback.NewSender(callback.Policy{Resolver: names{}, Plain: true}, patience, clock.Now)
	counted := callback.State{}
	for counted.Outcome == callback.Waiting {
		if got := callback.Since(clock.now.Sub(start)); got.Attempts != counted.Attempts {
			t.Errorf("after %s: %d attempts, want %d", clock.now.Sub(start), got.Attempts, counted.Attempts)
		}
		counted, _ = s.Send(t.Context(), callback.Message{ID: "m", URL: "http://nowhere.invalid/"}, counted)
		clock.now = counted.Next
	}
	if got := callback.Since(365 * 24 * time.Hour); got.Attempts != callback.MaxAttempts-1 {
		t.Errorf("after a year: %+v", got)
	}
}
