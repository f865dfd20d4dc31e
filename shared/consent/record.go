package consent

import (
	"slices"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// NewRecord returns the full record of a consent, or of a refusal (a line without Granted).
// It depends only on the line and the catalogue that the line names, so that a receipt can be
// read on its own.
func NewRecord(l *statement.Line, cat *catalogue.Catalogue, subject string) statement.Record {
	record := statement.Record{
		SchemaVersion: cat.Issuer + statement.SchemaPath,
		RecordID:      l.ConsentID,
		PrincipalID:   subject,
		PrivacyNotice: statement.PrivacyNotice{Digest: l.Notice, URL: cat.Issuer + "/v1/notices/" + l.Notice},
		Language:      l.Language,
		Access:        l.Access,
		Resources:     l.Resources,
		Purposes:      []statement.RecordPurpose{recordPurpose(l, cat)},
	}
	parties := []string{cat.Controller, cat.Authority, l.Recipient}
	slices.Sort(parties)
	for _, id := range slices.Compact(parties) {
		party := RecordParty(id, cat.Parties[id])
		party.OwnUse = id == l.Recipient && id != cat.Controller && cat.Purposes[l.Purpose].OwnUse
		record.Parties = append(record.Parties, party)
	}
	if l.Granted != nil {
		record.Events = append(record.Events, recordEvent(l, *l.Granted, statement.Given, subject))
	}
	if l.Granted == nil || l.Latest.Seq != l.Granted.Seq {
		record.Events = append(record.Events, recordEvent(l, l.Latest, l.State, subject))
	}
	valid := cat.Purposes[l.Purpose].Valid
	for i := range record.Events {
		if e := &record.Events[i]; e.EventState == States[statement.Given].DPV && valid.AddTo(e.EventTime).Equal(e.ValidityDuration) {
			e.Validity = valid
		}
	}
	return record
}

func recordPurpose(l *statement.Line, cat *catalogue.Catalogue) statement.RecordPurpose {
	p, lang, all := cat.Purposes[l.Purpose], l.Language, cat.Languages
	purpose := statement.RecordPurpose{
		Purpose: l.Purpose, Title: p.Text[lang].Title, Description: p.Text[lang].Description,
		PurposeType: []string{p.DPV}, LawfulBasis: p.LawfulBasis,
		PIIControllers:         []string{cat.Controller},
		CollectionMethod:       cat.Processing.CollectionMethod.In(lang, all...),
		ProcessingMethod:       cat.Processing.ProcessingMethod.In(lang, all...),
		StorageLocations:       cat.Processing.StorageLocations,
		RetentionPeriod:        l.Retention,
		PurposeTerms:           p.PurposeTerms,
		ProcessingLocations:    cat.Processing.ProcessingLocations,
		GeographicRestrictions: cat.Processing.GeographicRestrictions.In(lang, all...),
		Services:               []string{},
		Jurisdiction:           cat.Jurisdictions,
		RecipientThirdParties:  []string{},
		WithdrawalMethod:       method(cat.Withdrawal, lang, all),
		ReviewMethod:           method(cat.Review, lang, all),
		PrivacyRights:          cat.Rights,
		CodesOfConduct:         cat.Processing.CodesOfConduct,
		ImpactAssessment:       cat.Processing.ImpactAssessment,
		AuthorityParty:         cat.Authority,
		IfNotGiven:             p.IfNotGiven.In(lang, all...),
	}
	for _, s := range cat.Processing.Services {
		purpose.Services = append(purpose.Services, s.In(lang, all...))
	}
	for _, t := range cat.Processing.Transfers {
		purpose.Transfers = append(purpose.Transfers, statement.Transfer{Place: t.Place, Safeguard: t.Safeguard.In(lang, all...)})
	}
	for _, id := range l.Data {
		data := cat.Data[id]
		purpose.PIIInformation = append(purpose.PIIInformation, statement.PIIInformation{
			PIIType: data.PIIType, AttributeID: id, Label: data.Label.In(lang, all...),
			Optional: p.Data[id] != catalogue.Required, Special: data.Special, SpecialCategories: data.SpecialCategories,
		})
	}
	if !slices.ContainsFunc(purpose.PIIInformation, func(d statement.PIIInformation) bool { return d.Special != "" }) {
		purpose.SpecialBasis = "" // no special data are left
	}
	if l.Recipient != cat.Controller {
		purpose.RecipientThirdParties = []string{l.Recipient}
	}
	return purpose
}

func method(m catalogue.Method, lang string, all []string) statement.RecordMethod {
	return statement.RecordMethod{URL: m.URL, Alternative: m.Alternative.In(lang, all...)}
}

// RecordParty returns a party of a catalogue as records state it.
func RecordParty(id string, p catalogue.Party) statement.RecordParty {
	party := statement.RecordParty{
		PartyID: id, Address: p.Address, Email: p.Email, URL: p.URL, Phone: p.Phone,
		Name: p.Name, Role: p.Role, Contact: p.Email, Type: p.Role, Representative: p.Representative,
	}
	if p.DPO != nil {
		party.Contact = p.DPO.Name + " <" + p.DPO.Email + ">"
	}
	return party
}

func recordEvent(l *statement.Line, m statement.Mark, state statement.State, subject string) statement.RecordEvent {
	entity := string(m.By)
	if m.By == statement.RoleSubject {
		entity = subject
	}
	return statement.RecordEvent{
		EventTime: m.At, ValidityDuration: l.Until, EntityID: entity, Receipt: m.Seq,
		EventType: consentTypes[m.Attests], EventState: States[state].DPV,
	}
}

// consentTypes are the kinds of consent as terms of the Data Privacy Vocabulary 2.3, by what
// the record of an earlier system attests. The key "" is a consent expressed here.
var consentTypes = map[statement.Attested]string{
	"":                           "dpv:ExplicitlyExpressedConsent",
	statement.AttestedExplicit:   "dpv:ExplicitlyExpressedConsent",
	statement.AttestedExpressed:  "dpv:ExpressedConsent",
	statement.AttestedImplied:    "dpv:ImpliedConsent",
	statement.AttestedUninformed: "dpv:UninformedConsent",
	statement.AttestedClaimed:    "dpv:Consent", // of an unknown kind
}
