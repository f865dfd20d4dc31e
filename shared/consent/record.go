package consent

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
)

// SchemaPath is where a deployment serves the schema of its receipts, below its
// issuer (ISO/IEC TS 27560, 6.3.2.1: an implementer's own schema is published).
const SchemaPath = "/schema/receipt/1.json"

// Record is a consent in full, with the field names of ISO/IEC TS 27560:2023
// clause 6.3. Members after Events are what that standard has no field for.
type Record struct {
	SchemaVersion string           `json:"schema_version"`   // 6.3.3.2
	RecordID      string           `json:"record_id"`        // 6.3.3.3: the consent's id
	PrincipalID   string           `json:"pii_principal_id"` // 6.3.3.4: the pseudonym
	PrivacyNotice PrivacyNotice    `json:"privacy_notice"`   // 6.3.4.2
	Language      string           `json:"language"`         // 6.3.4.3
	Purposes      []RecordPurpose  `json:"purposes"`         // 6.3.4.4
	Parties       []RecordParty    `json:"party_identification"`
	Events        []RecordEvent    `json:"events"` // the granting event and the latest
	Access        catalogue.Access `json:"access"`
	Resources     []Resource       `json:"resources,omitempty"`
}

// PrivacyNotice cites the exact text that the person saw.
type PrivacyNotice struct {
	Digest string `json:"digest"`
	URL    string `json:"url"`
}

// RecordPurpose is one purpose and how it is carried out (6.3.4).
type RecordPurpose struct {
	Purpose                string                    `json:"purpose"` // 6.3.4.5
	Title                  string                    `json:"title"`
	Description            string                    `json:"description"`
	PurposeType            []string                  `json:"purpose_type"`    // 6.3.4.6
	LawfulBasis            string                    `json:"lawful_basis"`    // 6.3.4.7
	PIIInformation         []PIIInformation          `json:"pii_information"` // 6.3.4.8
	PIIControllers         []string                  `json:"pii_controllers"` // 6.3.4.9
	CollectionMethod       string                    `json:"collection_method"`
	ProcessingMethod       string                    `json:"processing_method"`
	StorageLocations       []string                  `json:"storage_locations"`
	RetentionPeriod        catalogue.Retention       `json:"retention_period"`
	AfterWithdrawal        catalogue.AfterWithdrawal `json:"after_withdrawal"`
	ProcessingLocations    []string                  `json:"processing_locations"`
	GeographicRestrictions string                    `json:"geographic_restrictions"`
	Services               []string                  `json:"services"`
	Jurisdiction           []string                  `json:"jurisdiction"`            // 6.3.4.17
	RecipientThirdParties  []string                  `json:"recipient_third_parties"` // 6.3.4.18: third parties only
	WithdrawalMethod       RecordMethod              `json:"withdrawal_method"`       // 6.3.4.19
	ReviewMethod           RecordMethod              `json:"review_method"`
	PrivacyRights          []catalogue.Right         `json:"privacy_rights"` // 6.3.4.20
	CodesOfConduct         []string                  `json:"codes_of_conduct,omitempty"`
	ImpactAssessment       string                    `json:"impact_assessment,omitempty"`
	AuthorityParty         string                    `json:"authority_party"` // 6.3.4.23
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
	Special     string `json:"special_pii_category,omitempty"`
}

// RecordParty identifies a party (6.3.6).
type RecordParty struct {
	PartyID string            `json:"party_id"`
	Address catalogue.Address `json:"party_address"`
	Email   string            `json:"party_email,omitempty"`
	URL     string            `json:"party_url,omitempty"`
	Phone   string            `json:"party_phone,omitempty"`
	Name    string            `json:"party_name"`
	Role    string            `json:"party_role"`
	Contact string            `json:"party_contact"`
	Type    string            `json:"party_type"`
}

// RecordEvent is one event in the life of the consent (6.3.7). Its type and
// state are ISO's, not those of the receipt's own event.
type RecordEvent struct {
	EventTime        time.Time `json:"event_time"`
	ValidityDuration time.Time `json:"validity_duration"` // 6.3.7.3, as the instant at which it ends
	EntityID         string    `json:"entity_id"`
	EventType        string    `json:"event_type"`
	EventState       string    `json:"event_state"`
	Receipt          uint64    `json:"receipt"` // seq of the receipt that states it
}

