package system_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"consent-receipts/functions/internal/handler"
)

// TestTokens: every route of a person needs a good token.
func TestTokens(t *testing.T) {
	h := open(t)
	good := h.token(t, alex)
	parts := strings.Split(good, ".")
	claims := parts[1]
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	keyID := h.Issuer.PublicKey().KeyID
	header := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	public, err := x509.MarshalPKIXPublicKey(h.Issuer.PublicKey().Key)
	must(t, err)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})

	for name, c := range map[string]struct {
		token, slug string
	}{
		"none at all":             {"", "unauthenticated"},
		"garbage":                 {"garbage", "unauthenticated"},
		"alg none":                {header(`{"alg":"none"}`) + "." + claims + ".", "unauthenticated"},
		"alg none with signature": {header(`{"alg":"none","kid":"`+keyID+`"}`) + "." + claims + "." + parts[2], "unauthenticated"},
		"HS256 with public key":   {resign(t, claims, jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: publicPEM, KeyID: keyID}}), "unauthenticated"},
		"signed by a stranger":    {resign(t, claims, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: stranger, KeyID: keyID}}), "unauthenticated"},
		"signature of another":    {parts[0] + "." + strings.Split(h.token(t, lucia), ".")[1] + "." + parts[2], "unauthenticated"},
		"expired":                 {h.token(t, alex, issuedAt(time.Now().Add(-2*time.Hour))), "unauthenticated"},
		"from the future":         {h.token(t, alex, issuedAt(time.Now().Add(time.Hour))), "unauthenticated"},
		"for another audience":    {h.token(t, alex, forAudience("somebody-else")), "unauthenticated"},
		"without the scope":       {h.token(t, alex, withScopes("openid")), "forbidden"},
		"without any scope":       {h.token(t, alex, withScopes()), "forbidden"},
	} {
		for _, r := range handler.Routes() {
			if r.Scopes == nil {
				continue
			}
			method, path, _ := strings.Cut(r.Pattern, " ")
			path = strings.NewReplacer("{seq}", "1", "{id}", "x", "{person}", strings.Repeat("A", 43)).Replace(path)
			a := h.ask(t, c.token, method, path, "")
			slug, detail := a.problem(t)
			want := map[string]int{"unauthenticated": 401, "forbidden": 403}[c.slug]
			if a.status != want || slug != c.slug || detail == "" {
				t.Errorf("%s, %s: %d %s %q", name, r.Pattern, a.status, slug, detail)
			}
			if strings.Contains(string(a.body), "eyJ") {
				t.Errorf("%s: the answer quotes the token", name)
			}
		}
	}
	if s := h.standing(t, good); s.Seq != 0 {
		t.Errorf("something was written: %d", s.Seq)
	}
}

// resign signs the claims of a good token with another key.
func resign(t *testing.T, claims string, key jose.SigningKey) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(claims)
	must(t, err)
	signer, err := jose.NewSigner(key, nil)
	must(t, err)
	signed, err := signer.Sign(raw)
	must(t, err)
	token, err := signed.CompactSerialize()
	must(t, err)
	if _, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{key.Algorithm}); err != nil {
		t.Fatal(err)
	}
	return token
}

// TestAnotherPerson: for one person, another person's things do not exist.
func TestAnotherPerson(t *testing.T) {
	h := open(t)
	mine, theirs := h.token(t, alex), h.token(t, lucia)
	offer := h.offer(t, theirs)
	h.optIn(t, theirs)
	h.ask(t, theirs, "POST", "/v1/data-requests", `{"type":"access"}`)
	their := h.standing(t, theirs)

	if slug, _ := h.ask(t, mine, "POST", "/v1/opt-in", optInBody(offer)).problem(t); slug != "offer-invalid" {
		t.Errorf("their offer: %s", slug)
	}
	for _, path := range []string{"/v1/receipts/1", "/v1/data-requests/" + their.Requests[0].ID} {
		a := h.ask(t, mine, "GET", path, "")
		b := h.ask(t, mine, "GET", strings.NewReplacer("/1", "/7", their.Requests[0].ID, "nobody-has-this").Replace(path), "")
		if slug, _ := a.problem(t); slug != "not-found" || a.status != b.status {
			t.Errorf("%s: %d %s", path, a.status, slug)
		}
	}
	if slug, _ := h.ask(t, mine, "DELETE", "/v1/data-requests/"+their.Requests[0].ID, "").problem(t); slug != "not-found" {
		t.Errorf("taking back theirs: %s", slug)
	}
	var out issued
	h.ask(t, mine, "POST", "/v1/opt-out", `{"consents":["`+their.Lines[0].ConsentID+`"]}`).into(t, &out)
	if after := h.standing(t, theirs); after.Seq != their.Seq || !after.Lines[0].InForce {
		t.Errorf("their standing changed: %+v", after)
	}
}

