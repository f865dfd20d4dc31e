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

// maxSlug is the maximum length of the controller's name in a file name, in characters.
const maxSlug = 40

// FileName returns the name of a receipt's file, without an extension:
// first-example-bank-2026-11-28-yes-receipt-2. It states in ASCII the issuer, the day in UTC,
// the event as far as the receipt discloses it, and the receipt's number.
func FileName(rec *receipt.Receipt) string {
	name := ""
	if rec.Controller != nil {
		name = rec.Controller.Name
	}
	return fmt.Sprintf("%s-%s-%s-receipt-%d", issuer(name, rec.Issuer), rec.Time().UTC().Format(time.DateOnly), happenedIn(rec), rec.Seq)
}

// BundleName returns the file name of a bundle made at a moment, without an extension:
// first-example-bank-2026-11-28-consent-receipts, followed by the number of its first receipt
// if this is not 1.
func BundleName(cat *catalogue.Catalogue, at time.Time, from uint64) string {
	name := fmt.Sprintf("%s-%s-consent-receipts", issuer(cat.Parties[cat.Controller].Name, cat.Issuer), at.UTC().Format(time.DateOnly))
	if from > 1 {
		name += fmt.Sprintf("-from-%d", from)
	}
	return name
}

// issuer returns the controller's name in ASCII, or its address if ASCII has no similar
// letters.
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

// eventWords names event types in one or two words. Another event is named by its type.
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

// happenedIn names the event of a receipt. An opt-in may also contain a no, and an opt-out
// may have withdrawn nothing.
func happenedIn(rec *receipt.Receipt) string {
	changes, _ := receipt.Decode[statement.Change](rec.Changes) // changes that cannot be decoded are left out
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

// slug writes a name in lower-case ASCII letters and digits, with hyphens for all other
// characters. It drops accents.
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
