package ledgertest

import (
	"bytes"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"consent-receipts/shared/ledger"
)

// tickets: the first one stays, also among many at once.
func tickets(t *testing.T, b Backend) {
	key := "request/" + hex.EncodeToString(random(16))
	_, err := b.Tickets.Ticket(t.Context(), key)
	is(t, "Ticket", err, ledger.ErrNotFound)
	var all sync.WaitGroup
	answers := make([][]byte, 16)
	for i := range answers {
		all.Go(func() {
			there, err := b.Tickets.PutTicket(t.Context(), key, []byte{byte(i), 1, 2})
			if err != nil {
				t.Error(err)
			}
			answers[i] = there
		})
	}
	all.Wait()
	got, err := b.Tickets.Ticket(t.Context(), key)
	if err != nil || len(got) != 3 {
		t.Fatalf("%x, %v", got, err)
	}
	for i, there := range answers {
		if !bytes.Equal(there, got) {
			t.Errorf("writer %d was told %x, and %x stayed", i, there, got)
		}
	}
	got[0]++
	if again, err := b.Tickets.Ticket(t.Context(), key); err != nil || bytes.Equal(again, got) {
		t.Errorf("what was read changed what is kept: %v", err)
	}
	for name, c := range map[string]struct {
		key  string
		body []byte
	}{
		"no key": {"", []byte{1}}, "a long key": {strings.Repeat("k", 201), []byte{1}}, "a blank in the key": {"a b", []byte{1}},
		"no body": {"k", nil}, "a large body": {"k", make([]byte, ledger.MaxTicket+1)},
	} {
		_, err := b.Tickets.PutTicket(t.Context(), c.key, c.body)
		is(t, name, err, ledger.ErrInvalid)
	}
}
