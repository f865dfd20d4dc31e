package system_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consentoffer"
	"consent-receipts/shared/receipt"
)

// TestStory plays the story over HTTP, in the formats that people ask for.
func TestStory(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	first := h.optIn(t, token)
	verifier := receipt.NewVerifier(h.sys.Root)
	rec, err := verifier.Verify(first.Receipt)
	must(t, err)
	if rec.Seq != 1 || rec.Event.Type != "opt-in" || rec.Digest != first.Digest {
		t.Fatalf("receipt: %+v", rec.Claims)
	}
	id := h.standing(t, token).Lines[0].ConsentID

	var narrowed issued
	h.ask(t, token, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"`+id+`","data":["balances"]}]}`).into(t, &narrowed)
	raw := h.ask(t, token, "POST", "/v1/opt-out", `{"consents":["`+id+`"]}`, "Accept", "application/sd-jwt")
	if raw.status != 201 || raw.header.Get("Location") != "/v1/receipts/3" || !strings.HasSuffix(string(raw.body), "~") {
		t.Fatalf("raw receipt: %d %v", raw.status, raw.header)
	}
	var asked issued
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"erasure"}`).into(t, &asked)
	s := h.standing(t, token)
	if len(s.Requests) != 1 || s.Requests[0].Due == "" || s.Lines[0].InForce {
		t.Fatalf("standing: %+v", s)
	}
	path := "/v1/data-requests/" + s.Requests[0].ID
	if a := h.ask(t, token, "GET", path, ""); a.status != 200 || !bytes.Contains(a.body, []byte(`"received"`)) {
		t.Fatalf("request: %d %s", a.status, a.body)
	}
	var taken [2]issued
	for i := range taken { // the second time finds out what happened
		h.ask(t, token, "DELETE", path, "").into(t, &taken[i])
	}
	if taken[0].Receipt != taken[1].Receipt {
		t.Error("taking back twice gave two receipts")
	}
	if a := h.ask(t, token, "GET", path, ""); a.status != 200 || !bytes.Contains(a.body, []byte(`"withdrawn"`)) {
		t.Fatalf("request taken back: %d %s", a.status, a.body)
	}

	for _, f := range []struct{ path, accept, media, contains string }{
		{"/v1/receipts/1", "", "application/sd-jwt", first.Receipt},
		{"/v1/receipts/1?format=json", "", "application/json", `"account-alerts"`},
		{"/v1/receipts/1?format=html&language=es", "", "text/html; charset=utf-8", `lang="es"`},
		{"/v1/receipts/1", "text/html;q=0.5, application/json", "application/json", `"account-alerts"`},
		{"/v1/receipts/2", "text/*", "text/html; charset=utf-8", "First Example Bank"},
	} {
		a := h.ask(t, token, "GET", f.path, "", "Accept", f.accept)
		if a.status != 200 || a.header.Get("Content-Type") != f.media || !bytes.Contains(a.body, []byte(f.contains)) {
			t.Errorf("%s (%s): %d %s", f.path, f.accept, a.status, a.header.Get("Content-Type"))
		}
	}
	var list struct{ Receipts []struct{ Seq int } }
	h.ask(t, token, "GET", "/v1/receipts?limit=3&cursor=2", "").into(t, &list)
	if len(list.Receipts) != 3 || list.Receipts[0].Seq != 2 {
		t.Errorf("list: %+v", list)
	}
	checkNewestFirst(t, h, token, 5)
	checkBundle(t, h.ask(t, token, "GET", "/v1/receipts/bundle?language=es", ""), 5)
}

// checkNewestFirst follows next from the newest of some receipts down to the first.
func checkNewestFirst(t *testing.T, h *here, token string, n int) {
	t.Helper()
	for next := "/v1/receipts?order=newest&limit=2"; next != ""; {
		var page struct {
			Receipts []struct{ Seq int }
			Next     string
		}
		a := h.ask(t, token, "GET", next, "")
		a.into(t, &page)
		for _, r := range page.Receipts {
			if r.Seq != n {
				t.Errorf("%s: receipt %d where %d is next", next, r.Seq, n)
			}
			n--
		}
		if link := a.header.Get("Link"); (link == "") != (page.Next == "") || !strings.Contains(link, page.Next) {
			t.Errorf("%s: next is %q, and the link %q", next, page.Next, link)
		}
		next = page.Next
	}
	if n != 0 {
		t.Errorf("%d receipts were not listed", n)
	}
	if a := h.ask(t, token, "GET", "/v1/receipts?order=random", ""); a.status != 400 {
		t.Errorf("an unknown order: %d", a.status)
	}
}

