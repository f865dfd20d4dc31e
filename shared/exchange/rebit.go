package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/period"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// rebitVersion is the version of the Account Aggregator specification.
const rebitVersion = "1.1.2"

// rebitDetail is a ConsentDetail. Replaces is a member of ours: a ConsentDetail never changes,
// and the specification has no member by which a new one refers to the old.
type rebitDetail struct {
	Replaces  string         `json:"replacesConsentId,omitempty"`
	Start     string         `json:"consentStart"`
	Expiry    string         `json:"consentExpiry"`
	Mode      string         `json:"consentMode"`
	Fetch     string         `json:"fetchType"`
	Types     []string       `json:"consentTypes"`
	FITypes   []string       `json:"fiTypes"`
	Consumer  rebitParty     `json:"DataConsumer"`
	Provider  rebitParty     `json:"DataProvider"`
	Customer  rebitCustomer  `json:"Customer"`
	Accounts  []rebitAccount `json:"Accounts"`
	Purpose   rebitPurpose   `json:"Purpose"`
	Range     rebitRange     `json:"FIDataRange"`
	Life      rebitQuantity  `json:"DataLife"`
	Frequency rebitQuantity  `json:"Frequency"`
}

type rebitParty struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type rebitCustomer struct {
	ID string `json:"id"`
}

type rebitAccount struct {
	FIType string `json:"fiType"`
	FIP    string `json:"fipId"`
	Link   string `json:"linkRefNumber"`
	Masked string `json:"maskedAccNumber,omitempty"`
}

type rebitPurpose struct {
	Code     string        `json:"code"`
	Ref      string        `json:"refUri"`
	Text     string        `json:"text"`
	Category rebitCategory `json:"Category"`
}

type rebitCategory struct {
	Type string `json:"type"`
}

type rebitRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type rebitQuantity struct {
	Unit  string `json:"unit"`
	Value int    `json:"value"`
}

type rebitNotification struct {
	Version   string      `json:"ver"`
	Timestamp string      `json:"timestamp"`
	Txn       string      `json:"txnid"`
	Notifier  rebitParty  `json:"Notifier"`
	Status    rebitStatus `json:"ConsentStatusNotification"`
}

type rebitStatus struct {
	ID     string `json:"consentId"`
	Status string `json:"consentStatus"`
}

// rebitTypes are the types of financial information by our types of resources.
var rebitTypes = map[string]string{"account": "DEPOSIT", "deposit": "TERM_DEPOSIT", "card": "CREDIT_CARD"}

var rebit = &scheme{"ReBIT", func(m consent.Mapping) string { return m.ReBIT }, func(k clusters) []string { return []string{k.ReBIT} }}

// exportReBIT writes the ConsentDetail of a consent given or amended, and a
// ConsentStatusNotification for one that is paused, over or refused. The artefact around
// a ConsentDetail is signed by an account aggregator; nobody else can make it.
func exportReBIT(rec *receipt.Receipt, cat *catalogue.Catalogue, consentID string) (*Document, error) {
	c, err := rebit.choose(rec, cat, consentID)
	switch {
	case err != nil:
		return nil, err
	case c.status == "EXPIRED":
		return nil, fmt.Errorf("%w: a ReBIT artefact expires by itself; there is no notification of it", ErrInexpressible)
	case c.status != "ACTIVE":
		body := rebitNotification{
			Version: rebitVersion, Timestamp: rec.Time().Format(time.RFC3339), Txn: rec.ID,
			Notifier: rebitParty{rec.Issuer, "FIP"}, Status: rebitStatus{c.id, c.status},
		}
		return document(c.reading, "rebit", "/Consent/Notification", body, c.rules(slices.Concat(c.byRecord("/ConsentStatusNotification/consentId"), rebitNotificationRules)...))
	}
	body, err := c.rebitDetail()
	if err != nil {
		return nil, err
	}
	if c.change.From != statement.Given {
		return document(c.reading, "rebit", "/Consent/"+c.id, body, c.rules(slices.Concat(rebitGrantRules, rebitRules)...))
	}
	body.Replaces = c.id
	return document(c.reading, "rebit", "/Consent/"+rec.ID, body, c.rules(slices.Concat(rebitChangeRules, rebitRules)...))
}

