package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// KantaraVersion is the one version that is written and read.
const KantaraVersion = "KI-CR-v1.1.0"

// Kantara is a Kantara Consent Receipt 1.1.0. Members have the spelling of its
// JSON schema, which differs from that of the specification's text in
// policyUrl and piiControllerUrl.
type Kantara struct {
	Version          string              `json:"version"`
	Jurisdiction     string              `json:"jurisdiction"`     // ISO 3166-1 alpha-2, several apart by spaces
	Timestamp        int64               `json:"consentTimestamp"` // seconds since 1970
	CollectionMethod string              `json:"collectionMethod"` // how the consent was obtained
	ID               string              `json:"consentReceiptID"`
	PublicKey        string              `json:"publicKey,omitempty"`
	Language         string              `json:"language,omitempty"`
	Principal        string              `json:"piiPrincipalId"`
	Controllers      []KantaraController `json:"piiControllers"`
	PolicyURL        string              `json:"policyUrl"`
	Services         []KantaraService    `json:"services"`
	Sensitive        bool                `json:"sensitive"`
	SensitiveKinds   []string            `json:"spiCat"`
	Extension        *KantaraExtension   `json:"consentReceipts,omitempty"`
}

// KantaraController is who decides what the data are used for.
type KantaraController struct {
	Name     string            `json:"piiController"`
	OnBehalf *bool             `json:"onBehalf,omitempty"`
	Contact  string            `json:"contact"`
	Address  map[string]string `json:"address"` // schema.org/PostalAddress
	Email    string            `json:"email"`
	Phone    string            `json:"phone"`
	URL      string            `json:"piiControllerUrl,omitempty"`
}

// KantaraService is a service and what it uses data for.
type KantaraService struct {
	Service  string           `json:"service"`
	Purposes []KantaraPurpose `json:"purposes"`
}

// KantaraPurpose is one purpose.
type KantaraPurpose struct {
	Purpose     string   `json:"purpose,omitempty"`
	Categories  []string `json:"purposeCategory"`
	ConsentType string   `json:"consentType"` // EXPLICIT, IMPLICIT, N/A ...
	Data        []string `json:"piiCategory"`
	Primary     *bool    `json:"primaryPurpose,omitempty"`
	Termination string   `json:"termination"` // in words, or a moment
	ThirdParty  bool     `json:"thirdPartyDisclosure"`
	ThirdName   string   `json:"thirdPartyName,omitempty"`
}

// KantaraExtension is the member consentReceipts that we add: the standard has
// no field for a refusal, a withdrawal or a status. docs/exchange.md describes it.
type KantaraExtension struct {
	Receipt string          `json:"receipt"` // digest of the signed receipt
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Changes []KantaraChange `json:"changes"`
}

// KantaraChange is what became of one consent.
type KantaraChange struct {
	ConsentID string          `json:"consentId,omitempty"`
	Purpose   string          `json:"purpose,omitempty"`
	Title     string          `json:"title,omitempty"`
	Recipient string          `json:"recipient,omitempty"`
	From      statement.State `json:"from"`
	To        statement.State `json:"to"`
	GivenIn   uint64          `json:"givenIn,omitempty"` // number of the receipt that gave it
	Until     *time.Time      `json:"until,omitempty"`
}

// exportKantara writes the receipt with all its consents.
func exportKantara(rec *receipt.Receipt, cat *catalogue.Catalogue, _ string) (*Document, error) {
	s, err := read(rec, cat)
	switch {
	case err != nil:
		return nil, err
	case len(s.changes) == 0:
		return nil, fmt.Errorf("%w: it is about %s", ErrNothing, rec.Event.Type)
	}
	k := &Kantara{
		Version: KantaraVersion, Timestamp: rec.Event.OccurredAt.Unix(), ID: rec.ID, Principal: rec.Subject,
		CollectionMethod: s.obtained(), Services: []KantaraService{}, SensitiveKinds: []string{},
		Extension: &KantaraExtension{Receipt: rec.Digest, Event: string(rec.Event.Type), Channel: rec.Event.Channel},
	}
	for _, c := range s.changes {
		k.Extension.Changes = append(k.Extension.Changes, s.kantaraChange(c))
	}
	rules, err := k.head(s)
	if err != nil {
		return nil, err
	}
	for i := range s.records {
		if s.given(&s.records[i]) {
			rules = append(rules, k.addPurpose(s, i)...)
		}
	}
	return document(s, "kantara", "", k, append(rules, kantaraRules...))
}

// obtained is how the consent was obtained: through which channel or, of one that was copied,
// from which earlier system.
func (s *reading) obtained() string {
	if from := s.evidence.Copied; from != nil {
		return s.rec.Event.Channel + ", copied from " + from.System
	}
	return s.rec.Event.Channel
}

// countries writes the countries of places as ISO 3166-1 has them, apart by spaces.
func countries(places []string) string {
	var out []string
	for _, place := range places {
		country, _, _ := strings.Cut(place, "-")
		if !slices.Contains(out, country) {
			out = append(out, country)
		}
	}
	return strings.Join(out, " ")
}