// NewRecord states a consent in full. It is a function of the line and of the
// catalogue that the line names, so that a receipt stands alone.
func NewRecord(l *Line, cat *catalogue.Catalogue, subject string) Record {
	p, lang, all := cat.Purposes[l.Purpose], l.Language, cat.Languages
	record := Record{
		SchemaVersion: cat.Issuer + SchemaPath,
		RecordID:      l.ConsentID,
		PrincipalID:   subject,
		PrivacyNotice: PrivacyNotice{Digest: l.Notice, URL: cat.Issuer + "/v1/notices/" + l.Notice},
		Language:      lang,
		Access:        l.Access,
		Resources:     l.Resources,
	}
	purpose := RecordPurpose{
		Purpose: l.Purpose, Title: p.Text[lang].Title, Description: p.Text[lang].Description,
		PurposeType: []string{p.DPV}, LawfulBasis: p.LawfulBasis,
		PIIControllers:         []string{cat.Controller},
		CollectionMethod:       cat.Processing.CollectionMethod.In(lang, all...),
		ProcessingMethod:       cat.Processing.ProcessingMethod.In(lang, all...),
		StorageLocations:       cat.Processing.StorageLocations,
		RetentionPeriod:        l.Retention,
		AfterWithdrawal:        p.AfterWithdrawal,
		ProcessingLocations:    cat.Processing.ProcessingLocations,
		GeographicRestrictions: cat.Processing.GeographicRestrictions.In(lang, all...),
		Services:               cat.Processing.Services,
		Jurisdiction:           cat.Jurisdictions,
		RecipientThirdParties:  []string{},
		WithdrawalMethod:       method(cat.Withdrawal, lang, all),
		ReviewMethod:           method(cat.Review, lang, all),
		PrivacyRights:          cat.Rights,
		CodesOfConduct:         cat.Processing.CodesOfConduct,
		ImpactAssessment:       cat.Processing.ImpactAssessment,
		AuthorityParty:         cat.Authority,
	}
	for _, id := range l.Data {
		data := cat.Data[id]
		purpose.PIIInformation = append(purpose.PIIInformation, PIIInformation{
			PIIType: data.PIIType, AttributeID: id, Label: data.Label.In(lang, all...),
			Optional: p.Data[id] != catalogue.Required, Special: data.Special,
		})
	}
	parties := []string{cat.Controller, cat.Authority}
	if l.Recipient != cat.Controller {
		purpose.RecipientThirdParties = []string{l.Recipient}
		parties = append(parties, l.Recipient)
	}
	record.Purposes = []RecordPurpose{purpose}
	slices.Sort(parties)
	for _, id := range slices.Compact(parties) {
		record.Parties = append(record.Parties, recordParty(id, cat.Parties[id]))
	}
	record.Events = append(record.Events, recordEvent(l, *l.Granted, subject))
	if l.Latest.Seq != l.Granted.Seq {
		record.Events = append(record.Events, recordEvent(l, l.Latest, subject))
	}
	return record
}

func method(m catalogue.Method, lang string, all []string) RecordMethod {
	return RecordMethod{URL: m.URL, Alternative: m.Alternative.In(lang, all...)}
}

func recordParty(id string, p catalogue.Party) RecordParty {
	party := RecordParty{
		PartyID: id, Address: p.Address, Email: p.Email, URL: p.URL, Phone: p.Phone,
		Name: p.Name, Role: p.Role, Contact: p.Email, Type: p.Role,
	}
	if p.DPO != nil {
		party.Contact = p.DPO.Name + " <" + p.DPO.Email + ">"
	}
	return party
}

func recordEvent(l *Line, m Mark, subject string) RecordEvent {
	entity := string(m.By)
	if m.By == RoleSubject {
		entity = subject
	}
	return RecordEvent{
		EventTime: m.At, ValidityDuration: l.Until, EntityID: entity, Receipt: m.Seq,
		EventType: "dpv:ExplicitlyExpressedConsent", EventState: States[l.State].DPV,
	}
}

// References returns the digests of the catalogues and notices that a standing
// cites, sorted.
func (s *Standing) References() (catalogues, notices []string) {
	c, n := map[string]bool{}, map[string]bool{}
	for i := range s.Lines {
		if t := s.Lines[i].Terms; t != nil {
			c[t.Catalogue], n[t.Notice] = true, true
		}
	}
	return slices.Sorted(maps.Keys(c)), slices.Sorted(maps.Keys(n))
}