func checkBundle(t *testing.T, a answer, receipts int) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	must(t, err)
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	for i := range receipts {
		if name := fmt.Sprintf("receipts/%010d.sd-jwt", i+1); !slices.Contains(names, name) {
			t.Errorf("the bundle lacks %s: %v", name, names)
		}
	}
	for _, want := range []string{"root.pem", "README.txt", "notices/", "catalogues/"} {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("the bundle lacks %s: %v", want, names)
		}
	}
}

// TestPublic asks for everything that needs no token.
func TestPublic(t *testing.T) {
	h := open(t)
	var cat struct {
		Notices map[string]map[string]struct{ Digest string }
	}
	a := h.ask(t, "", "GET", "/v1/catalogue", "")
	a.into(t, &cat)
	for path, media := range map[string]string{
		a.header.Get("Content-Location"):                            "application/json",
		"/v1/notices/" + cat.Notices["account-alerts"]["es"].Digest: "text/markdown; charset=utf-8",
		"/schema/receipt/1.json":                                    "application/schema+json",
		"/.well-known/consent-receipt/jwks.json":                    "application/jwk-set+json",
		"/.well-known/consent-receipt/root.pem":                     "application/x-pem-file",
		"/.well-known/gpc.json":                                     "application/json",
		"/openapi.yaml":                                             "application/yaml",
		consentoffer.Path:                                           consentoffer.MediaType,
	} {
		if a := h.ask(t, "", "GET", path, ""); a.status != 200 || a.header.Get("Content-Type") != media || len(a.body) == 0 {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Content-Type"))
		}
	}
	var set struct{ Keys []struct{ Kid string } }
	h.ask(t, "", "GET", "/.well-known/consent-receipt/jwks.json", "").into(t, &set)
	if len(set.Keys) != 1 || set.Keys[0].Kid != receipt.Fingerprint(h.sys.Root) {
		t.Errorf("jwks: %+v", set)
	}
}

// TestIdempotency: the key works over HTTP. The key of an opt-in is its offer.
func TestIdempotency(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	offer := h.offer(t, token)
	var first, again issued
	h.ask(t, token, "POST", "/v1/opt-in", optInBody(offer)).into(t, &first)
	a := h.ask(t, token, "POST", "/v1/opt-in", optInBody(offer))
	a.into(t, &again)
	if again.Receipt != first.Receipt || a.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the same answer to an offer gave another receipt")
	}
	other := strings.Replace(optInBody(offer), `"no"`, `"yes"`, 1)
	if slug, _ := h.ask(t, token, "POST", "/v1/opt-in", other).problem(t); slug != "idempotency-mismatch" {
		t.Errorf("another answer to the same offer: %s", slug)
	}
	var out [3]issued
	for i, key := range []string{"k", "k", "l"} {
		h.ask(t, token, "POST", "/v1/opt-out", `{"all":true}`, "Idempotency-Key", key).into(t, &out[i])
	}
	if out[0].Receipt != out[1].Receipt || out[1].Receipt == out[2].Receipt {
		t.Error("keys do not tell commands apart")
	}
}

// TestStaleOffer: a no after an offer was made makes the offer stale.
func TestStaleOffer(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	offer := h.offer(t, token)
	h.ask(t, token, "POST", "/v1/opt-out", `{"purposes":["account-alerts"]}`)
	a := h.ask(t, token, "POST", "/v1/opt-in", optInBody(offer))
	if slug, _ := a.problem(t); a.status != 409 || slug != "offer-stale" {
		t.Errorf("%d %s", a.status, slug)
	}
	if s := h.standing(t, token); s.Seq != 1 {
		t.Errorf("%d entries after a refused opt-in", s.Seq)
	}
}

