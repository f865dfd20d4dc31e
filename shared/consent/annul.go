package consent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// Annul corrects a mistake: the controller's staff states that a receipt should not have been
// issued. A consent that the receipt gave or widened, and that is still in force, ends as
// annulled. Annul gives nothing back: a mistaken no stays until the person says yes. A data
// request is withdrawn by a step instead.
type Annul struct {
	Seq    uint64  `json:"seq"`
	Digest string  `json:"digest"`
	Reason string  `json:"reason"` // to the person, plain text
	Of     Mistake `json:"-"`
}

// Mistake is the content of the receipt to annul, from its signed part.
type Mistake struct {
	Type    statement.EventType
	At      time.Time // its iat; the correction applies from then on
	Changes []statement.Change
}

func (Annul) Operation() string { return "annulment" }

func (cmd Annul) apply(d *decision) error {
	reason, err := keptText("reason", strings.TrimSpace(cmd.Reason))
	switch {
	case err != nil:
		return err
	case party(d.c.Actor.Role) == party(statement.RoleSubject):
		return fmt.Errorf("%w: only the controller annuls a receipt; a person opts out", ErrInvalid)
	case reason == "":
		return fmt.Errorf("%w: an annulment needs a reason", ErrInvalid)
	case slices.Contains([]statement.EventType{statement.EventAnnulment, statement.EventErasure}, cmd.Of.Type):
		return fmt.Errorf("%w: no %s can be annulled", ErrInvalid, cmd.Of.Type)
	case cmd.Of.Type.OfRequest():
		return fmt.Errorf("%w: a receipt about a data request is not annulled; the step %s ends one that is open", ErrInvalid, datarequest.Withdraw)
	}
	d.event.Type = statement.EventAnnulment
	d.event.Corrects = &statement.Correction{Seq: cmd.Seq, Digest: cmd.Digest, Why: reason, From: cmd.Of.At}
	for _, c := range cmd.Of.Changes {
		if c.To != statement.Given {
			continue
		}
		if l := d.after.Consent(c.ConsentID); l != nil && l.Kind == statement.KindConsent {
			d.endAs(statement.Annulled, l.Purpose, l.Recipient, "")
		}
	}
	return nil
}
