package receipt_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// TestIssueFollowsSchema: claims that the published schema does not allow are not signed, in
// clear or in an element.
func TestIssueFollowsSchema(t *testing.T) {
	rec := sampleReceipt(t)
	of := registrartest.NewSigning(t, rec.Issuer, rec.Time, rand.Reader)
	for name, change := range map[string]func(*receipt.Claims){
		"":          func(*receipt.Claims) {},
		"a channel": func(c *receipt.Claims) { c.Event.Channel = "no name" },
		"a role":    func(c *receipt.Claims) { c.Actor = []receipt.Element{{Value: []byte(`{"role":"king"}`)}} },
		"a member": func(c *receipt.Claims) {
			c.Actor = []receipt.Element{{Value: []byte(`{"role":"subject","ROLE":"agent"}`)}}
		},
		"an actor too many": func(c *receipt.Claims) { c.Actor = append(c.Actor, c.Actor...) },
	} {
		claims := rec.Claims
		change(&claims)
		_, err := of.Issuer.Issue(t.Context(), &claims)
		refusal, refused := receipt.AsRefusal(err)
		if name == "" && err != nil || name != "" && (!refused || refusal.Code != receipt.CodeSchema) {
			t.Errorf("with %q: %v", name, err)
		}
	}
}

// TestTooLarge: what is issued is at most MaxBytes, and what would be larger is not signed. Notes
// are added until that is so; room for the longest header is the only room that is left.
func TestTooLarge(t *testing.T) {
	const room = 2 << 10
	rec := sampleReceipt(t)
	signing, leaves := registrartest.NewSigning(t, rec.Issuer, rec.Time, rand.Reader), 0
	issuer := receipt.NewIssuer(receipt.NewSigner(func(ctx context.Context, csr []byte) ([]byte, error) {
		leaves++
		return signing.Authority.Certify(ctx, csr)
	}, signing.Root), rand.Reader)
	notes := func(n, last int) []receipt.Element {
		all := make([]statement.Note, n)
		for i := range all {
			all[i] = statement.Note{By: statement.RoleSystem, Text: strings.Repeat("x", 500)}
		}
		all[n-1].Text = all[n-1].Text[:last]
		elements, err := receipt.Disclosed(all...)
		must(t, err)
		return elements
	}
	issue := func(n, last int) (size int, err error) {
		claims := rec.Claims
		claims.Note = notes(n, last)
		issued, err := issuer.Issue(t.Context(), &claims)
		if err != nil {
			return 0, err
		}
		if _, err := signing.Verifier.Verify(issued.Raw); err != nil {
			t.Errorf("%d notes are issued and refused: %v", n, err)
		}
		return len(issued.Raw), nil
	}
	if _, err := issue(128, 500); !errors.Is(err, receipt.ErrTooLarge) || leaves != 0 {
		t.Fatalf("128 notes: %v, %d keys were certified for it", err, leaves)
	}
	largest, n, last := 0, 1, 500
	for ; ; n++ { // whole notes, and then the last one shorter and shorter
		size, err := issue(n, last)
		if errors.Is(err, receipt.ErrTooLarge) {
			break
		}
		must(t, err)
		largest = size
	}
	for last = 499; last > 0; last-- {
		size, err := issue(n, last)
		if err == nil {
			largest = size
			break
		}
		if !errors.Is(err, receipt.ErrTooLarge) {
			t.Fatal(err)
		}
	}
	if largest > receipt.MaxBytes || largest < receipt.MaxBytes-room {
		t.Errorf("the largest receipt has %d bytes; at most %d, and at least %d of room", largest, receipt.MaxBytes, room)
	}
}

func sampleReceipt(t *testing.T) *receipt.Receipt {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	rec, err := mustVerifier(t).Verify(string(raw))
	must(t, err)
	return rec
}