// TestGPC: a signal withdraws the consents that the catalogue marks, unless the person chose
// otherwise while the signal was on.
func TestGPC(t *testing.T) {
	h := open(t)
	yes := func(token string, headers ...string) {
		body := `{"offer":"` + h.offer(t, token, "account-alerts", "card-offers") + `","choices":[{"purpose":"card-offers","answer":"yes"},{"purpose":"account-alerts","answer":"yes"}]}`
		var out issued
		h.ask(t, token, "POST", "/v1/opt-in", body, headers...).into(t, &out)
	}
	inForce := func(token string) (out []string) {
		for _, l := range h.standing(t, token).Lines {
			if l.InForce {
				out = append(out, l.Purpose)
			}
		}
		return out
	}
	plain, deliberate := h.token(t, alex), h.token(t, lucia)
	offersCards := func(token string, headers ...string) bool {
		return strings.Contains(string(h.ask(t, token, "GET", "/v1/offers", "", headers...).body), `"card-offers"`)
	}
	if !offersCards(plain) || offersCards(plain, "Sec-GPC", "1") {
		t.Error("offered while the signal is on, or not without it")
	}
	if a := h.ask(t, plain, "POST", "/v1/signals", ""); a.status != 201 || offersCards(plain) {
		t.Errorf("a signal of somebody who never said yes: %d, and asked again: %t", a.status, offersCards(plain))
	}
	if s := h.standing(t, plain); s.OptOutSince == nil || !slices.ContainsFunc(s.Lines, func(l api.Line) bool { return l.OptOutSince.Equal(*s.OptOutSince) }) || h.standing(t, deliberate).OptOutSince != nil {
		t.Errorf("the opt-out is not shown to who made it, or is to somebody else: %+v", s)
	}
	for range 3 {
		if a := h.ask(t, plain, "POST", "/v1/signals", ""); a.status != 204 {
			t.Errorf("a signal that changes nothing: %d", a.status)
		}
	}
	if a := h.ask(t, deliberate, "POST", "/v1/opt-out", `{"purposes":["card-offers"]}`, "Sec-GPC", "1"); a.status != 201 || offersCards(deliberate) {
		t.Errorf("asked again after a no with the signal on: %d", a.status)
	}
	yes(plain)
	yes(deliberate, "Sec-GPC", "1")
	for _, token := range []string{plain, deliberate} {
		h.ask(t, token, "POST", "/v1/data-requests", `{"type":"access"}`, "Sec-GPC", "1")
	}
	if got := inForce(plain); !slices.Equal(got, []string{"account-alerts"}) {
		t.Errorf("after the signal: %v", got)
	}
	if got := inForce(deliberate); !slices.Equal(got, []string{"account-alerts", "card-offers"}) {
		t.Errorf("a deliberate choice did not stand: %v", got)
	}
	if a := h.ask(t, plain, "GET", "/v1/offers", ""); strings.Contains(string(a.body), `"card-offers"`) {
		t.Error("asked again of our own accord right after the signal")
	}
	yes(plain) // of the person's own accord
	if a := h.ask(t, plain, "POST", "/v1/opt-out", `{"purposes":["service-improvement"]}`, "Sec-GPC", "0"); a.status != 201 {
		t.Fatal(a.status)
	}
	if got := inForce(plain); len(got) != 2 {
		t.Errorf("a header that is no signal acted as one: %v", got)
	}
	var signalled issued
	h.ask(t, plain, "POST", "/v1/signals", "{}").into(t, &signalled)
	if got := inForce(plain); len(got) != 1 {
		t.Errorf("after the deliberate signal: %v", got)
	}
}

// TestLogs: the log has nothing personal.
func TestLogs(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	h.optIn(t, token)
	h.ask(t, token, "POST", "/v1/opt-out", `{"all":true,"reason":"my private reason"}`)
	h.ask(t, token, "POST", "/v1/opt-out", `{"all":"my private reason"}`)
	h.ask(t, token, "GET", "/v1/data-requests/my-private-id", "")
	for line := range strings.Lines(h.log.String()) {
		var v map[string]any
		must(t, json.Unmarshal([]byte(line), &v))
	}
	for _, secret := range []string{alex, token[:40], "private", "account-alerts"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if !strings.Contains(h.log.String(), `"route":"POST /v1/opt-in"`) {
		t.Errorf("no line for the opt-in: %s", h.log)
	}
}
