package system_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/functions/local/sampleapp"
	"consent-receipts/functions/testbed/browser"
)

// troubled stands between a browser and the system. The first token that the sample app gives
// is an expired one, and the answer to the first opt-in is lost after the system has done it.
type troubled struct {
	http.Handler
	expired string

	mu     sync.Mutex
	tokens int
	optIns []optIn
}

// optIn is an opt-in as it came, and how it was answered.
type optIn struct{ key, replayed string }

func (p *troubled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "POST " + sampleapp.Path + "token":
		p.mu.Lock()
		p.tokens++
		first := p.tokens == 1
		p.mu.Unlock()
		if first {
			_, _ = w.Write([]byte(p.expired))
			return
		}
	case "POST /v1/opt-in":
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			break // from elsewhere
		}
		answer := httptest.NewRecorder()
		p.Handler.ServeHTTP(answer, r)
		p.mu.Lock()
		p.optIns = append(p.optIns, optIn{key, answer.Header().Get("Idempotency-Replayed")})
		first := len(p.optIns) == 1
		p.mu.Unlock()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		w.WriteHeader(answer.Code)
		if first { // The connection ends amid the answer: one that ends before, a browser sends again by itself.
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(answer.Body.Bytes())
		return
	}
	p.Handler.ServeHTTP(w, r)
}

// TestEmbedded plays a visit to the sample app, whose page shows <consent-offer>: another
// origin than the API's, with a strict policy. A lost answer is sent again under the same key,
// and is recorded once.
func TestEmbedded(t *testing.T) {
	for name, window := range windows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			window.NoScript = false // the element is a script
			trouble := new(troubled)
			h := serve(t, func(next http.Handler) http.Handler {
				trouble.Handler = next
				return trouble
			})
			trouble.expired = h.token(t, alex, issuedAt(time.Now().Add(-2*time.Hour)))
			browser.Embedded{Window: window, Base: h.Sample, Path: sampleapp.Path, API: h.Base, Token: h.token(t, alex)}.Play(t)
			s := h.standing(t, h.token(t, alex))
			if s.Seq != 3 {
				t.Errorf("%d receipts, want 3", s.Seq)
			}
			got := trouble.optIns
			if len(got) < 2 || got[0].key != got[1].key || got[0].replayed != "" || got[1].replayed != "true" {
				t.Errorf("opt-ins: %+v", got)
			}
		})
	}
}

// TestCORS: pages of the configured origins may call the API, without credentials, and pages of
// no others.
func TestCORS(t *testing.T) {
	h := open(t)
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,idempotency-key"}
	for _, path := range []string{"/v1/opt-in", "/v1/offers", "/consent-offer.js", "/"} {
		a := h.ask(t, "", "OPTIONS", path, "", append(preflight, "Origin", h.Sample)...)
		if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != h.Sample || a.header.Get("Access-Control-Allow-Methods") != "GET,POST" ||
			a.header.Get("Access-Control-Allow-Headers") != "authorization,content-type,idempotency-key" || a.header.Get("Access-Control-Max-Age") == "" {
			t.Errorf("preflight of %s: %d %v", path, a.status, a.header)
		}
	}
	for _, origin := range []string{"https://attacker.example", "null", h.Sample + "0", strings.ToUpper(h.Sample), h.Sample + ".attacker.example", ""} {
		for _, a := range []answer{
			h.ask(t, "", "OPTIONS", "/v1/opt-in", "", append(preflight, "Origin", origin)...),
			h.ask(t, h.token(t, alex), "GET", "/v1/offers", "", "Origin", origin),
		} {
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%q gets %s", origin, name)
				}
			}
		}
	}
	for _, token := range []string{h.token(t, alex), ""} { // a refusal can be read too
		a := h.ask(t, token, "GET", "/v1/offers", "", "Origin", h.Sample)
		if a.header.Get("Access-Control-Allow-Origin") != h.Sample || a.header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(a.header.Get("Vary"), "Origin") {
			t.Errorf("%d: %v", a.status, a.header)
		}
	}
}
