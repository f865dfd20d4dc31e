package receipt_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
)

// TestIssueFollowsSchema: claims that the published schema does not allow are not signed, in
// clear or in an element.
func TestIssueFollowsSchema(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	rec, err := mustVerifier(t).Verify(string(raw))
	must(t, err)
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