// TestBadInput: bad input gets a clear error and changes nothing.
func TestBadInput(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	h.optIn(t, token)
	id := h.standing(t, token).Lines[0].ConsentID
	offer := h.offer(t, token)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		slug                     string
		headers                  []string
	}{
		{"no body", "POST", "/v1/opt-out", "", 415, "unsupported-media", nil},
		{"not JSON", "POST", "/v1/opt-out", "{", 400, "invalid-body", nil},
		{"a member twice", "POST", "/v1/opt-out", `{"all":true,"all":true}`, 400, "invalid-body", nil},
		{"two values", "POST", "/v1/opt-out", `{"all":true}{}`, 400, "invalid-body", nil},
		{"nothing chosen", "POST", "/v1/opt-out", `{}`, 400, "invalid-body", nil},
		{"two things chosen", "POST", "/v1/opt-out", `{"all":true,"purposes":["card-offers"]}`, 400, "invalid-body", nil},
		{"unknown member", "POST", "/v1/opt-out", `{"all":true,"x":1}`, 400, "invalid-body", nil},
		{"letter case", "POST", "/v1/opt-out", `{"ALL":true}`, 400, "invalid-body", nil},
		{"wrong type", "POST", "/v1/opt-out", `{"all":"yes"}`, 400, "invalid-body", nil},
		{"long details", "POST", "/v1/data-requests", `{"type":"access","details":"` + strings.Repeat("a", 501) + `"}`, 400, "invalid-body", nil},
		{"too large", "POST", "/v1/opt-out", `{"all":true,"reason":"` + strings.Repeat("a", 200<<10) + `"}`, 413, "too-large", nil},
		{"far too large", "POST", "/v1/opt-out", strings.Repeat(" ", 1<<20), 413, "too-large", nil},
		{"media type", "POST", "/v1/opt-out", `{"all":true}`, 415, "unsupported-media", []string{"Content-Type", "text/plain"}},
		{"accept", "POST", "/v1/opt-out", `{"all":true}`, 406, "not-acceptable", []string{"Accept", "image/png"}},
		{"long key", "POST", "/v1/opt-out", `{"all":true}`, 400, "invalid-parameter", []string{"Idempotency-Key", strings.Repeat("k", 129)}},
		{"widening", "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","data":["balances","location"]}]}`, 422, "not-narrower", nil},
		{"longer", "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","until":"2099-01-01"}]}`, 422, "not-narrower", nil},
		{"no offer", "POST", "/v1/opt-in", optInBody("eyJhbGciOiJFUzI1NiJ9.e30.AAAA"), 422, "offer-invalid", nil},
		{"not offered", "POST", "/v1/opt-in", strings.Replace(optInBody(offer), "account-alerts", "something-else", 1), 422, "not-offered", nil},
		{"required data left out", "POST", "/v1/opt-in", strings.Replace(optInBody(offer), `"answer":"yes"`, `"answer":"yes","data":["card-transactions"]`, 1), 422, "not-offered", nil},
		{"legible account number", "POST", "/v1/opt-in", strings.Replace(optInBody(offer), `"answer":"yes"`, `"answer":"yes","resources":[{"id":"a1","label":"ES9121000418450200051332"}]`, 1), 400, "invalid-body", nil},
		{"unknown request", "POST", "/v1/data-requests", `{"type":"revenge"}`, 400, "invalid-body", nil},
		{"unknown purpose", "GET", "/v1/offers?purpose=nothing", "", 400, "invalid-parameter", nil},
		{"bad query", "GET", "/v1/offers?purpose=%zz", "", 400, "invalid-parameter", nil},
		{"bad number", "GET", "/v1/receipts/01", "", 400, "invalid-parameter", nil},
		{"bad cursor", "GET", "/v1/receipts?cursor=0", "", 400, "invalid-parameter", nil},
		{"bad format", "GET", "/v1/receipts/1?format=png", "", 400, "invalid-parameter", nil},
		{"no such receipt", "GET", "/v1/receipts/99", "", 404, "not-found", nil},
		{"no such route", "GET", "/v1/nothing", "", 404, "not-found", nil},
		{"no such method", "PUT", "/v1/opt-out", "", 405, "method-not-allowed", nil},
		{"foreign host", "GET", "/v1/catalogue", "", 403, "forbidden", []string{"Host", "attacker.example"}},
		{"foreign host, portal", "GET", "/", "", 403, "forbidden", []string{"Host", "attacker.example:8080"}},
	} {
		a := h.ask(t, token, c.method, c.path, c.body, c.headers...)
		if slug, _ := a.problem(t); a.status != c.status || slug != c.slug {
			t.Errorf("%s: %d %s, want %d %s: %s", c.name, a.status, slug, c.status, c.slug, a.body)
		}
	}
	if s := h.standing(t, token); s.Seq != 1 {
		t.Errorf("refused requests wrote %d entries", s.Seq-1)
	}
}
