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
	for _, namespace := range []string{"", "\x00staff\x00bank", "ba\x00nk", "bank\n", "bank\u0085"} {
		if _, err := pseudonym.NewMaker(bytes.Repeat([]byte{1}, 32), namespace); err == nil {
			t.Errorf("namespace %q accepted", namespace)
		}
	}
}

// TestStaff: whatever a customer is called, nobody of the staff has their pseudonym.
func TestStaff(t *testing.T) {
	m, err := pseudonym.NewMaker(bytes.Repeat([]byte{1}, 32), "bank")
	if err != nil {
		t.Fatal(err)
	}
	// echo -n -e '\x00staff\x00bank\x00clerk-7' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01 -binary | basenc --base64url
	const want = "xOLmWCV8L3skxDR1NUlu9c-scF1CgmvMnt3OhSLQ6rs"
	clerk, err := m.Staff("clerk-7")
	if err != nil || clerk != want {
		t.Errorf("Staff = %q, %v, want %q", clerk, err, want)
	}
	for _, customer := range []string{"clerk-7", "staff#clerk-7", "staff\x00clerk-7", "\x00staff\x00clerk-7", "\x00staff\x00bank\x00clerk-7"} {
		if of, _ := m.Of(customer); of == clerk { // an identifier that is refused is nobody's
			t.Errorf("the customer %q is clerk-7 of the staff", customer)
		}
	}
	for _, id := range []string{"", strings.Repeat("a", pseudonym.MaxID+1)} {
		if _, err := m.Staff(id); err == nil {
			t.Errorf("id of %d bytes accepted", len(id))
		}
	}
}

// TestContact: an address of e-mail is nobody's customer number, and of nobody of the staff.
func TestContact(t *testing.T) {
	m, err := pseudonym.NewMaker(bytes.Repeat([]byte{1}, 32), "bank")
	if err != nil {
		t.Fatal(err)
	}
	contact, err := m.Contact("alex@example.com")
	if err != nil || len(contact) != 43 {
		t.Fatalf("Contact = %q, %v", contact, err)
	}
	for _, other := range []string{"alex@example.com", "Alex@example.com", "contact\x00alex@example.com", "\x00contact\x00bank\x00alex@example.com"} {
		person, _ := m.Of(other)
		staff, _ := m.Staff(other)
		if person == contact || staff == contact {
			t.Errorf("%q is the contact", other)
		}
	}
	if other, _ := m.Contact("Alex@example.com"); other == contact {
		t.Error("two addresses are one contact")
	}
}
