package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/ledger"
)

var (
	id      = strings.Repeat("aZ0-_", 8) + "abc"
	request = "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c11"
)

// TestSubject: each kind has a form of its own, which reads back as it, and no other is
// read.
func TestSubject(t *testing.T) {
	person, contact, audit, day := ledger.Person(id), ledger.Contact(id), ledger.Audit(id), ledger.Day(id)
	work, theirs := ledger.Case(person, request), ledger.Case(contact, request)
	for subject, want := range map[ledger.Subject]struct {
		kind ledger.Kind
		id   string
		form string
	}{
		person:  {ledger.KindPerson, id, "subject#" + id},
		contact: {ledger.KindContact, id, "contact#" + id},
		audit:   {ledger.KindAudit, id, "audit#" + id},
		day:     {ledger.KindDay, id, "day#" + id},
		work:    {ledger.KindCase, id + "/" + request, "case#" + id + "/" + request},
		theirs:  {ledger.KindCase, "~" + id + "/" + request, "case#~" + id + "/" + request},
	} {
		got, err := ledger.ParseSubject(want.form)
		if err != nil || got != subject || subject.String() != want.form || subject.Kind() != want.kind || subject.ID() != want.id || subject.Validate() != nil {
			t.Errorf("%s: %s (%v), want %s", subject, got, err, want.form)
		}
	}
	for of, work := range map[ledger.Subject]ledger.Subject{person: work, contact: theirs} {
		if whom, asked := work.Asked(); whom != of || asked != request || work.Shard() != of.Shard() || work.Pseudonym() != "" || work.Whom() != "" {
			t.Errorf("the case is of %s and %s, in shard %d", whom, asked, work.Shard())
		}
	}
	if whom, asked := person.Asked(); whom != (ledger.Subject{}) || asked != "" {
		t.Errorf("the ledger of a person is of the case %s %s", whom, asked)
	}
	all := []ledger.Subject{person, day, contact, work, audit}
	slices.SortFunc(all, ledger.Subject.Compare)
	if want := []ledger.Subject{audit, work, contact, day, person}; !slices.Equal(all, want) {
		t.Errorf("in order: %v, want %v", all, want)
	}
	for _, form := range []string{
		"", "#", id, "#" + id, "subject#", "subject" + id, "subject##" + id, "subject#" + id + "#", "subject#" + id[1:], "subject#" + id + "a",
		"Subject#" + id, " subject#" + id, "subjec#" + id, "case#" + id, "document#" + id, "audit#subject#" + id, "case#" + id + "/", "case#" + id + "/" + strings.ToUpper(request), "subject#" + id + "/" + request, "case#/" + request, "audit/" + id, "day#" + id[1:] + "\n",
	} {
		if got, err := ledger.ParseSubject(form); !errors.Is(err, ledger.ErrInvalid) || got != (ledger.Subject{}) {
			t.Errorf("%q: %s, %v", form, got, err)
		}
	}
}

// TestNoSubject: what is no id names no ledger, of whatever kind.
func TestNoSubject(t *testing.T) {
	for _, wrong := range []string{"", "a", id[1:], id + "a", id[1:] + "=", "#" + id[1:], "/" + id[1:], "\n" + id[1:], "subject#" + id[8:], "subject#" + id} {
		for _, subject := range []ledger.Subject{
			ledger.Person(wrong), ledger.Contact(wrong), ledger.Audit(wrong), ledger.Day(wrong), ledger.Case(ledger.Person(wrong), request), ledger.Case(ledger.Person(id), wrong),
		} {
			if subject != (ledger.Subject{}) || !errors.Is(subject.Validate(), ledger.ErrInvalid) || !errors.Is(ledger.CheckID(wrong), ledger.ErrInvalid) {
				t.Errorf("%q is %s", wrong, subject)
			}
		}
	}
}

// TestWhom: a person and a contact have a name each in paths, which reads back as it; ledgers
// without receipts have none.
func TestWhom(t *testing.T) {
	for subject, want := range map[ledger.Subject]string{ledger.Person(id): id, ledger.Contact(id): "~" + id} {
		got, err := ledger.ParseWhom(want)
		if err != nil || got != subject || subject.Whom() != want || subject.Pseudonym() != id {
			t.Errorf("%s: %s, %q (%v)", want, got, subject.Whom(), err)
		}
	}
	for _, wrong := range []string{"", "~", "~~" + id, id + "~", "~" + id[1:], "%7E" + id, "contact#" + id, "~" + id[1:] + "~"} {
		if got, err := ledger.ParseWhom(wrong); !errors.Is(err, ledger.ErrInvalid) || got != (ledger.Subject{}) {
			t.Errorf("%q: %s, %v", wrong, got, err)
		}
	}
	for _, subject := range []ledger.Subject{ledger.Audit(id), ledger.Day(id), {}} {
		if subject.Whom() != "" || subject.Pseudonym() != "" {
			t.Errorf("%s has a name: %q", subject, subject.Whom())
		}
	}
}

// FuzzParseSubject: whatever is read is valid, and has one form.
func FuzzParseSubject(f *testing.F) {
	for _, form := range []string{"subject#" + id, "contact#" + id, "audit#" + id, "day#" + id, "case#" + id + "/" + request, "case#~" + id + "/" + request, "subject##" + id, ""} {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, form string) {
		subject, err := ledger.ParseSubject(form)
		if err == nil && (subject.String() != form || subject.Validate() != nil) || err != nil && subject != (ledger.Subject{}) {
			t.Errorf("%q: %s, %v", form, subject, err)
		}
	})
}
