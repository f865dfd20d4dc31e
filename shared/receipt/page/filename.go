package page

import (
	"fmt"
	"net/url"
	"slices"
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
// day in UTC, what happened as far as the receipt discloses it, and its number.
func FileName(rec *receipt.Receipt) string {
	name := ""
	if rec.Controller != nil {
		name = rec.Controller.Name
	}
	return fmt.Sprintf("%s-%s-%s-receipt-%d", issuer(name, rec.Issuer), rec.Time().UTC().Format(time.DateOnly), happenedIn(rec), rec.Seq)
}

// BundleName is what a bundle's file is called that was made at a moment, without an
// extension: first-example-bank-2026-11-28-consent-receipts, and the number that it begins
// with, if it is not the first.
func BundleName(cat *catalogue.Catalogue, at time.Time, from uint64) string {
	name := fmt.Sprintf("%s-%s-consent-receipts", issuer(cat.Parties[cat.Controller].Name, cat.Issuer), at.UTC().Format(time.DateOnly))
	if from > 1 {
		name += fmt.Sprintf("-from-%d", from)
	}
	return name
}

// issuer is the controller's name in ASCII; or its address, if the name has letters that
// ASCII has nothing like.
func issuer(name, address string) string {
	if name := slug(name); name != "" {
		return name
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return slug(u.Hostname())
}

// eventWords are events in a word or two. One that is not here is called as its type is.
var eventWords = map[statement.EventType]string{
	statement.EventRefusal:         "no",
	statement.EventAmendment:       "less",
	statement.EventSignal:          "privacy-signal",
	statement.EventRequestReceived: "request",
	statement.EventExpiry:          "expired",
	statement.EventAnnulment:       "corrected",
	statement.EventErasure:         "erased",
	statement.EventImport:          "imported",
}

// happenedIn is what happened. A yes may come with a no; and an opt-out may have found nothing
// to withdraw.
func happenedIn(rec *receipt.Receipt) string {
	changes, _ := receipt.Decode[statement.Change](rec.Changes) // those that can be read
	switch rec.Event.Type {
	case statement.EventOptOut:
		if slices.ContainsFunc(changes, func(c statement.Change) bool { return kindOf(c, rec.Event.Type) == statement.Withdrawn }) {
			return "withdrawn"
		}
		if len(changes) > 0 {
			return "no"
		}
	case statement.EventOptIn:
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
	if word, ok := eventWords[rec.Event.Type]; ok {
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
