package statement

import (
	"time"

	"consent-receipts/shared/period"
)

// SchemaPath is the path, below the issuer's URL, at which a deployment serves the schema of
// its receipts (ISO/IEC TS 27560, 6.3.2.1: an implementer publishes its own schema).
const SchemaPath = "/schema/receipt/1.json"

// Record is a consent in full, with the field names of ISO/IEC TS 27560:2023, clause 6.3. The
// standard has no fields for the members after Events.
type Record struct {
	SchemaVersion string          `json:"schema_version"`   // 6.3.3.2
	RecordID      string          `json:"record_id"`        // 6.3.3.3: the consent's id
	PrincipalID   string          `json:"pii_principal_id"` // 6.3.3.4: the pseudonym
	PrivacyNotice PrivacyNotice   `json:"privacy_notice"`   // 6.3.4.2
	Language      string          `json:"language"`         // 6.3.4.3
	Purposes      []RecordPurpose `json:"purposes"`         // 6.3.4.4
	Parties       []RecordParty   `json:"party_identification"`
	Events        []RecordEvent   `json:"events"` // the granting event and the latest
	Access        AccessTerms     `json:"access"`
	Resources     []Resource      `json:"resources,omitempty"`
}

// PrivacyNotice cites the exact text that the person saw.
type PrivacyNotice struct {
	Digest string `json:"digest"`
	URL    string `json:"url"`
}

// RecordPurpose is one purpose with its processing (6.3.4).
type RecordPurpose struct {
	Purpose          string           `json:"purpose"` // 6.3.4.5
	Title            string           `json:"title"`
	Description      string           `json:"description"`
	PurposeType      []string         `json:"purpose_type"`    // 6.3.4.6
	LawfulBasis      string           `json:"lawful_basis"`    // 6.3.4.7
	PIIInformation   []PIIInformation `json:"pii_information"` // 6.3.4.8
	PIIControllers   []string         `json:"pii_controllers"` // 6.3.4.9
	CollectionMethod string           `json:"collection_method"`
	ProcessingMethod string           `json:"processing_method"`
	StorageLocations []string         `json:"storage_locations"`
	RetentionPeriod  Retention        `json:"retention_period"`
	PurposeTerms
	ProcessingLocations    []string     `json:"processing_locations"`
	GeographicRestrictions string       `json:"geographic_restrictions"`
	Services               []string     `json:"services"`
	Jurisdiction           []string     `json:"jurisdiction"`            // 6.3.4.17
	RecipientThirdParties  []string     `json:"recipient_third_parties"` // 6.3.4.18: third parties only
	WithdrawalMethod       RecordMethod `json:"withdrawal_method"`       // 6.3.4.19
	ReviewMethod           RecordMethod `json:"review_method"`
	PrivacyRights          []Right      `json:"privacy_rights"` // 6.3.4.20
	CodesOfConduct         []string     `json:"codes_of_conduct,omitempty"`
	ImpactAssessment       string       `json:"impact_assessment,omitempty"`
	AuthorityParty         string       `json:"authority_party"` // 6.3.4.23
	Transfers              []Transfer   `json:"transfers,omitempty"`
	IfNotGiven             string       `json:"if_not_given,omitempty"` // consequences if the data are not given (GDPR Art. 13(2)(e))
}

// RecordMethod is a link and a simple alternative, in the record's language.
type RecordMethod struct {
	URL         string `json:"url"`
	Alternative string `json:"alternative"`
}

// PIIInformation is one category of data (6.3.5).
type PIIInformation struct {
	PIIType     string `json:"pii_type"`
	AttributeID string `json:"pii_attribute_id"`
	Label       string `json:"label"`
	Optional    bool   `json:"pii_optional"`
	Special     string `json:"special_pii_category,omitempty"` // why the data are, or may reveal, a special category

	SpecialCategories []string `json:"special_categories,omitempty"` // terms such as pd:Health
}

// Transfer is a transfer of data to a place outside the reach of the law, with its safeguards
// (GDPR Art. 13(1)(f)).
type Transfer struct {
	Place     string `json:"place"` // ISO 3166
	Safeguard string `json:"safeguard"`
}

// RecordParty identifies a party (6.3.6).
type RecordParty struct {
	PartyID string  `json:"party_id"`
	Address Address `json:"party_address"`
	Email   string  `json:"party_email,omitempty"`
	URL     string  `json:"party_url,omitempty"`
	Phone   string  `json:"party_phone,omitempty"`
	Name    string  `json:"party_name"`
	Role    string  `json:"party_role"`
	Contact string  `json:"party_contact"`
	Type    string  `json:"party_type"`

	OwnUse         bool            `json:"own_use,omitempty"` // the recipient uses the data for its own purposes
	Representative *Representative `json:"representative,omitempty"`
}

// Representative represents a party that is established elsewhere (GDPR Art. 27).
type Representative struct {
	Name    string  `json:"name"`
	Address Address `json:"address"`
	Email   string  `json:"email,omitempty"`
}

// RecordEvent is one event of the consent (6.3.7). Its type and state are those of ISO/IEC TS
// 27560, not those of the receipt's own event.
type RecordEvent struct {
	EventTime        time.Time     `json:"event_time"`
	ValidityDuration time.Time     `json:"validity_duration"` // 6.3.7.3, as the moment at which it ends
	Validity         period.Period `json:"validity,omitzero"` // the same as a duration, from event_time
	EntityID         string        `json:"entity_id"`
	EventType        string        `json:"event_type"`
	EventState       string        `json:"event_state"`
	Receipt          uint64        `json:"receipt"` // seq of the receipt that states the event
}
