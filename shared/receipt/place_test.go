package receipt_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
)

const (
	otherIssuer = "https://consent.other-bank.example"
	otherPerson = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3R"
)

// TestPlace: a receipt is accepted in the one place that it names, and in no other.
func TestPlace(t *testing.T) {
	place := receipt.Place{Issuer: issuerURL, Subject: person, Seq: 2}
	for name, c := range map[string]struct {
		issuer, subject string
		seq             uint64
		want            receipt.Code
	}{
		"its own place":        {issuerURL, person, 2, ""},
		"another issuer":       {otherIssuer, person, 2, receipt.CodeIssuer},
		"no issuer":            {"", person, 2, receipt.CodeIssuer},
		"another person":       {issuerURL, otherPerson, 2, receipt.CodeChain},
		"no person":            {issuerURL, "", 2, receipt.CodeChain},
		"the place before":     {issuerURL, person, 1, receipt.CodeChain},
		"the place after":      {issuerURL, person, 3, receipt.CodeChain},
		"no number":            {issuerURL, person, 0, receipt.CodeChain},
		"another way to spell": {issuerURL + "/", person, 2, receipt.CodeIssuer},
	} {
		if got := codeOf(t, place.Check(c.issuer, c.subject, c.seq)); got != c.want {
			t.Errorf("%s: refused for %q, want %q", name, got, c.want)
		}
	}
}

// TestVerifyEntry: an entry of a ledger is believed only in its own place, with all its
// disclosures, and if a root that was given vouches for it.
func TestVerifyEntry(t *testing.T) {
	key, root := newRoot(t)
	d := newDesk(t, key, root)
	d.optIn(t, "en", yesAlerts)
	genuine := d.do(t, "out", consent.OptOut{Purposes: []string{"account-alerts"}})
	head, disclosures, _ := strings.Cut(genuine, "~")
	_, stranger := newRoot(t)
	own := receipt.Place{Issuer: issuerURL, Subject: person, Seq: 2}
	mine := []*x509.Certificate{root}
	for name, c := range map[string]struct {
		raw   string
		roots []*x509.Certificate
		place receipt.Place
		want  receipt.Code
	}{
		"in its own place":         {genuine, mine, own, ""},
		"one root of several":      {genuine, []*x509.Certificate{stranger, root}, own, ""},
		"another issuer's ledger":  {genuine, mine, receipt.Place{Issuer: otherIssuer, Subject: person, Seq: 2}, receipt.CodeIssuer},
		"another person's ledger":  {genuine, mine, receipt.Place{Issuer: issuerURL, Subject: otherPerson, Seq: 2}, receipt.CodeChain},
		"the place before":         {genuine, mine, receipt.Place{Issuer: issuerURL, Subject: person, Seq: 1}, receipt.CodeChain},
		"the place after":          {genuine, mine, receipt.Place{Issuer: issuerURL, Subject: person, Seq: 3}, receipt.CodeChain},
		"no root":                  {genuine, nil, own, receipt.CodeChain},
		"another root":             {genuine, []*x509.Certificate{stranger}, own, receipt.CodeChain},
		"one disclosure withheld":  {head + "~" + disclosures[strings.IndexByte(disclosures, '~')+1:], mine, own, receipt.CodeDisclosure},
		"all disclosures withheld": {head + "~", mine, own, receipt.CodeDisclosure},
		"no receipt":               {"x", mine, own, receipt.CodeForm},
	} {
		rec, err := mustVerifier(t, c.roots...).VerifyEntry(c.raw, c.place)
		if got := codeOf(t, err); got != c.want || (rec == nil) != (c.want != "") {
			t.Errorf("%s: refused for %q, want %q (%v)", name, got, c.want, err)
		}
	}
}

// codeOf is the code of a refusal, and "" of no error.
func codeOf(t *testing.T, err error) receipt.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := receipt.AsRefusal(err)
	if !ok {
		t.Fatalf("an error that is no refusal: %v", err)
	}
	return refusal.Code
}
