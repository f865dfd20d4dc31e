package mail_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/mail"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"alex@example.com":             "alex@example.com",
		" Alex.Rivera+x@EXAMPLE.com\n": "Alex.Rivera+x@example.com",
		"a@bücher.example":             "a@xn--bcher-kva.example",
		"a@BU\u0308CHER.example":       "a@xn--bcher-kva.example", // the same in another normal form
		"o'brien!#$%&*/=?^_`{|}~-@a.b": "o'brien!#$%&*/=?^_`{|}~-@a.b",
	} {
		if got, err := mail.Parse(text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// TestRefused: no address brings a further header, recipient or name into a mail, and no error
// repeats what was typed.
func TestRefused(t *testing.T) {
	for _, text := range []string{
		"", "@", "alex", "alex@", "@example.com", "alex@localhost", "alex@[192.0.2.1]", "alex@192.0.2.1.", "alex@-a.example", "alex@a..example",
		"Alex <alex@example.com>", "<alex@example.com>", "alex@example.com, eve@example.com", "alex(x)@example.com", `"alex"@example.com`, "a b@example.com",
		"alex@example.com\r\nBcc: eve@example.com", "alex\r\nBcc: eve@a.example@example.com", "alex\n@example.com", "alex@exa\x00mple.com", "alex@exa\u2028mple.com",
		"al\u00e9x@example.com", ".alex@example.com", "alex.@example.com", "a..b@example.com", strings.Repeat("a", 250) + "@a.example", "alex@a_b.example", "alex@exa%mple.com",
	} {
		got, err := mail.Parse(text)
		if !errors.Is(err, mail.ErrAddress) || got != "" {
			t.Errorf("%q: %q, %v", text, got, err)
		} else if strings.Contains(err.Error(), "alex") {
			t.Errorf("the error repeats it: %v", err)
		}
	}
}

// TestMailbox: spellings of one mailbox are counted as one.
func TestMailbox(t *testing.T) {
	for text, want := range map[string]string{"Alex@Example.com": "alex@example.com", "alex+1@example.com": "alex@example.com", "+x@example.com": "+x@example.com"} {
		if a, err := mail.Parse(text); err != nil || a.Mailbox() != want {
			t.Errorf("%s: %s, %v", text, a.Mailbox(), err)
		}
	}
}

// FuzzParse: what is accepted is one line, is read again as the same, and names one mailbox.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"alex@example.com", "a@bücher.example", "alex@example.com\r\nBcc: eve@example.com", `"a"@b.example`, "0@\xd8.0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := mail.Parse(text)
		if err != nil {
			return
		}
		again, err := mail.Parse(string(a))
		if err != nil || again != a || len(a) > 254 || strings.ContainsFunc(string(a), func(r rune) bool { return r <= ' ' || r > '~' }) || strings.Count(string(a), "@") != 1 {
			t.Errorf("%q: %q, %q, %v", text, a, again, err)
		}
	})
}
