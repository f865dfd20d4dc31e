package exchange

import (
	"cmp"
	"slices"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// The roles of a party in DPV.
var dpvRoles = map[string][]string{
	"controller": {"dpv:LegalEntity", "dpv:DataController"},
	"recipient":  {"dpv:LegalEntity", "dpv:Recipient", "dpv:ThirdParty"},
	"processor":  {"dpv:LegalEntity", "dpv:DataProcessor"},
	"authority":  {"dpv:LegalEntity", "dpv:Authority"},
}

// partyID names a party in one document.
func partyID(rec *receipt.Receipt, id string) string { return rec.Issuer + "#" + id }

// entity writes what the guide wants of everybody but the data subject. It wants the IRI as
// an explicit identifier too.
func entity(iri, name, contact string, a statement.Address) node {
	address := node{
		"@type": "schema:PostalAddress", "schema:streetAddress": a.Street,
		"schema:addressLocality": a.Locality, "schema:addressCountry": a.Country,
	}
	if a.Region != "" {
		address["schema:addressRegion"] = a.Region
	}
	if a.PostalCode != "" {
		address["schema:postalCode"] = a.PostalCode
	}
	return node{
		"@id": iri, "dpv:hasIdentifier": iri, "dpv:hasName": name, "schema:address": address,
		"schema:contactPoint": node{"@type": "schema:ContactPoint", "schema:name": contact},
	}
}

func (w *dpvWriter) party(s *reading, p statement.RecordParty) node {
	iri := partyID(s.rec, p.PartyID)
	kinds := slices.Clone(dpvRoles[p.Role])
	if p.OwnUse {
		kinds = append(kinds, "dpv:DataController")
	}
	out := entity(iri, p.Name, p.Contact, p.Address)
	out["@type"], out["dct:type"], out["dct:identifier"] = w.kind(kinds...), p.Type, p.PartyID
	for name, value := range map[string]string{"schema:email": p.Email, "schema:url": p.URL, "schema:telephone": p.Phone} {
		if value != "" {
			out[name] = value
		}
	}
	if r := p.Representative; r != nil {
		by := entity(iri+"-representative", r.Name, cmp.Or(r.Email, r.Name), r.Address)
		by["@type"] = w.kind("dpv:LegalEntity", "dpv:Representative")
		out["dpv:hasRepresentative"] = []node{by}
	}
	return out
}

// process writes one purpose and how it is carried out.
func (w *dpvWriter) process(s *reading, r *statement.Record, p statement.RecordPurpose) node {
	party := func(id string) node { return link(partyID(s.rec, id)) }
	recipients := p.RecipientThirdParties
	if len(recipients) == 0 { // the controller alone: DPV counts it as a recipient
		recipients = p.PIIControllers
	}
	out := node{
		"@type": w.kind("dpv:Process"),
		"dpv:hasPurpose": []node{{
			"@type": w.kind("dpv:Purpose"), "dct:identifier": p.Purpose, "dct:title": p.Title, "dct:description": p.Description,
			"skos:broader": each(p.PurposeType, w.term),
		}},
		"dpv:hasLegalBasis":          each(bases(p), w.term),
		"dpv:hasPersonalData":        each(p.PIIInformation, w.data),
		"dpv:hasDataController":      each(p.PIIControllers, party),
		"dpv:hasRecipient":           each(recipients, party),
		"dpv:hasDataSource":          []node{{"@type": w.kind("dpv:DataSource"), "dct:description": p.CollectionMethod}},
		"dpv:hasProcessing":          append([]node{{"@type": w.kind("dpv:Processing"), "dct:description": p.ProcessingMethod}}, each(p.Transfers, w.transfer)...),
		"dpv:hasStorageCondition":    w.storage(p),
		"dpv:hasProcessingCondition": []node{{"@type": w.kind("dpv:ProcessingLocation"), "dpv:hasLocation": w.places(p.ProcessingLocations)}, w.access(r.Access)},
		"dpv:hasRule":                []node{{"@type": w.kind("dpv:Obligation"), "dct:description": p.GeographicRestrictions}},
		"dpv:hasJurisdiction":        w.places(p.Jurisdiction),
		"dpv:hasRight": each(p.PrivacyRights, func(right statement.Right) node {
			return node{"@type": w.kind("dpv:DataSubjectRight", right.DPV), "dct:title": right.Right, "dpv:isExercisedAt": link(right.URL)}
		}),
		"dpv:hasAuthority":      []node{party(p.AuthorityParty)},
		"dpv:hasConsentControl": w.controls(r, p),
	}
	for name, nodes := range map[string][]node{
		"dpv:hasScope":   each(r.Resources, w.scope),
		"dpv:hasService": each(p.Services, func(title string) node { return node{"@type": w.kind("dpv:Service"), "dct:title": title} }),
		"dpv:hasOrganisationalMeasure": each(p.CodesOfConduct, func(text string) node {
			return node{"@type": w.kind("dpv:CodeOfConduct"), "dct:description": text}
		}),
		"dpv:hasAssessment":  w.described("dpv:ImpactAssessment", p.ImpactAssessment),
		"dpv:hasConsequence": w.described("dpv:Consequence", p.IfNotGiven),
	} {
		if nodes != nil {
			out[name] = nodes
		}
	}
	return out
}

// bases are the legal bases of a purpose.
func bases(p statement.RecordPurpose) []string {
	if p.SpecialBasis == "" {
		return []string{p.LawfulBasis}
	}
	return []string{p.LawfulBasis, p.SpecialBasis}
}

// controls say where to withdraw a consent and to change it and, if it does not hold, where
// to give it.
func (w *dpvWriter) controls(r *statement.Record, p statement.RecordPurpose) []node {
	review := w.kind("dpv:ManageConsent")
	if r.Events[len(r.Events)-1].EventState != consent.States[statement.Given].DPV {
		review = w.kind("dpv:ManageConsent", "dpv:ProvideConsent")
	}
	return []node{
		{"@type": w.kind("dpv:WithdrawConsent"), "dpv:isExercisedAt": link(p.WithdrawalMethod.URL), "dct:description": p.WithdrawalMethod.Alternative},
		{"@type": review, "dpv:isExercisedAt": link(p.ReviewMethod.URL), "dct:description": p.ReviewMethod.Alternative},
	}
}

// transfer says where data go and what protects them there.
func (w *dpvWriter) transfer(t statement.Transfer) node {
	return node{
		"@type": w.kind("dpv:Transfer"), "dpv:hasLocation": w.places([]string{t.Place}),
		"dpv:hasTechnicalOrganisationalMeasure": w.described("dpv:SafeguardForDataTransfer", t.Safeguard),
	}
}

// described is one node with a text; without a text it is nil.
func (w *dpvWriter) described(kind, text string) []node {
	if text == "" {
		return nil
	}
	return []node{{"@type": w.kind(kind), "dct:description": text}}
}

// each makes a node of every value; of none it makes nil.
func each[T any](values []T, build func(T) node) (nodes []node) {
	for _, v := range values {
		nodes = append(nodes, build(v))
	}
	return nodes
}

// storage says where data are kept, and how long each copy is.
func (w *dpvWriter) storage(p statement.RecordPurpose) []node {
	deletion := w.stored("dpv:StorageDeletion", "after withdrawal", p.AfterWithdrawal.Within)
	deletion["dct:description"] = p.AfterWithdrawal.What
	return []node{
		{"@type": w.kind("dpv:StorageLocation"), "dpv:hasLocation": w.places(p.StorageLocations)},
		w.stored("dpv:StorageDuration", "by the recipient, from each access", p.RetentionPeriod.Recipient),
		w.stored("dpv:StorageDuration", "by the recipient, after the end", p.RetentionPeriod.AfterEnd),
		w.stored("dpv:StorageDuration", "this evidence, after the end", p.RetentionPeriod.Evidence),
		w.stored("dpv:StorageDuration", "in backups, after deletion", p.RetentionPeriod.Backups),
		deletion,
	}
}

// access says how far back and how often.
func (w *dpvWriter) access(a statement.AccessTerms) node {
	out := node{
		"@type": w.kind("dpv:ProcessingCondition"), "dct:title": "access", "dct:type": a.Kind, "dpv:hasDuration": w.lasting(a.Lookback),
	}
	switch {
	case a.Kind == statement.OneTime:
		out["dpv:hasFrequency"] = w.term("dpv:SingularFrequency")
	case !a.Every.IsZero():
		out["dpv:hasFrequency"] = node{"@type": w.kind("dpv:Frequency"), "rdf:value": literal("xsd:duration", a.Every.String())}
	}
	return out
}

func (w *dpvWriter) data(d statement.PIIInformation) node {
	necessity, kinds := "dpv:Required", []string{"dpv:PersonalData"}
	if d.Optional {
		necessity = "dpv:Optional"
	}
	out := node{
		"skos:broader": append([]node{w.term(d.PIIType)}, each(d.SpecialCategories, w.term)...), "dct:identifier": d.AttributeID, "dct:title": d.Label,
		"dpv:hasNecessity": w.term(necessity),
	}
	if d.Special != "" {
		kinds, out["dct:description"] = append(kinds, "dpv:SpecialCategoryPersonalData"), d.Special
	}
	out["@type"] = w.kind(kinds...)
	return out
}

// scope names a resource to which the consent is limited.
func (w *dpvWriter) scope(r statement.Resource) node {
	n := node{"@type": w.kind("dpv:Scope"), "dct:type": r.Type, "dct:identifier": r.ID}
	if r.Label != "" {
		n["dct:title"] = r.Label
	}
	return n
}

// These are the places of a record, of its process and of its events in the document.
const (
	dpvRecord  = "/dpv:hasRecordOfActivity/$1"
	dpvProcess = dpvRecord + "/dpv:hasProcess/$2"
	dpvStored  = dpvProcess + "/dpv:hasStorageCondition"
	dpvEvent   = dpvRecord + "/dpv:hasConsentStatus/$2"
	dpvParty   = dpvRecord + "/dpv:hasEntity/$2"
)

// dpvRecordRules say what becomes of a record.
var dpvRecordRules = []Rule{
	carried("/records/*/schema_version", dpvRecord+"/schema:schemaVersion/@id"),
	carried("/records/*/record_id", dpvRecord+"/dpv:hasIdentifier"),
	carried("/records/*/pii_principal_id", dpvRecord+"/dpv:hasDataSubject/dpv:hasIdentifier"),
	carried("/records/*/privacy_notice/digest", dpvRecord+"/dpv:hasNotice/0/dct:identifier"),
	carried("/records/*/privacy_notice/url", dpvRecord+"/dpv:hasNotice/0/@id"),
	carried("/records/*/language", dpvRecord+"/dct:language"),
	carried("/records/*/purposes/*/purpose", dpvProcess+"/dpv:hasPurpose/0/dct:identifier"),
	carried("/records/*/purposes/*/title", dpvProcess+"/dpv:hasPurpose/0/dct:title"),
	carried("/records/*/purposes/*/description", dpvProcess+"/dpv:hasPurpose/0/dct:description"),
	carried("/records/*/purposes/*/purpose_type/*", dpvProcess+"/dpv:hasPurpose/0/skos:broader/$3/@id"),
	carried("/records/*/purposes/*/lawful_basis", dpvProcess+"/dpv:hasLegalBasis/0/@id"),
	carried("/records/*/purposes/*/pii_information/*/pii_type", dpvProcess+"/dpv:hasPersonalData/$3/skos:broader/0/@id"),
	carried("/records/*/purposes/*/pii_information/*/pii_attribute_id", dpvProcess+"/dpv:hasPersonalData/$3/dct:identifier"),
	carried("/records/*/purposes/*/pii_information/*/label", dpvProcess+"/dpv:hasPersonalData/$3/dct:title"),
	approximated("/records/*/purposes/*/pii_information/*/pii_optional", dpvProcess+"/dpv:hasPersonalData/$3/dpv:hasNecessity/@id", "as dpv:Required or dpv:Optional"),
	carried("/records/*/purposes/*/pii_information/*/special_pii_category", dpvProcess+"/dpv:hasPersonalData/$3/dct:description"),
	carried("/records/*/purposes/*/pii_controllers/*", dpvProcess+"/dpv:hasDataController/$3/@id"),
	carried("/records/*/purposes/*/collection_method", dpvProcess+"/dpv:hasDataSource/0/dct:description"),
	carried("/records/*/purposes/*/processing_method", dpvProcess+"/dpv:hasProcessing/0/dct:description"),
	carried("/records/*/purposes/*/storage_locations/*", dpvStored+"/0/dpv:hasLocation/$3/@id"),
	carried("/records/*/purposes/*/retention_period/recipient", dpvStored+"/1/dpv:hasDuration/rdf:value/@value"),
	carried("/records/*/purposes/*/retention_period/after_end", dpvStored+"/2/dpv:hasDuration/rdf:value/@value"),
	carried("/records/*/purposes/*/retention_period/evidence", dpvStored+"/3/dpv:hasDuration/rdf:value/@value"),
	carried("/records/*/purposes/*/retention_period/backups", dpvStored+"/4/dpv:hasDuration/rdf:value/@value"),
	carried("/records/*/purposes/*/after_withdrawal/what", dpvStored+"/5/dct:description"),
	carried("/records/*/purposes/*/after_withdrawal/within", dpvStored+"/5/dpv:hasDuration/rdf:value/@value"),
	carried("/records/*/purposes/*/processing_locations/*", dpvProcess+"/dpv:hasProcessingCondition/0/dpv:hasLocation/$3/@id"),
	approximated("/records/*/purposes/*/geographic_restrictions", dpvProcess+"/dpv:hasRule/0/dct:description", "as the text of an obligation: DPV cannot negate a place"),
	carried("/records/*/purposes/*/services/*", dpvProcess+"/dpv:hasService/$3/dct:title"),
	carried("/records/*/purposes/*/jurisdiction/*", dpvProcess+"/dpv:hasJurisdiction/$3/@id"),
	carried("/records/*/purposes/*/recipient_third_parties/*", dpvProcess+"/dpv:hasRecipient/$3/@id"),
	carried("/records/*/purposes/*/withdrawal_method/url", dpvProcess+"/dpv:hasConsentControl/0/dpv:isExercisedAt/@id"),
	carried("/records/*/purposes/*/withdrawal_method/alternative", dpvProcess+"/dpv:hasConsentControl/0/dct:description"),
	carried("/records/*/purposes/*/review_method/url", dpvProcess+"/dpv:hasConsentControl/1/dpv:isExercisedAt/@id"),
	carried("/records/*/purposes/*/review_method/alternative", dpvProcess+"/dpv:hasConsentControl/1/dct:description"),
	carried("/records/*/purposes/*/privacy_rights/*/right", dpvProcess+"/dpv:hasRight/$3/dct:title"),
	carried("/records/*/purposes/*/privacy_rights/*/dpv", dpvProcess+"/dpv:hasRight/$3/@type/1"),
	carried("/records/*/purposes/*/privacy_rights/*/url", dpvProcess+"/dpv:hasRight/$3/dpv:isExercisedAt/@id"),
	carried("/records/*/purposes/*/special_basis", dpvProcess+"/dpv:hasLegalBasis/1/@id"),
	carried("/records/*/purposes/*/pii_information/*/special_categories/*", dpvProcess+"/dpv:hasPersonalData/$3/skos:broader"),
	carried("/records/*/purposes/*/transfers/*/place", dpvProcess+"/dpv:hasProcessing"),
	carried("/records/*/purposes/*/transfers/*/safeguard", dpvProcess+"/dpv:hasProcessing"),
	carried("/records/*/purposes/*/if_not_given", dpvProcess+"/dpv:hasConsequence/0/dct:description"),
	carried("/records/*/purposes/*/codes_of_conduct/*", dpvProcess+"/dpv:hasOrganisationalMeasure/$3/dct:description"),
	carried("/records/*/purposes/*/impact_assessment", dpvProcess+"/dpv:hasAssessment/0/dct:description"),
	carried("/records/*/purposes/*/authority_party", dpvProcess+"/dpv:hasAuthority/0/@id"),
	carried("/records/*/party_identification/*/party_id", dpvParty+"/dct:identifier"),
	carried("/records/*/party_identification/*/party_name", dpvParty+"/dpv:hasName"),
	carried("/records/*/party_identification/*/party_address/*", dpvParty+"/schema:address/schema:$3"),
	carried("/records/*/party_identification/*/party_email", dpvParty+"/schema:email"),
	carried("/records/*/party_identification/*/party_url", dpvParty+"/schema:url"),
	carried("/records/*/party_identification/*/party_phone", dpvParty+"/schema:telephone"),
	carried("/records/*/party_identification/*/party_contact", dpvParty+"/schema:contactPoint/schema:name"),
	carried("/records/*/party_identification/*/representative/name", dpvParty+"/dpv:hasRepresentative/0/dpv:hasName"),
	carried("/records/*/party_identification/*/representative/email", dpvParty+"/dpv:hasRepresentative/0/schema:contactPoint/schema:name"),
	carried("/records/*/party_identification/*/representative/address/*", dpvParty+"/dpv:hasRepresentative/0/schema:address/schema:$3"),
	approximated("/records/*/party_identification/*/own_use", dpvParty+"/@type", "as a controller: DPV knows no recipient with ends of its own"),
	approximated("/records/*/party_identification/*/party_role", dpvParty+"/@type", "as classes of DPV"),
	carried("/records/*/party_identification/*/party_type", dpvParty+"/dct:type"),
	carried("/records/*/events/*/event_time", dpvEvent+"/dpv:isIndicatedAtTime/@value"),
	carried("/records/*/events/*/entity_id", dpvEvent+"/dpv:isIndicatedBy/dct:identifier"),
	carried("/records/*/events/*/event_state", dpvEvent+"/@type/0"),
	carried("/records/*/events/*/event_type", dpvEvent+"/dpv:hasLegalBasis/0/@id"),
	approximated("/records/*/events/*/receipt", dpvEvent+"/dct:source", "as text"),
	carried("/records/*/access/kind", dpvRecord+"/dpv:hasProcess/0/dpv:hasProcessingCondition/1/dct:type"),
	approximated("/records/*/access/lookback", dpvRecord+"/dpv:hasProcess/0/dpv:hasProcessingCondition/1/dpv:hasDuration/rdf:value/@value", "as the duration of a condition titled access: DPV has no look-back"),
	approximated("/records/*/access/every", dpvRecord+"/dpv:hasProcess/0/dpv:hasProcessingCondition/1/dpv:hasFrequency/rdf:value/@value", "as the value of a frequency, which DPV does not define"),
	approximated("/records/*/resources/*/type", dpvRecord+"/dpv:hasProcess/0/dpv:hasScope/$2/dct:type", "as a scope: DPV has no word for one account"),
	approximated("/records/*/resources/*/id", dpvRecord+"/dpv:hasProcess/0/dpv:hasScope/$2/dct:identifier", "as a scope: DPV has no word for one account"),
	approximated("/records/*/resources/*/label", dpvRecord+"/dpv:hasProcess/0/dpv:hasScope/$2/dct:title", "as a scope: DPV has no word for one account"),
	dropped("/records/*/purposes/**", notOfRecord),
}
