// Package mail says what an address of e-mail is, and what is sent to one.
package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Message is a mail in plain text.
type Message struct {
	To            Address
	Subject, Text string
}

// Send hands a mail to whoever delivers it. After an error it may have been sent or not.
type Send func(context.Context, Message) error

// Address is an address as [Parse] returns it.
type Address string

// ErrAddress: mails cannot be sent to this. The error does not repeat it.
var ErrAddress = errors.New("not an address of e-mail")

// maxAddress is the length of the longest address, in bytes (RFC 5321, 4.5.3.1.3).
const maxAddress = 254

// Parse reads an address as a person types it: local-part@domain (RFC 5322, 3.4.1), without a
// name, comments, quotes or an IP address, with a local part in ASCII. The domain comes back in
// lower case and in ASCII (UTS #46, IDNA2008 lookup); the local part stays as it is, because
// only the domain's owner knows what its letters mean (RFC 5321, 2.4). Blanks around the address
// do not count.
func Parse(text string) (Address, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxAddress || !utf8.ValidString(text) {
		return "", fmt.Errorf("%w: it is over %d bytes, or not text", ErrAddress, maxAddress)
	}
	at := strings.LastIndexByte(text, '@')
	if at < 1 {
		return "", fmt.Errorf("%w: it has no @ between two parts", ErrAddress)
	}
	local := text[:at]
	if strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) {
		return "", fmt.Errorf("%w: before the @ are only letters, digits and signs of ASCII", ErrAddress)
	}
	domain, err := idna.Lookup.ToASCII(text[at+1:])
	if err != nil || !strings.Contains(domain, ".") {
		return "", fmt.Errorf("%w: after the @ is no domain", ErrAddress)
	}
	whole := local + "@" + domain
	parsed, err := netmail.ParseAddress(whole)
	if err != nil || parsed.Name != "" || parsed.Address != whole || len(whole) > maxAddress {
		return "", fmt.Errorf("%w: its form is not local-part@domain", ErrAddress)
	}
	return Address(whole), nil
}

// Mailbox is the address in lower case and without what follows a plus in the local part. Of
// addresses that most providers deliver into one mailbox it makes one, so that it can be counted
// how many mails that mailbox gets.
func (a Address) Mailbox() string {
	local, domain, _ := strings.Cut(strings.ToLower(string(a)), "@")
	if plain, _, ok := strings.Cut(local, "+"); ok && plain != "" {
		local = plain
	}
	return local + "@" + domain
}
