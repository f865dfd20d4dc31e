package statement

import "consent-receipts/shared/period"

// Address is a postal address with the member names of schema.org/PostalAddress.
type Address struct {
	Street     string `json:"streetAddress"`
	Locality   string `json:"addressLocality"`
	Region     string `json:"addressRegion,omitempty"`
	PostalCode string `json:"postalCode,omitempty"`
	Country    string `json:"addressCountry"` // ISO 3166-1 alpha-2
}

// AccessTerms state how often a recipient may access data, and how far back.
type AccessTerms struct {
	Kind     string        `json:"kind"` // OneTime or Recurring
	Lookback period.Period `json:"lookback"`
	Every    period.Period `json:"every,omitzero"` // minimum time between two accesses, if recurring
}

// These are the kinds of access.
const (
	OneTime   = "one-time"
	Recurring = "recurring"
)

// Retention says how long each copy is kept, as ISO 8601 durations.
type Retention struct {
	Recipient period.Period `json:"recipient"` // by the recipient, from each access
	AfterEnd  period.Period `json:"after_end"` // by the recipient, from the end of the consent
	Evidence  period.Period `json:"evidence"`  // of this evidence, by the controller, from the end of the consent
	Backups   period.Period `json:"backups"`   // in backups, after deletion
}

// PurposeTerms are the terms that a catalogue states of a purpose and that each record of a
// consent for it repeats unchanged.
type PurposeTerms struct {
	AfterWithdrawal AfterWithdrawal `json:"after_withdrawal"`
	SpecialBasis    string          `json:"special_basis,omitempty"` // besides the lawful basis, for special categories: eu-gdpr:A9-2-a
}

// SpecialCategories lists the special categories of personal data (GDPR Art. 9(1)) as terms
// of DPV-PD 2.3.
func SpecialCategories() []string {
	return []string{
		"pd:Health", "pd:Genetic", "pd:Biometric", "pd:Race", "pd:EthnicOrigin", "pd:PoliticalOpinion", "pd:Religion",
		"pd:PhilosophicalBelief", "pd:TradeUnionMembership", "pd:SexualPreference", "pd:SexualHistory",
	}
}

// AfterWithdrawal states what happens to data that were already shared.
type AfterWithdrawal struct {
	What   string        `json:"what"` // delete, anonymise or keep-as-law-requires
	Within period.Period `json:"within"`
}

// Right is a right of the person, with the place to exercise it.
type Right struct {
	Right string `json:"right"` // access, erasure, rectification, ...
	DPV   string `json:"dpv"`   // eu-gdpr:A15
	URL   string `json:"url"`
}
