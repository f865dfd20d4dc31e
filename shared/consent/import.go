package consent

import (
	"fmt"

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
// Context.Evidence.Copied is set.
type Import struct {
	Language string   `json:"language,omitempty"`
	Choices  []Choice `json:"choices"`
}

// Operation implements Command.
func (Import) Operation() string { return "import" }

func (d *decision) importRecord(cmd Import) error {
	switch c := d.c.Evidence.Copied; {
	case c == nil || c.System == "" || c.Record == "":
		return fmt.Errorf("%w: an import names the system and the record that it was copied from", ErrInvalid)
	case len(cmd.Choices) == 0:
		return fmt.Errorf("%w: no choices", ErrInvalid)
	case len(cmd.Choices) > MaxChoices:
		return fmt.Errorf("%w: %d choices, at most %d", ErrCap, len(cmd.Choices), MaxChoices)
	}
	offer := NewOffer(d.after, d.current, d.w.Current, nil, cmd.Language)
	d.language = offer.Language
	seen := map[[2]string]bool{}
	for i, choice := range cmd.Choices {
		key := [2]string{choice.Purpose, choice.Recipient}
		if seen[key] {
			return fmt.Errorf("%w: choice %d: %s for %s is answered twice", ErrInvalid, i+1, clip(key[0]), clip(key[1]))
		}
		seen[key] = true
		var err error
		switch choice.Answer {
		case "no":
			err = d.importNo(choice)
		case "yes":
			err = d.importYes(choice, &offer)
		default:
			err = fmt.Errorf("%w: answer must be yes or no", ErrInvalid)
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
	if !ValidID(choice.Purpose) || (choice.Recipient != "" && !ValidID(choice.Recipient)) {
		return fmt.Errorf("%w: an id must match %s", ErrInvalid, idPattern)
	}
	if choice.Recipient == "" {
		d.endPurpose(choice.Purpose, "")
		return nil
	}
	known := d.after.Line(choice.Purpose, choice.Recipient) != nil
	for _, r := range d.current.Purposes[choice.Purpose].Recipients {
		known = known || r == choice.Recipient
	}
	if !known {
		d.event.Changes = append(d.event.Changes, statement.Change{
			Purpose: choice.Purpose, Recipient: choice.Recipient, From: statement.None, To: statement.None,
		})
		return nil
	}
	d.end(choice.Purpose, choice.Recipient, "")
	return nil
}

func (d *decision) importYes(choice Choice, offer *Offer) error {
	if d.c.OccurredAt.After(d.w.Now.Add(MaxSkew)) {
		return fmt.Errorf("%w: a copied yes", ErrFuture)
	}
	item, err := offer.item(choice)
	if err != nil {
		return err
	}
	when := earliest(d.occurred, d.c.QueuedAt.UTC())
	if d.outdated(item, when) {
		return nil
	}
	wants := d.current.Purposes[item.Purpose].MinimumEvidence.OptIn
	if d.c.Evidence.Level.Meets(wants) {
		_, err := d.give(item, choice, d.current, offer, when)
		return err
	}
	if d.after.Line(item.Purpose, item.Recipient) == nil && len(d.after.Lines) < MaxLines {
		d.end(item.Purpose, item.Recipient, "")
		d.note(denied(item.Purpose, d.c.Evidence.Level, wants))
	}
	return nil
}

func denied(purpose string, level, wants statement.EvidenceLevel) string {
	return fmt.Sprintf("the yes to %s that was copied is denied: its evidence is %s, the purpose wants %s", purpose, level, wants)
}