func (s *reading) kantaraChange(c statement.Change) KantaraChange {
	out := KantaraChange{
		ConsentID: c.ConsentID, Purpose: c.Purpose, Recipient: c.Recipient, From: c.From, To: c.To, GivenIn: c.GivenIn,
		Until: c.Added.Until,
	}
	if c.Purpose != "" {
		out.Title = s.title(c)
	}
	return out
}

// head states the controller and where its terms can be read. It takes them from the first
// record of a consent that was given; else from the first record; else from the catalogue.
// The rules say that the records of consents which ended or were refused are left out.
func (k *Kantara) head(s *reading) ([]Rule, error) {
	if len(s.records) == 0 {
		return nil, k.headOf(s.cat)
	}
	first := max(0, slices.IndexFunc(s.records, func(r statement.Record) bool { return s.given(&r) }))
	r := &s.records[first]
	p := &r.Purposes[0]
	k.Jurisdiction, k.Language, k.PolicyURL = countries(p.Jurisdiction), r.Language, r.PrivacyNotice.URL
	from := fmt.Sprintf("/records/%d", first)
	rules := headRules(from)
	for i, party := range r.Parties {
		if party.PartyID != p.PIIControllers[0] {
			continue
		}
		k.addController(party)
		rules = append(rules, controllerRules(fmt.Sprintf("%s/party_identification/%d", from, i))...)
	}
	for i := range s.records {
		at := fmt.Sprintf("/records/%d", i)
		if s.given(&s.records[i]) {
			continue
		}
		if slices.ContainsFunc(s.changes, func(c statement.Change) bool { return c.ConsentID == s.records[i].RecordID }) {
			rules = append(rules, approximated(at+"/record_id", "/consentReceipts/changes", "as the change's consent"))
		}
		rules = append(rules, dropped(at+"/**", isOver))
	}
	return rules, nil
}

func (k *Kantara) headOf(cat *catalogue.Catalogue) error {
	if cat == nil {
		return fmt.Errorf("%w: Kantara 1.1 names the controller, and this receipt has no record that does; give its catalogue", ErrInexpressible)
	}
	k.Jurisdiction, k.Language, k.PolicyURL = countries(cat.Jurisdictions), cat.Languages[0], cat.Review.URL
	k.addController(consent.RecordParty(cat.Controller, cat.Parties[cat.Controller]))
	return nil
}

func (k *Kantara) addController(p statement.RecordParty) {
	address := map[string]string{}
	for name, value := range map[string]string{
		"streetAddress": p.Address.Street, "addressLocality": p.Address.Locality, "addressRegion": p.Address.Region,
		"postalCode": p.Address.PostalCode, "addressCountry": p.Address.Country,
	} {
		if value != "" {
			address[name] = value
		}
	}
	k.Controllers = []KantaraController{{
		Name: p.Name, Contact: p.Contact, Address: address, Email: p.Email, Phone: p.Phone, URL: p.URL,
	}}
}

// kantaraTypes are the consent types of Kantara by the kind of a consent. The standard
// names EXPLICIT and IMPLICIT; it leaves others to the controller.
var kantaraTypes = map[string]string{
	"dpv:ExplicitlyExpressedConsent": "EXPLICIT",
	"dpv:ExpressedConsent":           "EXPRESSED",
	"dpv:ImpliedConsent":             "IMPLICIT",
	"dpv:UninformedConsent":          "UNINFORMED",
	"dpv:Consent":                    "CLAIMED",
}

// KantaraAttests is what a consent type of Kantara attests. One that is not here says
// nothing that is known.
var KantaraAttests = map[string]statement.Attested{
	"EXPLICIT":   statement.AttestedExplicit,
	"EXPRESSED":  statement.AttestedExpressed,
	"IMPLICIT":   statement.AttestedImplied,
	"UNINFORMED": statement.AttestedUninformed,
}

// addPurpose writes the record at i as a purpose of its service.
func (k *Kantara) addPurpose(s *reading, i int) (rules []Rule) {
	r := &s.records[i]
	p := &r.Purposes[0]
	out := KantaraPurpose{
		Purpose: p.Title, Categories: p.PurposeType, ConsentType: kantaraTypes[r.Events[0].EventType], Data: []string{},
		Termination: r.Events[0].ValidityDuration.UTC().Format(time.RFC3339),
	}
	for _, d := range p.PIIInformation {
		out.Data = append(out.Data, d.Label)
		if d.Special != "" {
			k.Sensitive = true
			if !slices.Contains(k.SensitiveKinds, d.Label) {
				k.SensitiveKinds = append(k.SensitiveKinds, d.Label)
			}
		}
	}
	for j, party := range r.Parties {
		if !slices.Contains(p.RecipientThirdParties, party.PartyID) {
			continue
		}
		out.ThirdParty, out.ThirdName = true, party.Name
		from := fmt.Sprintf("/records/%d/party_identification/%d", i, j)
		rules = append(rules, approximated(from+"/party_name", underService, "as the third party's name"),
			approximated(from+"/party_id", underService, "by name"))
	}
	name := strings.Join(p.Services, "; ")
	if name == "" {
		name = k.Controllers[0].Name
	}
	for i := range k.Services {
		if k.Services[i].Service == name {
			k.Services[i].Purposes = append(k.Services[i].Purposes, out)
			return rules
		}
	}
	k.Services = append(k.Services, KantaraService{Service: name, Purposes: []KantaraPurpose{out}})
	return rules
}

