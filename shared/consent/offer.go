package consent

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
)

// OfferValidity is the time in which an offer may be answered.
const OfferValidity = 30 * time.Minute

// Offer is an offer to one person: purposes and their terms, nothing pre-ticked, in one
// language, with the number of the newest entry when it was made.
type Offer struct {
	ID        string      `json:"jti"` // UUIDv4; the idempotency key of its answer
	Subject   string      `json:"sub"`
	Expires   int64       `json:"exp"` // when it can no longer be answered, in seconds since 1970 (RFC 7519, 4.1.4)
	Seq       uint64      `json:"seq"`
	Catalogue string      `json:"catalogue"`
	Language  string      `json:"language"`
	Notices   []string    `json:"notices"` // digests of the texts shown
	Items     []OfferItem `json:"items"`
}

// OfferItem is one question: may this recipient use these data for this purpose?
type OfferItem struct {
	Purpose   string                `json:"purpose"`
	Recipient string                `json:"recipient"`
	Data      []string              `json:"data"` // sorted
	Access    statement.AccessTerms `json:"access"`
	Valid     period.Period         `json:"valid"`
	Retention statement.Retention   `json:"retention"`
}

// NewOffer offers the given purposes of a catalogue, or all if purposes is nil, in the best
// language available. It leaves out unknown purposes. Whoever signs the offer gives it its id,
// its person and its end.
func NewOffer(s statement.Standing, cat *catalogue.Catalogue, digest string, purposes []string, language string) Offer {
	o := Offer{Seq: s.Seq, Catalogue: digest, Language: cat.Language(language), Notices: []string{}, Items: []OfferItem{}}
	for _, id := range slices.Sorted(maps.Keys(cat.Purposes)) {
		if purposes != nil && !slices.Contains(purposes, id) {
			continue
		}
		p := cat.Purposes[id]
		if n := cat.Notices[p.Notice][o.Language].Digest; !slices.Contains(o.Notices, n) {
			o.Notices = append(o.Notices, n)
		}
		for _, r := range p.Recipients {
			o.Items = append(o.Items, OfferItem{
				Purpose: id, Recipient: r, Data: slices.Sorted(maps.Keys(p.Data)),
				Access: p.Access, Valid: p.Valid, Retention: p.Retention,
			})
		}
	}
	return o
}

// item returns the item that a choice answers.
func (o *Offer) item(c Choice) (OfferItem, error) {
	var found []OfferItem
	for _, it := range o.Items {
		if it.Purpose == c.Purpose && (c.Recipient == "" || c.Recipient == it.Recipient) {
			found = append(found, it)
		}
	}
	switch len(found) {
	case 0:
		return OfferItem{}, fmt.Errorf("%w: purpose %q for recipient %q", ErrNotOffered, clip(c.Purpose), clip(c.Recipient))
	case 1:
		return found[0], nil
	}
	return OfferItem{}, fmt.Errorf("%w: purpose %q has %d recipients; name one", ErrInvalid, clip(c.Purpose), len(found))
}
