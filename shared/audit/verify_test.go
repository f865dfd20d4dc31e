package audit_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
)

// listed is a list as the API and a bundle have it.
func listed(t *testing.T, shown []looks.Shown) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"records": append([]looks.Shown{}, shown...)})
	must(t, err)
	return b
}

// TestVerify: whoever has records can check them without asking anybody, and notices every
// change.
func TestVerify(t *testing.T) {
	l, _ := newLog(t)
	for _, did := range []string{"person.find", "standing.read", "opt-out"} {
		act := look
		act.Did = did
		must(t, l.Append(t.Context(), person, act))
	}
	must(t, l.Append(t.Context(), audit.Of(ledger.Person(strings.Repeat("B", 43))), look))
	shown := func(subject ledger.Subject) (all []looks.Shown) {
		records, err := l.List(t.Context(), subject, 1, 10)
		must(t, err)
		for _, r := range records {
			b, err := json.Marshal(r.Shown())
			must(t, err)
			var s looks.Shown
			must(t, json.Unmarshal(b, &s))
			all = append(all, s)
		}
		return all
	}
	mine, other := shown(person), shown(audit.Of(ledger.Person(strings.Repeat("B", 43))))
	for name, some := range map[string][]looks.Shown{"all": mine, "the newest": mine[1:], "the oldest": mine[:2], "none": nil} {
		if records, err := looks.Verify(l.Verifier, listed(t, some)); err != nil || len(records) != len(some) {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
	}
	change := func(f func(all []looks.Shown)) []looks.Shown {
		all := slices.Clone(mine)
		f(all)
		return all
	}
	for name, some := range map[string][]looks.Shown{
		"one is missing":       {mine[0], mine[2]},
		"another order":        {mine[1], mine[0]},
		"another person's":     {mine[0], other[0]},
		"somebody else's name": change(func(all []looks.Shown) { all[1].Staff = "clerk-9" }),
		"another time":         change(func(all []looks.Shown) { all[1].At = all[1].At.Add(time.Hour) }),
		"another case":         change(func(all []looks.Shown) { all[2].Case = "" }),
		"another number":       change(func(all []looks.Shown) { all[0].Seq = 7 }),
		"a record of another":  change(func(all []looks.Shown) { all[0].Record = all[1].Record }),
		"a signature of another": change(func(all []looks.Shown) {
			all[0].Record = mine[0].Record[:len(mine[0].Record)-20] + mine[1].Record[len(mine[1].Record)-20:]
		}),
		"something that is no JWS":  change(func(all []looks.Shown) { all[0].Record = "x" }),
		"the payload without a key": change(func(all []looks.Shown) { all[0].Record = "..." }),
	} {
		if _, err := looks.Verify(l.Verifier, listed(t, some)); !errors.Is(err, looks.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	stranger, err := receipt.NewRoot(key, issuer, moment)
	must(t, err)
	strangers := receipt.NewVerifier(stranger)
	if _, err := looks.Verify(strangers, listed(t, mine)); !errors.Is(err, looks.ErrBroken) {
		t.Errorf("under another's root: %v", err)
	}
}
