package page

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// maxSlug is how much of the controller's name a file's name has, in characters.
const maxSlug = 40

// FileName is what the file of a receipt is called, without an extension:
// first-example-bank-2026-11-28-yes-receipt-2. It says in ASCII who issued it, on which
// day in UTC, what happened as far as the receipt discloses it, and its number. The
// catalogue is the one that the receipt names.
func FileName(rec *receipt.Receipt, cat *catalogue.Catalogue) string {
	issuer := slug(cat.Parties[cat.Controller].Name)
	if issuer == "" { // in letters that ASCII has nothing like
		if u, err := url.Parse(rec.Issuer); err == nil {
			issuer = slug(u.Hostname())
		}
	}
	return fmt.Sprintf("%s-%s-%s-receipt-%d", issuer, rec.Time().UTC().Format(time.DateOnly), kind(rec), rec.Seq)
}

// kinds are events in a word or two. One that is not here is called as its type is.
var kinds = map[statement.EventType]string{
	statement.EventRefusal:         "no",
	statement.EventAmendment:       "less",
	statement.EventOptOut:          "withdrawn",
	statement.EventSignal:          "privacy-signal",
	statement.EventRequestReceived: "request",
	statement.EventExpiry:          "expired",
	statement.EventAnnulment:       "corrected",
	statement.EventErasure:         "erased",
	statement.EventImport:          "imported",
}

// kind is what happened. A yes may come with a no.
func kind(rec *receipt.Receipt) string {
	if rec.Event.Type == statement.EventOptIn {
		changes, _ := receipt.Decode[statement.Change](rec.Changes) // those that can be read
		var said []string
		for _, answer := range []struct {
			to   statement.State
			word string
		}{{statement.Given, "yes"}, {statement.Refused, "no"}} {
			for _, c := range changes {
				if c.To == answer.to {
					said = append(said, answer.word)
					break
				}
			}
		}
		if len(said) > 0 {
			return strings.Join(said, "-and-")
		}
	}
	if word, ok := kinds[rec.Event.Type]; ok {
		return word
	}
	return slug(string(rec.Event.Type))
}

// slug writes a name in small ASCII letters and digits, with hyphens for all else. Accents
// are left out.
func slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
