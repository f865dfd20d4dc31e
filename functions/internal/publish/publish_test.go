package publish_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
)

// TestStory: every receipt of a story is published, as its schema says, without
// what anybody wrote.
func TestStory(t *testing.T) {
	d := newDesk(t)
	changes := appended(d.Tell(t, alex))
	for i, err := range d.Publish(t.Context(), changes) {
		if err != nil {
			t.Fatalf("receipt %d: %v", i+1, err)
		}
	}
	var told []string
	for _, p := range d.Desk.Bus.Read(t) {
		if p.Subject != alex {
			t.Errorf("of %s", p.Subject)
		}
		line := fmt.Sprint(p.Data.Seq, " ", p.Data.Event)
		for _, c := range p.Data.Changes {
			line += fmt.Sprintf("; %s for %s: %s to %s", c.Purpose, c.Recipient, c.From, c.To)
		}
		told = append(told, line)
	}
	want := []string{
		"1 opt-in; account-alerts for parley: none to given; service-improvement for bank: none to given; card-offers for parley: none to refused",
		"2 opt-out; service-improvement for bank: given to withdrawn",
		"3 request-received",
		"4 opt-out; account-alerts for parley: given to withdrawn",
		"5 erasure",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	if want := `"Outcome":"published","Receipts":5`; !strings.Contains(d.out.String(), want) {
		t.Errorf("metrics: %s", d.out.String())
	}
	again := slices.Clone(d.Desk.Bus.Taken)
	d.Desk.Bus.Taken = nil
	if d.Publish(t.Context(), changes); !slices.Equal(d.Desk.Bus.Taken, again) {
		t.Error("the second time the events are others")
	}
}

// TestChanges: which changes are published, which are not, and which are refused.
func TestChanges(t *testing.T) {
	d, stranger := newDesk(t), newDesk(t)
	genuine, forged := appended(d.Tell(t, alex))[0], stranger.Tell(t, alex)[0]
	for _, c := range []struct {
		name   string
		change func(*ledger.Change)
		want   string
	}{
		{"an entry", func(*ledger.Change) {}, "published"},
		{"a record of the staff's about a person", func(c *ledger.Change) { c.Subject = ledger.Audit(alex) }, "nothing"},
		{"a receipt of somebody without an account", func(c *ledger.Change) {
			c.Subject = ledger.Contact(alex)
			c.Entry.Subject = c.Subject
		}, "told the contact"},
		{"a record of a case", func(c *ledger.Change) {
			c.Subject = ledger.Case(ledger.Person(alex), "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c11")
		}, "nothing"},
		{"a record of a day", func(c *ledger.Change) { c.Subject = ledger.Day(alex) }, "nothing"},
		{"an entry that is removed", func(c *ledger.Change) { c.What, c.Entry = ledger.Removed, ledger.Entry{} }, "nothing"},
		{"an entry that is changed", func(c *ledger.Change) { c.What, c.Entry = ledger.Replaced, ledger.Entry{} }, "nothing"},
		{"another person's", func(c *ledger.Change) { c.Entry.Subject = ledger.Person(strings.Repeat("x", 43)) }, "refused"},
		{"in another slot", func(c *ledger.Change) { c.Entry.Seq = 2 }, "refused"},
		{"signed under another root", func(c *ledger.Change) { c.Entry.Receipt = forged.Receipt }, "refused"},
		{"one that cannot be read", func(c *ledger.Change) { c.Err, c.Entry = ledger.ErrCorrupt, ledger.Entry{} }, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.Desk.Bus.Taken, d.contacts.Taken = nil, nil
			changed := genuine
			c.change(&changed)
			err := d.Publish(t.Context(), []ledger.Change{changed})[0]
			got := map[bool]string{true: "published", false: "nothing"}[len(d.Desk.Bus.Taken) == 1]
			if len(d.contacts.Taken) == 1 && strings.Contains(d.contacts.Taken[0], `"subject":"~`+alex) {
				got += " but told the contact"
			}
			got = strings.TrimPrefix(got, "nothing but ")
			if errors.Is(err, published.ErrRefused) {
				got = "refused"
			} else if err != nil {
				t.Error(err)
			}
			if got != c.want {
				t.Errorf("%s, want %s\n%s", got, c.want, d.log.String())
			}
		})
	}
	for line, want := range map[string]int{alarm.Changed: 1, alarm.Refused: 4} { // a changed entry, and each that was refused
		if n := strings.Count(d.log.String(), `"msg":"`+line+`"`); n != want {
			t.Errorf("%q was logged %d times, want %d:\n%s", line, n, want, d.log.String())
		}
	}
}

// TestFailures: the publisher names each change that failed, and the good changes are on the
// bus.
func TestFailures(t *testing.T) {
	d := newDesk(t)
	changes := appended(d.Tell(t, alex))
	changes[3].Entry.Receipt = "poison"
	d.Desk.Bus.Refuse = func(event string) bool { return strings.Contains(event, `"seq":2,`) }
	for i, err := range d.Publish(t.Context(), changes) {
		if (err != nil) != (i == 1 || i == 3) || errors.Is(err, published.ErrRefused) != (i == 3) {
			t.Errorf("receipt %d: %v", i+1, err)
		}
	}
	var seqs []uint64
	for _, p := range d.Desk.Bus.Read(t) {
		seqs = append(seqs, p.Data.Seq)
	}
	if !slices.Equal(seqs, []uint64{1, 3, 5}) {
		t.Errorf("published %v", seqs)
	}
	for _, want := range []string{`"Outcome":"published","Receipts":3`, `"Outcome":"failed","Receipts":2`} {
		if !strings.Contains(d.out.String(), want) {
			t.Errorf("metrics: %s, want %s", d.out.String(), want)
		}
	}
}