// headRules say what becomes of the record from which head is taken.
func headRules(from string) []Rule {
	return []Rule{
		carried(from+"/language", "/language"),
		carried(from+"/privacy_notice/url", "/policyUrl"),
		approximated(from+"/purposes/0/jurisdiction/*", "/jurisdiction", "the country alone: Kantara 1.1 names no part of one"),
		approximated(from+"/purposes/0/pii_controllers/0", "/piiControllers/0", "by name"),
	}
}

func controllerRules(from string) []Rule {
	const to = "/piiControllers/0"
	return []Rule{
		approximated(from+"/party_id", to, "by name"),
		carried(from+"/party_name", to+"/piiController"),
		carried(from+"/party_contact", to+"/contact"),
		carried(from+"/party_address/*", to+"/address/$1"),
		carried(from+"/party_email", to+"/email"),
		carried(from+"/party_phone", to+"/phone"),
		carried(from+"/party_url", to+"/piiControllerUrl"),
	}
}

const (
	notOfKantara = "Kantara 1.1 has no field for it"
	firstOnly    = "Kantara 1.1 states it once for the whole receipt: that of the first consent is taken"
	isOver       = "Kantara 1.1 states what is allowed, and this is over, or was refused"
	underService = "/services"
)

// kantaraRules say what becomes of a receipt in Kantara 1.1, beside the rules of
// its controller.
var kantaraRules = append([]Rule{
	carried("/sub", "/piiPrincipalId"),
	carried("/jti", "/consentReceiptID"),
	carried("/event/type", "/consentReceipts/event"),
	carried("/event/channel", "/collectionMethod"),
	approximated("/event/occurred_at", "/consentTimestamp", "a moment became seconds since 1970"),
	dropped("/event/**", notOfKantara),
	dropped("/iat", "Kantara 1.1 has the moment of the consent only"),
	carried("/changes/*/consent_id", "/consentReceipts/changes/$1/consentId"),
	carried("/changes/*/purpose", "/consentReceipts/changes/$1/purpose"),
	carried("/changes/*/recipient", "/consentReceipts/changes/$1/recipient"),
	carried("/changes/*/from", "/consentReceipts/changes/$1/from"),
	carried("/changes/*/to", "/consentReceipts/changes/$1/to"),
	carried("/changes/*/given_in", "/consentReceipts/changes/$1/givenIn"),
	carried("/changes/*/labels/purpose", "/consentReceipts/changes/$1/title"),
	carried("/changes/*/added/until", "/consentReceipts/changes/$1/until"),
	dropped("/changes/**", "the consent is stated as it is after the event"),
	approximated("/records/*/purposes/*/title", underService, "as the purpose's text"),
	approximated("/records/*/purposes/*/purpose_type/*", underService, "as a category, in terms of DPV"),
	approximated("/records/*/purposes/*/services/*", underService, "one name for all services of the purpose"),
	approximated("/records/*/purposes/*/pii_information/*/label", underService, "as a category, in words"),
	approximated("/records/*/purposes/*/pii_information/*/special_pii_category", "/spiCat", "that it is sensitive, not why"),
	approximated("/records/*/events/0/validity_duration", underService, "as the text of the termination"),
	approximated("/records/*/events/0/event_type", underService, "EXPLICIT or IMPLICIT, or a word for a kind that the standard has no word for"),
	approximated("/records/*/purposes/*/recipient_third_parties/*", underService, "by name"),
	dropped("/records/*/language", firstOnly),
	dropped("/records/*/privacy_notice/url", firstOnly),
	dropped("/records/*/purposes/*/collection_method", "Kantara 1.1 says how the consent was obtained, not the data"),
	dropped("/records/*/purposes/*/jurisdiction/*", firstOnly),
	approximated("/records/*/record_id", "/consentReceipts/changes", "as the change's consent"),
	dropped("/records/**", notOfKantara),
	dropped("/controller/**", "the controller is that of the record, with an address"),
	dropped("/standing/**", "what else holds is not part of the event"),
	dropped("/request/**", notOfKantara),
	dropped("/actor/**", notOfKantara),
	carried("/evidence/*/copied/system", "/collectionMethod"),
	dropped("/evidence/**", notOfKantara),
	dropped("/note/**", notOfKantara),
	dropped("/iss", guarantee),
	dropped("/schema_version", guarantee),
}, guarantees...)
