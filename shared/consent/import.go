package consent

import (
	"cmp"
	"fmt"
	"slices"

	"consent-receipts/shared/statement"
)

// Import copies into a ledger what an earlier system recorded. Its receipt
// attests the record, not the act: nobody here saw the person say it. So it is
// weaker than an opt-in event in one way and in no way stronger:
//
//   - A no counts, always, and from the moment it is recorded here.
//   - A yes counts like that of an opt-in event: only if it is later than the
//     latest word on its line, and until its terms have run out.
//   - A yes whose evidence is weaker than the purpose wants is denied: it is
//     recorded as a no, where nothing is known of the line yet and there is room
//     for one. It never ends a consent that is in force.
//
// Context.Evidence.Copied is set, and says what the record attests of how the person said
// it. The consent carries that; nothing that follows makes it more.
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
		return fmt.Errorf("%w: an import states what the record attests of how the person said it", ErrInvalid)
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

// importNo says no, to one recipient or to all of a purpose. What nobody knows
// leaves a trace in the changes only, as with an opt-out.
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
	wants := d.current.Purposes[item.Purpose].MinimumEvidence.OptIn
	if d.c.Evidence.Level.Meets(wants) {
		return d.give(item, choice, &asked{offer: offer, cat: d.current, when: when})
	}
	if d.after.Line(item.Purpose, item.Recipient) == nil && len(d.after.Lines) < MaxLines {
		d.end(item.Purpose, item.Recipient, "")
		d.note(statement.RoleSystem, denied(item.Purpose, d.c.Evidence.Level, wants))
	}
	return nil
}

func denied(purpose string, level, wants statement.EvidenceLevel) string {
	return fmt.Sprintf("the yes to %s that was copied is denied: its evidence is %s, the purpose wants %s", purpose, level, wants)
}
