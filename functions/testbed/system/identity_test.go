package system_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/api"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/receipt/looks"
)

// leaks is what a system gave to anybody, by the name of where it was seen.
type leaks map[string][]byte

// of lists where one of these texts was seen: as it is, in base64 or in hex.
func (l leaks) of(texts ...string) (where []string) {
	for name, b := range l {
		for _, text := range texts {
			raw := []byte(text)
			for _, form := range []string{text, base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw)} {
				if bytes.Contains(b, []byte(form)) {
					where = append(where, name)
				}
			}
		}
	}
	return where
}

// TestIdentityLeaksNowhere: a customer number goes in with data requests, and comes out where an
// operator opens it, and nowhere else: neither as it is nor sealed.
func TestIdentityLeaksNowhere(t *testing.T) {
	h := open(t)
	person, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	seen := leaks{}
	ask := func(token, method, path, body string, headers ...string) answer {
		t.Helper()
		a := h.ask(t, token, method, path, body, headers...)
		seen[fmt.Sprintf("%d: %s %s", len(seen), method, path)] = append(fmt.Appendf(nil, "%v", a.header), a.body...)
		return a
	}
	calls, pseudonym := h.staffCalls(t)
	var asked struct{ Request struct{ ID string } }
	for range 2 { // a repetition too
		ask(person, "POST", "/v1/data-requests", `{"type":"portability"}`, "Idempotency-Key", "k").into(t, &asked)
	}
	at := api.Of(pseudonym)
	ask(clerk, "POST", at.At("/data-requests"), `{"type":"rectification","details":"A name.","customer":"`+alex+`"}`, "Case-Reference", "C-1")
	for path, body := range map[string]string{ // refused
		at.At("/data-requests"):        `{"type":"access","customer":"` + alex + ` "}`,
		at.Identity(asked.Request.ID):  `{"reason":"` + alex + `"}`,
		at.Request("x") + "/identity":  `{"reason":"collect"}`,
		at.Request(alex) + "/identity": `{"reason":"collect"}`,
	} {
		if a := ask(clerk, "POST", path, body, "Case-Reference", "C-1"); a.status/100 != 4 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	for _, c := range calls {
		if c.did != "identity.open" {
			method, _, _ := strings.Cut(c.pattern, " ")
			ask(clerk, method, c.path, c.body, "Case-Reference", "C-1")
		}
	}
	var opened api.Identity
	h.ask(t, clerk, "POST", at.Identity(asked.Request.ID), `{"reason":"call-back"}`, "Case-Reference", "C-1").into(t, &opened)
	if opened.Customer != alex {
		t.Errorf("opened %+v", opened)
	}
	for _, path := range []string{"/v1/standing", "/v1/receipts", "/v1/audit", "/v1/data-requests", "/v1/data-requests/" + asked.Request.ID, "/v1/data-requests/" + asked.Request.ID + "/manifest"} {
		ask(person, "GET", path, "")
	}
	for _, form := range append(exchange.Names(), "html", "text", "pdf") {
		ask(person, "GET", "/v1/receipts/3?format="+form, "")
	}
	bundled := ask(person, "GET", "/v1/receipts/bundle", "").body
	archive, err := zip.NewReader(bytes.NewReader(bundled), int64(len(bundled)))
	must(t, err)
	for _, f := range archive.File {
		r, err := f.Open()
		must(t, err)
		seen["bundle: "+f.Name], err = io.ReadAll(r)
		must(t, err)
	}
	sealed := h.published(t, seen)
	seen["log"] = h.log.Bytes()
	if len(sealed) < 3 {
		t.Errorf("%d seals", len(sealed))
	}
	for _, where := range seen.of(append(sealed, alex)...) {
		t.Errorf("seen in %s", where)
	}
	file, err := os.ReadFile(filepath.Join(h.dir, system.LedgerFile))
	must(t, err)
	if stored := (leaks{"file": file}); len(stored.of(sealed[0])) == 0 || len(stored.of(alex)) > 0 {
		t.Error("the ledger's file has no seal, or a number that is not sealed")
	}
}

// published adds what others are told of all entries, and returns the seals of these.
func (h *here) published(t *testing.T, seen leaks) (sealed []string) {
	t.Helper()
	store := h.sys.API.Registrar.Store
	changes, err := store.(ledger.Changes).ChangesAfter(t.Context(), "", 1000)
	must(t, err)
	events := &published.Events{Verifier: h.sys.API.Registrar.Verifier, Issuer: h.sys.API.Registrar.Catalogue.Issuer()}
	for _, c := range changes {
		seen["change "+c.Mark] = fmt.Appendf(nil, "%+v", c)
		entry, err := store.Get(t.Context(), c.Subject, c.Seq)
		must(t, err)
		seen["receipt "+c.Mark] = []byte(entry.Receipt + entry.Listing.Text)
		if entry.Sealed != "" {
			sealed = append(sealed, entry.Sealed)
		}
		if c.Subject.Kind() == ledger.KindPerson {
			seen["event "+c.Mark], err = events.Of(c.Entry)
			must(t, err)
		}
	}
	return sealed
}

// planted is a store in which somebody put another seal into a person's entries.
type planted struct {
	ledger.Store
	in   ledger.Subject
	seal string
}

func (p planted) Get(ctx context.Context, of ledger.Subject, seq uint64) (ledger.Entry, error) {
	e, err := p.Store.Get(ctx, of, seq)
	if of == p.in {
		e.Sealed = p.seal
	}
	return e, err
}

// TestIdentityMoved: a seal that was moved to another person's entry does not open, and neither
// does one that is sealed to the right ledger with another customer's number. An alarm hears it.
func TestIdentityMoved(t *testing.T) {
	h := open(t)
	clerk := h.token(t, system.SampleOperator)
	request := map[string]string{}
	whose := map[string]ledger.Subject{}
	for _, customer := range []string{alex, lucia} {
		var asked struct{ Request struct{ ID string } }
		h.ask(t, h.token(t, customer), "POST", "/v1/data-requests", `{"type":"access"}`).into(t, &asked)
		pseudonym, err := h.sys.API.Pseudonyms.Of(customer)
		must(t, err)
		request[customer], whose[customer] = asked.Request.ID, ledger.Person(pseudonym)
	}
	registrar := h.sys.API.Registrar
	store := registrar.Store
	moved, err := registrar.Sealed(t.Context(), whose[alex], request[alex])
	must(t, err)
	others, err := registrar.Seal(t.Context(), whose[lucia], alex)
	must(t, err)
	open := func() answer {
		return h.ask(t, clerk, "POST", api.Of(whose[lucia].Pseudonym()).Identity(request[lucia]), `{"reason":"collect"}`, "Case-Reference", "C-1")
	}
	for name, seal := range map[string]string{"another person's": moved, "another number": others, "rubbish": "x"} {
		registrar.Store = planted{store, whose[lucia], seal}
		h.log.Reset()
		if slug, _ := open().problem(t); slug != "identity-sealed" || !strings.Contains(h.log.String(), alarm.Refused) {
			t.Errorf("%s: %s, logged %s", name, slug, h.log)
		}
	}
	registrar.Store = planted{store, whose[lucia], ""} // as before there were seals
	if slug, _ := open().problem(t); slug != "not-found" {
		t.Errorf("no seal: %s", slug)
	}
	registrar.Store = store
	if a := open(); a.status != http.StatusOK || !strings.Contains(string(a.body), lucia) || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", a.status, a.body)
	}
	var looked struct{ Records []looks.Shown }
	h.ask(t, h.token(t, lucia), "GET", "/v1/audit", "").into(t, &looked)
	if n := len(looked.Records); n != 5 || looked.Records[0].Reason != "collect" || looked.Records[0].About != request[lucia] {
		t.Errorf("the person sees %+v", looked.Records)
	}
}
