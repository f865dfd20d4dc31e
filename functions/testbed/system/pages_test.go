package system_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// counting counts the entries that are read.
type counting struct {
	ledger.Store
	read *atomic.Int64
}

func (c counting) one(e ledger.Entry, err error) (ledger.Entry, error) {
	c.read.Add(1)
	return e, err
}

func (c counting) Newest(ctx context.Context, s ledger.Subject) (ledger.Entry, error) {
	return c.one(c.Store.Newest(ctx, s))
}

func (c counting) Get(ctx context.Context, s ledger.Subject, seq uint64) (ledger.Entry, error) {
	return c.one(c.Store.Get(ctx, s, seq))
}

func (c counting) ByKey(ctx context.Context, s ledger.Subject, key [32]byte) (ledger.Entry, error) {
	return c.one(c.Store.ByKey(ctx, s, key))
}

func (c counting) List(ctx context.Context, s ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	list, err := c.Store.List(ctx, s, from, limit)
	c.read.Add(int64(len(list)))
	return list, err
}

// TestPagesOfMany: what a page reads does not grow with a person's ledger. The bundle alone has
// everything.
func TestPagesOfMany(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	h.optIn(t, token)
	given := h.standing(t, token).Lines[0].ConsentID
	h.ask(t, token, http.MethodPost, "/v1/data-requests", `{"type":"access"}`)
	request := h.standing(t, token).Requests[0].ID
	subject, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	read := new(atomic.Int64)
	h.sys.API.Registrar.Store = counting{h.sys.API.Registrar.Store, read}
	grow := func(to uint64) {
		for n := h.standing(t, token).Seq; n < to; n++ {
			_, err := h.sys.API.Registrar.Do(t.Context(), ledger.Person(subject), fmt.Sprint(n), consent.OptOut{Purposes: []string{"unknown"}, Reason: consent.Reason(fmt.Sprint(n))},
				consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"}})
			must(t, err)
		}
	}
	person, clerk, desk := h.signIn(t, alex), h.atDesk(t, system.SampleOperator), "/desk/people/"+subject
	pages := map[string]*visitor{desk: clerk, desk + "/receipts": clerk, desk + "/opt-out": clerk}
	for _, path := range []string{
		"/", "/offer", "/receipts", "/receipts?from=60", "/receipts/1", "/receipts/1/part", "/receipts/1/print", "/requests", "/requests?from=60",
		"/withdraw-all", "/consents/" + given + "/narrow", "/consents/" + given + "/withdraw",
	} {
		pages[path] = person
	}
	count := func() map[string]int64 {
		counts := map[string]int64{}
		for path, v := range pages {
			read.Store(0)
			if p := v.do(t, http.MethodGet, path, nil); p.status != http.StatusOK {
				t.Fatalf("%s: status %d: %s", path, p.status, p.body)
			}
			counts[path] = read.Load()
		}
		return counts
	}
	grow(120)
	few := count()
	grow(240)
	for path, many := range count() {
		if many != few[path] || many == 0 {
			t.Errorf("%s reads %d entries of 120, and %d of 240", path, few[path], many)
		}
	}
	if body := person.do(t, http.MethodGet, "/requests", nil).body; !strings.Contains(body, "q-"+request) || !strings.Contains(body, "/requests?from=") {
		t.Error("the open request, or the way to older ones, is not on the page")
	}
}