func (c *chosen) rebitDetail() (*rebitDetail, error) {
	kinds, err := c.clusters()
	if err != nil {
		return nil, err
	}
	r, p := c.record, &c.record.Purposes[0]
	if len(r.Resources) == 0 {
		return nil, fmt.Errorf("%w: a ReBIT consent names each account, and this one is not limited to some", ErrInexpressible)
	}
	from, start, end := c.span(c.latest())
	d := &rebitDetail{
		Start: start.Format(time.RFC3339), Expiry: end.Format(time.RFC3339), Mode: "STORE", Fetch: "PERIODIC", Types: kinds,
		Consumer: rebitParty{p.RecipientThirdParties[0], "FIU"}, Provider: rebitParty{c.rec.Issuer, "FIP"},
		Customer: rebitCustomer{r.PrincipalID + "@" + strings.TrimPrefix(c.rec.Issuer, "https://")},
		Purpose: rebitPurpose{
			"104", "https://api.rebit.org.in/aa/purpose/104.xml", p.Title, rebitCategory{"Account Query and Monitoring"},
		},
		Range: rebitRange{
			from.Format(time.RFC3339), end.Format(time.RFC3339),
		},
		Life: life(p.RetentionPeriod.Recipient), Frequency: rebitQuantity{"DAY", 1},
	}
	if p.RetentionPeriod.Recipient.IsZero() {
		d.Mode = "VIEW"
	}
	if r.Access.Kind == statement.OneTime {
		d.Fetch, d.Purpose.Code, d.Purpose.Ref = "ONETIME", "105", "https://api.rebit.org.in/aa/purpose/105.xml"
	} else if d.Frequency, err = frequency(r.Access.Every); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, res := range r.Resources {
		kind, ok := rebitTypes[res.Type]
		if !ok {
			return nil, fmt.Errorf("%w: ReBIT has no financial information of the type %s", ErrInexpressible, res.Type)
		}
		if !seen[kind] {
			seen[kind], d.FITypes = true, append(d.FITypes, kind)
		}
		d.Accounts = append(d.Accounts, rebitAccount{kind, c.rec.Issuer, res.ID, res.Label})
	}
	return d, nil
}

// life is how long the data may be kept, in one unit.
func life(p period.Period) rebitQuantity {
	switch months := p.Years*12 + p.Months; {
	case months == 0:
		return rebitQuantity{"DAY", p.Days}
	case months%12 == 0:
		return rebitQuantity{"YEAR", months / 12}
	default:
		return rebitQuantity{"MONTH", months}
	}
}

// frequency is how often the data may be fetched, rounded down to what ReBIT can say.
func frequency(every period.Period) (rebitQuantity, error) {
	switch n := days(every); {
	case every == period.Period{Months: 1}:
		return rebitQuantity{"MONTH", 1}, nil
	case n == 0:
		return rebitQuantity{}, fmt.Errorf("%w: ReBIT states how often data are fetched, and this consent does not", ErrInexpressible)
	case n == 1:
		return rebitQuantity{"DAY", 1}, nil
	case n <= 28:
		return rebitQuantity{"MONTH", 28 / n}, nil
	case n <= 365:
		return rebitQuantity{"YEAR", 365 / n}, nil
	}
	return rebitQuantity{}, fmt.Errorf("%w: ReBIT cannot say every %s", ErrInexpressible, every)
}

const notOfReBIT = "ReBIT has no field for it"

const inArtefact = "in the path of the resource, and in the artefact that an account aggregator signs"

// rebitGrantRules are those of a consent that was given.
var rebitGrantRules = []Rule{
	dropped("{record}/record_id", inArtefact),
	dropped("{change}/consent_id", inArtefact),
}

// rebitChangeRules are those of a consent that was changed.
var rebitChangeRules = []Rule{
	carried("{record}/record_id", "/replacesConsentId"),
	approximated("{change}/consent_id", "/replacesConsentId", "as the record's id"),
	approximated("{change}/from", "/replacesConsentId", "that it was given before: a ConsentDetail never changes, so this is a new one that refers to the old"),
}

var rebitRules = append([]Rule{
	approximated("{change}/to", "/consentStart", "that there is a consent: its status is in the artefact around it"),
	approximated("{record}/pii_principal_id", "/Customer/id", "at the issuer: the receipt knows no account aggregator"),
	carried("/iss", "/DataProvider/id"),
	carried("{latest}/event_time", "/consentStart"),
	carried("{latest}/validity_duration", "/consentExpiry"),
	dropped("{record}/events/*/validity_duration", latestEnd),
	carried("{record}/purposes/0/title", "/Purpose/text"),
	dropped("{record}/purposes/0/pii_controllers/0", "the provider has one id in all documents: the issuer's"),
	carried("{record}/purposes/0/recipient_third_parties/0", "/DataConsumer/id"),
	approximated("{record}/purposes/0/pii_information/*/pii_type", "/consentTypes", "PROFILE, SUMMARY or TRANSACTIONS; they may hold more"),
	approximated("{record}/purposes/0/retention_period/recipient", "/DataLife", "in one unit, rounded down"),
	approximated("{record}/access/kind", "/fetchType", "ONETIME or PERIODIC"),
	approximated("{record}/access/every", "/Frequency", "times in a unit, rounded down"),
	approximated("{record}/access/lookback", "/FIDataRange/from", "from the grant back, once; ours moves with each access"),
	approximated("{record}/resources/*/type", "/Accounts/$1/fiType", "a type of financial information"),
	carried("{record}/resources/*/id", "/Accounts/$1/linkRefNumber"),
	carried("{record}/resources/*/label", "/Accounts/$1/maskedAccNumber"),
}, receiptRules(notOfReBIT)...)

var rebitNotificationRules = append([]Rule{
	carried("{change}/consent_id", "/ConsentStatusNotification/consentId"),
	approximated("{record}/record_id", "/ConsentStatusNotification/consentId", "as the change's consent"),
	approximated("{change}/to", "/ConsentStatusNotification/consentStatus", "ReBIT's own word for the state"),
	carried("/jti", "/txnid"),
	carried("/iss", "/Notifier/id"),
	approximated("/iat", "/timestamp", "seconds since 1970 became a date-time"),
}, receiptRules(notOfReBIT)...)
