package exchange

import (
	"fmt"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

type fdxGrant struct {
	ID        string        `json:"id"`
	Status    string        `json:"status"`
	Parties   []fdxParty    `json:"parties"`
	Created   string        `json:"createdTime"`
	Expires   string        `json:"expirationTime"`
	Updated   string        `json:"updatedTime"`
	Duration  string        `json:"durationType"`
	Period    int           `json:"durationPeriod,omitempty"` // days from the grant
	Lookback  int           `json:"lookbackPeriod"`           // days
	Resources []fdxResource `json:"resources"`
}

type fdxParty struct {
	Name           string `json:"name"`
	Type           string `json:"type"`
	Home           string `json:"homeUri"`
	Registry       string `json:"registry"`
	RegisteredName string `json:"registeredEntityName"`
	RegisteredID   string `json:"registeredEntityId"`
}

type fdxResource struct {
	Type     string   `json:"resourceType"`
	ID       string   `json:"resourceId"`
	Clusters []string `json:"dataClusters"`
}

type fdxRevocations struct {
	Revocations []fdxRevocation `json:"revocations"`
}

type fdxRevocation struct {
	Status    string `json:"status"`
	Reason    string `json:"reason"`
	Initiator string `json:"initiator"`
	Updated   string `json:"updatedTime"`
}

// fdxTime is FDX's Timestamp: milliseconds and Z.
func fdxTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// fdxResources are the resource types that an FDX grant knows.
var fdxResources = map[string]string{
	"account": "ACCOUNT", "card": "ACCOUNT", "loan": "ACCOUNT", "deposit": "ACCOUNT", "customer": "CUSTOMER", "document": "DOCUMENT",
}

var fdx = &scheme{"FDX", func(m consent.Mapping) string { return m.FDX }, func(k clusters) []string { return []string{k.FDX} }}

// exportFDX writes a ConsentGrant for a consent that was given or amended, or has run out, and
// a ConsentRevocationList for one that was withdrawn, revoked or annulled.
func exportFDX(rec *receipt.Receipt, cat *catalogue.Catalogue, consentID string) (*Document, error) {
	c, err := fdx.choose(rec, cat, consentID)
	if err != nil {
		return nil, err
	}
	at := "/consents/" + c.id
	if c.status == "REVOKED" {
		reason, initiator := "BUSINESS_RULE", "DATA_PROVIDER"
		if c.change.To == statement.Withdrawn {
			reason, initiator = "USER_ACTION", "INDIVIDUAL"
		}
		body := fdxRevocations{[]fdxRevocation{{c.status, reason, initiator, fdxTime(rec.Event.OccurredAt)}}}
		return document(c.reading, "fdx", at+"/revocation", body, c.rules(fdxRevocationRules...))
	}
	body, rules, err := c.fdxGrant()
	if err != nil {
		return nil, err
	}
	return document(c.reading, "fdx", at, body, rules)
}

func (c *chosen) fdxGrant() (*fdxGrant, []Rule, error) {
	names, err := c.clusters()
	if err != nil {
		return nil, nil, err
	}
	p := &c.record.Purposes[0]
	start, end := c.granted().EventTime, c.latest().ValidityDuration
	g := &fdxGrant{
		ID: c.record.RecordID, Status: c.status, Created: fdxTime(start), Expires: fdxTime(end),
		Updated: fdxTime(c.latest().EventTime), Duration: "TIME_BOUND", Period: int(end.Sub(start) / (24 * time.Hour)),
		Lookback: days(c.record.Access.Lookback),
	}
	if c.record.Access.Kind == statement.OneTime {
		g.Duration, g.Period = "ONE_TIME", 0
	}
	var rules []Rule
	for _, role := range []struct{ id, as, from string }{
		{p.RecipientThirdParties[0], "DATA_RECIPIENT", "/recipient_third_parties/0"}, {p.PIIControllers[0], "DATA_PROVIDER", "/pii_controllers/0"},
	} {
		party, i := c.partyOf(role.id)
		if party.URL == "" {
			return nil, nil, fmt.Errorf("%w: FDX names the web address of each party, and %s has none", ErrInexpressible, role.id)
		}
		from, to := fmt.Sprintf("{record}/party_identification/%d", i), fmt.Sprintf("/parties/%d", len(g.Parties))
		g.Parties = append(g.Parties, fdxParty{party.Name, role.as, party.URL, "PRIVATE", party.Name, party.PartyID})
		rules = append(rules, carried("{record}/purposes/0"+role.from, to+"/registeredEntityId"),
			carried(from+"/party_name", to+"/name"), carried(from+"/party_url", to+"/homeUri"),
			approximated(from+"/party_id", to+"/registeredEntityId", "in a private registry: FDX wants one"))
	}
	if g.Resources, err = c.fdxResources(names); err != nil {
		return nil, nil, err
	}
	if len(c.record.Resources) == 0 {
		rules = append(rules, approximated("{record}/pii_principal_id", "/resources/0/resourceId",
			"the consent is not limited to some accounts, and an FDX resource has an id: it is the customer's"))
	}
	if exact(c.record.Access.Lookback) {
		rules = append(rules, carried("{record}/access/lookback", "/lookbackPeriod"))
	}
	return g, c.rules(append(rules, fdxGrantRules...)...), nil
}

func (c *chosen) fdxResources(names []string) ([]fdxResource, error) {
	if len(c.record.Resources) == 0 {
		return []fdxResource{{"CUSTOMER", c.record.PrincipalID, names}}, nil
	}
	var out []fdxResource
	for _, r := range c.record.Resources {
		kind, ok := fdxResources[r.Type]
		if !ok {
			return nil, fmt.Errorf("%w: FDX has no resource of the type %s", ErrInexpressible, r.Type)
		}
		out = append(out, fdxResource{kind, r.ID, names})
	}
	return out, nil
}

const (
	notOfFDX   = "FDX has no field for it"
	onlyOne    = "the format holds one consent, and this is another"
	afterEvent = "the consent is stated as it is after the event"
	otherParts = "what else holds is not part of one consent"
	latestEnd  = "the end that the latest event set counts"
	noReceipt  = "part of the signed receipt, of which the format knows nothing"
)

// receiptRules name the fields that no format of one consent carries. They come last among
// a format's rules.
func receiptRules(format string) []Rule {
	return []Rule{
		dropped("{record}/**", format),
		dropped("/records/**", onlyOne),
		dropped("{change}/**", afterEvent),
		dropped("/changes/**", onlyOne),
		dropped("/standing/**", otherParts),
		dropped("/request/**", otherParts),
		dropped("/**", noReceipt),
	}
}

var fdxGrantRules = append([]Rule{
	carried("{record}/record_id", "/id"),
	approximated("{change}/consent_id", "/id", "as the record's id"),
	approximated("{change}/to", "/status", "FDX's own word for the state"),
	approximated("{record}/events/0/event_time", "/createdTime", "to the millisecond"),
	approximated("{latest}/event_time", "/updatedTime", "to the millisecond"),
	approximated("{latest}/validity_duration", "/expirationTime", "to the millisecond"),
	dropped("{record}/events/*/validity_duration", latestEnd),
	approximated("{record}/access/kind", "/durationType", "FDX says it of the duration"),
	approximated("{record}/access/lookback", "/lookbackPeriod", "in days, rounded down"),
	approximated("{record}/purposes/0/pii_information/*/pii_type", "/resources/0/dataClusters", "the smallest cluster that holds it; it may hold more"),
	carried("{record}/resources/*/id", "/resources/$1/resourceId"),
	approximated("{record}/resources/*/type", "/resources/$1/resourceType", "ACCOUNT, CUSTOMER or DOCUMENT"),
	dropped("{record}/pii_principal_id", "FDX names the resource, not the person"),
}, receiptRules(notOfFDX)...)

var fdxRevocationRules = append([]Rule{
	approximated("{change}/to", "/revocations/0/status", "FDX's own word for the state; who ended it is in the reason and the initiator"),
	dropped("{change}/consent_id", "in the path of the resource, not in the document"),
	approximated("/event/occurred_at", "/revocations/0/updatedTime", "to the millisecond"),
}, receiptRules(notOfFDX)...)
