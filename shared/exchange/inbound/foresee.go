package inbound

import (
	"cmp"
	"slices"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Claim states that the source's own records claim the consent, unless the record says
// itself how the person was known. It leaves a record alone that says that the person never
// said it: one that attests an implied or an uninformed consent.
func (r *Record) Claim() {
	if r.Claimed == nil && r.Attests != statement.AttestedImplied && r.Attests != statement.AttestedUninformed {
		r.Attests = statement.AttestedClaimed
	}
}

// level is the level of evidence that package intake will find in the record's envelope.
func (r *Record) level() statement.EvidenceLevel {
	if r.Claimed == nil && r.Attests != statement.AttestedClaimed {
		return statement.EvidenceNone
	}
	return statement.EvidenceClaimed
}

// Weak lists the yeses of the record whose evidence is weaker than their purposes want.
// Nothing becomes of them: a yes that nobody can show is no word of the person.
func (r *Record) Weak(cat *catalogue.Catalogue) (weak []consent.Choice) {
	for _, c := range r.Choices {
		purpose, known := cat.Purposes[c.Purpose]
		if known && c.Answer == "yes" && !r.level().Meets(purpose.MinimumEvidence.OptIn) {
			weak = append(weak, c)
		}
	}
	return weak
}

// EndsLate reports whether a yes of the record ends later than its purpose allows. An import
// cuts such an end, with a note.
func (r *Record) EndsLate(cat *catalogue.Catalogue) bool {
	return slices.ContainsFunc(r.Choices, func(c consent.Choice) bool {
		purpose, known := cat.Purposes[c.Purpose]
		return known && consent.EndsLate(c.Until, purpose.Valid.AddTo(r.Time), cat)
	})
}

// Foreseen is what would become of one choice.
type Foreseen struct {
	Purpose, Recipient string
	State              statement.State // the state after the import; none if nobody knows the purpose
	Until              time.Time       // the end of a yes that counts
	Cut                bool            // the record's own end is later
}

// Foresee says what importing the record would come to at a moment, for somebody
// of whom nothing else is known; of a record that states no consent nothing comes. Its errors
// are the refusals of package consent.
func (r *Record) Foresee(source, digest string, cat *catalogue.Catalogue, now time.Time) ([]Foreseen, error) {
	if len(r.Choices) == 0 {
		return nil, nil
	}
	event, err := consent.Decide(statement.Standing{}, consent.Import{Language: r.Language, Choices: r.Choices},
		consent.Context{
			Actor: statement.Actor{Role: statement.RoleSubject}, OccurredAt: r.Time,
			Evidence: statement.Evidence{
				Level: r.level(), Producer: source, Claimed: r.Claimed,
				Copied: &statement.Copied{System: source, Record: r.ID, Attests: cmp.Or(r.Attests, statement.AttestedClaimed)},
			},
		},
		consent.World{
			Now: now.UTC().Truncate(time.Second), Current: digest, Catalogues: map[string]*catalogue.Catalogue{digest: cat},
			NewID: func() string { return "" },
		})
	if err != nil || event == nil {
		return nil, err
	}
	var out []Foreseen
	for _, c := range event.Changes {
		f := Foreseen{Purpose: c.Purpose, Recipient: c.Recipient, State: c.To}
		if c.Added.Until != nil {
			f.Until = *c.Added.Until
			f.Cut = slices.ContainsFunc(r.Choices, func(choice consent.Choice) bool {
				return choice.Purpose == c.Purpose && (choice.Recipient == "" || choice.Recipient == c.Recipient) && consent.EndsLate(choice.Until, f.Until, cat)
			})
		}
		out = append(out, f)
	}
	return out, nil
}
