package pseudonym_test

import (
	"bytes"
	"strings"
	"testing"

	"consent-receipts/shared/pseudonym"
)

func TestOf(t *testing.T) {
	maker := func(key byte, namespace string) *pseudonym.Maker {
		m, err := pseudonym.NewMaker(bytes.Repeat([]byte{key}, 32), namespace)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	of := func(m *pseudonym.Maker, id string) string {
		s, err := m.Of(id)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	// echo -n -e 'bank\x00alice' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01 -binary | basenc --base64url
	const want = "aWZk3ies2YmWf3qF5OjzePujgcjMMMuxElVEmg5SrOM"
	got := of(maker(1, "bank"), "alice")
	if got != want {
		t.Errorf("Of = %q, want %q", got, want)
	}
	for name, other := range map[string]string{
		"another key":       of(maker(2, "bank"), "alice"),
		"another namespace": of(maker(1, "bank2"), "alice"),
		"another person":    of(maker(1, "bank"), "alicf"),
		"moved boundary":    of(maker(1, "ban"), "kalice"),
	} {
		if other == got {
			t.Errorf("%s: same pseudonym", name)
		}
	}
	for _, id := range []string{"", strings.Repeat("a", pseudonym.MaxID+1)} {
		if _, err := maker(1, "bank").Of(id); err == nil {
			t.Errorf("id of %d bytes accepted", len(id))
		}
	}
	if _, err := pseudonym.NewMaker([]byte("short"), "bank"); err == nil {
		t.Error("short key accepted")
	}
}
