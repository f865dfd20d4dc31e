package consent

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Import copies a record of an earlier system into a ledger. Its receipt attests the record,
// not the act: nobody here witnessed the person's statement. So an import is weaker than an
// opt-in event in one way, and stronger in none:
//
//   - A no always counts, from the moment it is recorded here.
//   - A yes counts like that of an opt-in event: only if it is later than the latest
//     decision on its line, and until its terms have run out.
//   - A yes with weaker evidence than the purpose requires changes nothing: it is no word of
//     the person, neither a yes nor a no. The same yes with better evidence counts later.
//   - A yes whose end is later than the purpose allows ends when the purpose allows, and a
//     note says so.
//
// Context.Evidence.Copied is set. It states what the record attests of how the person
// expressed the consent; the consent keeps this, and no later change strengthens it.
type Import struct {
	Language string   `json:"language,omitempty"`
	Choices  []Choice `json:"choices"`
}

func (Import) Operation() string { return "import" }

func (cmd Import) apply(d *decision) error {
	c := d.c.Evidence.Copied
	if c == nil || c.System == "" || c.Record == "" {
		return fmt.Errorf("%w: an import names the system and the record that it was copied from", ErrInvalid)
	}
	if c.Attests == "" || consentTypes[c.Attests] == "" {
		return fmt.Errorf("%w: an import must state how the consent was expressed, as the record attests", ErrInvalid)
	}
	d.attests = c.Attests
	if err := checkChoices(cmd.Choices); err != nil {
		return err
	}
	offer := NewOffer(d.after, d.current, d.w.Current, nil, cmd.Language)
	d.language = offer.Language
	answered := lines{}
	for i, choice := range cmd.Choices {
		err := answered.add(statement.LineKey{Purpose: choice.Purpose, Recipient: choice.Recipient})
		switch {
		case err != nil:
		case choice.Answer == "no":
			err = d.importNo(choice)
		default:
			err = d.importYes(choice, &offer)
		}
		if err != nil {
			return fmt.Errorf("choice %d: %w", i+1, err)
		}
	}
	if len(d.event.Changes) > 0 {
		d.event.Type = statement.EventImport
	}
	return nil
}

// importNo says no to one recipient, or to all of a purpose. As with an opt-out, an unknown
// purpose appears in the changes only.
func (d *decision) importNo(choice Choice) error {
	if err := checkIDs(choice.Purpose, cmp.Or(choice.Recipient, choice.Purpose)); err != nil {
		return err
	}
	switch {
	case choice.Recipient == "":
		d.endPurpose(choice.Purpose, "")
	case slices.Contains(d.recipients(choice.Purpose), choice.Recipient):
		d.end(choice.Purpose, choice.Recipient, "")
	default:
		d.unknown(statement.Change{Purpose: choice.Purpose, Recipient: choice.Recipient})
	}
	return nil
}

func (d *decision) importYes(choice Choice, offer *Offer) error {
	when, err := d.happened()
	if err != nil {
		return err
	}
	item, err := offer.item(choice)
	if err != nil || d.outdated(item, when) {
		return err
	}
	if !d.c.Evidence.Level.Meets(d.current.Purposes[item.Purpose].MinimumEvidence.OptIn) {
		return nil
	}
	late := EndsLate(choice.Until, item.Valid.AddTo(when), d.current)
	if late {
		choice.Until = ""
	}
	if err := d.give(item, choice, &asked{offer: offer, cat: d.current, when: when}); err != nil {
		return err
	}
	if late && d.yes[statement.LineKey{Purpose: item.Purpose, Recipient: item.Recipient}] {
		d.note(statement.RoleSystem, "the copied yes to "+item.Purpose+" ends later than the catalogue allows; it was cut to the latest end that the catalogue allows")
	}
	return nil
}

// EndsLate reports whether an end, in the form of Choice.Until, is later than the limit.
func EndsLate(until string, limit time.Time, cat *catalogue.Catalogue) bool {
	_, err := chooseUntil(until, limit, cat, ErrNotOffered)
	return errors.Is(err, ErrNotOffered)
}
