package exchange

import (
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

type obConsent struct {
	Data obData   `json:"Data"`
	Risk struct{} `json:"Risk"`
}

type obData struct {
	ID          string   `json:"ConsentId"`
	Created     string   `json:"CreationDateTime"`
	Status      string   `json:"Status"`
	Updated     string   `json:"StatusUpdateDateTime"`
	Permissions []string `json:"Permissions"`
	Expires     string   `json:"ExpirationDateTime"`
	From        string   `json:"TransactionFromDateTime"`
	To          string   `json:"TransactionToDateTime"`
}

var ukob = &scheme{"UK Open Banking", func(m consent.Mapping) string { return m.UKOB }, func(k clusters) []string { return k.UKOB }}

// exportUKOB writes an account access consent as its GET gives it, with the status RJCT if
// the person refused it, CANC if it was ended and EXPD if it ran out.
func exportUKOB(rec *receipt.Receipt, cat *catalogue.Catalogue, consentID string) (*Document, error) {
	c, err := ukob.choose(rec, cat, consentID)
	if err != nil {
		return nil, err
	}
	permissions, err := c.clusters()
	switch {
	case err != nil:
		return nil, err
	case c.record.Access.Kind == statement.OneTime:
		return nil, fmt.Errorf("%w: UK Open Banking cannot limit a consent to one access", ErrInexpressible)
	}
	from, start, end := c.span(c.granted())
	body := obConsent{Data: obData{
		ID: c.record.RecordID, Created: start.Format(time.RFC3339), Status: c.status,
		Updated: c.latest().EventTime.UTC().Format(time.RFC3339), Permissions: permissions, Expires: end.Format(time.RFC3339),
		From: from.Format(time.RFC3339), To: end.Format(time.RFC3339),
	}}
	return document(c.reading, "uk-ob", "/account-access-consents/"+c.record.RecordID, body, c.rules(slices.Concat(c.byRecord("/Data/ConsentId"), ukobRules)...))
}

const notOfOB = "an account access consent has no field for it"

var ukobRules = append([]Rule{
	carried("{record}/record_id", "/Data/ConsentId"),
	approximated("{change}/consent_id", "/Data/ConsentId", "as the record's id"),
	approximated("{change}/to", "/Data/Status", "its own word for the state"),
	carried("{record}/events/0/event_time", "/Data/CreationDateTime"),
	carried("{latest}/event_time", "/Data/StatusUpdateDateTime"),
	carried("{latest}/validity_duration", "/Data/ExpirationDateTime"),
	dropped("{record}/events/*/validity_duration", latestEnd),
	approximated("{record}/access/kind", "/Data/ExpirationDateTime", "a consent there recurs until it expires"),
	approximated("{record}/access/lookback", "/Data/TransactionFromDateTime", "from the grant back, once; ours moves with each access"),
	approximated("{record}/purposes/0/pii_information/*/pii_type", "/Data/Permissions", "the fewest permissions that hold it; they may hold more"),
	dropped("{record}/resources/**", "the accounts are chosen at the bank, and stand beside the consent there"),
	dropped("{record}/access/every", "how often is bounded by rules there, not by the consent"),
	dropped("{record}/purposes/0/recipient_third_parties/*", "the recipient is who holds the access token"),
}, receiptRules(notOfOB)...)
