package registrar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
)

// OfferType is the `typ` of an offer.
const OfferType = "consent-offer+jwt"

// maxOffer is the maximum size of an offer token, in bytes.
const maxOffer = 64 << 10

// ErrOfferInvalid: the token is no offer of ours to this person. The answer to another
// person's offer is the same.
var ErrOfferInvalid = errors.New("not an offer for this person")

// offerToken is the payload of an offer: a JWT (RFC 7519) bound to one person.
type offerToken struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	IssuedAt int64  `json:"iat"`
	consent.Offer
}

func (r *Registrar) audience() string { return r.Catalogue.Issuer() + "/v1/opt-in" }

// Offer makes a signed offer of the given purposes, bound to the person and to their current
// standing. Without purposes it offers all that the controller may ask about now
// (consent.Askable).
func (r *Registrar) Offer(ctx context.Context, subject ledger.Subject, purposes []string, language string, gpc bool) (token string, offer consent.Offer, expires time.Time, err error) {
	standing, err := r.Standing(ctx, subject)
	if err != nil {
		return "", offer, expires, err
	}
	id, err := uuid.NewRandomFromReader(r.Rand)
	if err != nil {
		return "", offer, expires, err
	}
	cat, digest := r.Catalogue.Current()
	now := r.Clock()
	if len(purposes) == 0 {
		purposes = consent.Askable(&standing, cat, now, gpc)
	}
	offer = consent.NewOffer(standing, cat, digest, purposes, language)
	expires = now.Add(consent.OfferValidity)
	offer.ID, offer.Subject, offer.Expires = id.String(), subject.Pseudonym(), expires.Unix()
	payload, err := json.Marshal(offerToken{
		Issuer: cat.Issuer, Audience: r.audience(), IssuedAt: now.Unix(), Offer: offer,
	})
	if err != nil {
		return "", offer, expires, err
	}
	token, err = r.Signer.Sign(ctx, OfferType, payload, now)
	return token, offer, expires, err
}

// ParseOffer verifies an offer token for this person, and returns the offer. The offer may have
// expired: [consent.Decide] refuses its answer then, but an answer that was recorded in time
// still brings its receipt when it is sent again.
func (r *Registrar) ParseOffer(subject ledger.Subject, token string) (*consent.Offer, error) {
	payload, err := r.Verifier.VerifyToken(OfferType, r.Catalogue.Issuer(), token, maxOffer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOfferInvalid, err)
	}
	if err := events.Check("offer/1", payload); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOfferInvalid, err)
	}
	var t offerToken
	if err := json.Unmarshal([]byte(payload.Raw()), &t); err != nil || t.Audience != r.audience() || t.Subject != subject.Pseudonym() {
		return nil, ErrOfferInvalid
	}
	return &t.Offer, nil
}
