package exchange

import (
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

func (w *dpvWriter) party(s *reading, p statement.RecordParty) node {
	address := node{
		"@type": "schema:PostalAddress", "schema:streetAddress": p.Address.Street,
		"schema:addressLocality": p.Address.Locality, "schema:addressCountry": p.Address.Country,
	}
	if p.Address.Region != "" {
		address["schema:addressRegion"] = p.Address.Region
	}
	if p.Address.PostalCode != "" {
		address["schema:postalCode"] = p.Address.PostalCode
	}
	out := node{
		"@id": partyID(s.rec, p.PartyID), "@type": w.kind(dpvRoles[p.Role]...), "dct:type": p.Type,
		"dpv:hasIdentifier": p.PartyID, "dpv:hasName": p.Name, "dpv:hasAddress": address, "dpv:hasContact": p.Contact,
	}
	for name, value := range map[string]string{"schema:email": p.Email, "schema:url": p.URL, "schema:telephone": p.Phone} {
		if value != "" {
			out[name] = value
		}
	}
	return out
}

// process writes one purpose and how it is carried out.
func (w *dpvWriter) process(s *reading, r *statement.Record, p statement.RecordPurpose) node {
	party := func(id string) node { return link(partyID(s.rec, id)) }
	out := node{
		"@type": w.kind("dpv:Process"),
		"dpv:hasPurpose": []node{{
			"@type": w.kind("dpv:Purpose"), "dct:identifier": p.Purpose, "dct:title": p.Title, "dct:description": p.Description,
			"skos:broader": each(p.PurposeType, w.term),
		}},
		"dpv:hasLegalBasis":          []node{w.term(p.LawfulBasis)},
		"dpv:hasPersonalData":        each(p.PIIInformation, w.data),
		"dpv:hasDataController":      each(p.PIIControllers, party),
		"dpv:hasDataSource":          []node{{"@type": w.kind("dpv:DataSource"), "dct:description": p.CollectionMethod}},
		"dpv:hasProcessing":          []node{{"@type": w.kind("dpv:Processing"), "dct:description": p.ProcessingMethod}},
		"dpv:hasStorageCondition":    w.storage(p),
		"dpv:hasProcessingCondition": []node{{"@type": w.kind("dpv:ProcessingLocation"), "dpv:hasLocation": w.places(p.ProcessingLocations)}, w.access(r.Access)},
		"dpv:hasRule":                []node{{"@type": w.kind("dpv:Obligation"), "dct:description": p.GeographicRestrictions}},
		"dpv:hasJurisdiction":        w.places(p.Jurisdiction),
		"dpv:hasRight": each(p.PrivacyRights, func(right statement.Right) node {
			return node{"@type": w.kind("dpv:DataSubjectRight", right.DPV), "dct:title": right.Right, "dpv:isExercisedAt": link(right.URL)}
		}),
		"dpv:hasAuthority": []node{party(p.AuthorityParty)},
		"dpv:hasConsentControl": []node{
			{"@type": w.kind("dpv:WithdrawConsent"), "dpv:isExercisedAt": link(p.WithdrawalMethod.URL), "dct:description": p.WithdrawalMethod.Alternative},
			{"@type": w.kind("dpv:ManageConsent"), "dpv:isExercisedAt": link(p.ReviewMethod.URL), "dct:description": p.ReviewMethod.Alternative},
		},
	}
	for name, nodes := range map[string][]node{
		"dpv:hasScope":     each(r.Resources, w.scope),
		"dpv:hasService":   each(p.Services, func(title string) node { return node{"@type": w.kind("dpv:Service"), "dct:title": title} }),
		"dpv:hasRecipient": each(p.RecipientThirdParties, party),
		"dpv:hasOrganisationalMeasure": each(p.CodesOfConduct, func(text string) node {
			return node{"@type": w.kind("dpv:CodeOfConduct"), "dct:description": text}
		}),
	} {
		if nodes != nil {
			out[name] = nodes
		}
	}
	if p.ImpactAssessment != "" {
		out["dpv:hasImpactAssessment"] = []node{{"@type": w.kind("dpv:ImpactAssessment"), "dct:description": p.ImpactAssessment}}
	}
	return out
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
	if !a.Every.IsZero() {
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
		"skos:broader": []node{w.term(d.PIIType)}, "dct:identifier": d.AttributeID, "dct:title": d.Label,
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
	carried("/records/*/schema_version", dpvRecord+"/dct:conformsTo/@id"),
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
	carried("/records/*/purposes/*/codes_of_conduct/*", dpvProcess+"/dpv:hasOrganisationalMeasure/$3/dct:description"),
	carried("/records/*/purposes/*/impact_assessment", dpvProcess+"/dpv:hasImpactAssessment/0/dct:description"),
	carried("/records/*/purposes/*/authority_party", dpvProcess+"/dpv:hasAuthority/0/@id"),
	carried("/records/*/party_identification/*/party_id", dpvParty+"/dpv:hasIdentifier"),
	carried("/records/*/party_identification/*/party_name", dpvParty+"/dpv:hasName"),
	carried("/records/*/party_identification/*/party_address/*", dpvParty+"/dpv:hasAddress/schema:$3"),
	carried("/records/*/party_identification/*/party_email", dpvParty+"/schema:email"),
	carried("/records/*/party_identification/*/party_url", dpvParty+"/schema:url"),
	carried("/records/*/party_identification/*/party_phone", dpvParty+"/schema:telephone"),
	carried("/records/*/party_identification/*/party_contact", dpvParty+"/dpv:hasContact"),
	approximated("/records/*/party_identification/*/party_role", dpvParty+"/@type", "as classes of DPV"),
	carried("/records/*/party_identification/*/party_type", dpvParty+"/dct:type"),
	carried("/records/*/events/*/event_time", dpvEvent+"/dpv:isIndicatedAtTime/@value"),
	carried("/records/*/events/*/validity_duration", dpvEvent+"/dpv:hasDuration/rdf:value/@value"),
	carried("/records/*/events/*/entity_id", dpvEvent+"/dpv:isIndicatedBy/dct:identifier"),
	carried("/records/*/events/*/event_state", dpvEvent+"/@type/0"),
	carried("/records/*/events/*/event_type", dpvEvent+"/@type/1"),
	approximated("/records/*/events/*/receipt", dpvEvent+"/dct:source", "as text"),
	carried("/records/*/access/kind", dpvRecord+"/dpv:hasProcess/0/dpv:hasProcessingCondition/1/dct:type"),
	approximated("/records/*/access/lookback", dpvRecord+"/dpv:hasProcess/0/dpv:hasProcessingCondition/1/dpv:hasDuration/rdf:value/@value", "as the duration of a condition titled access: DPV has no look-back"),
	approximated("/records/*/access/every", dpvRecord+"/dpv:hasProcess/0/dpv:hasProcessingCondition/1/dpv:hasFrequency/rdf:value/@value", "as the value of a frequency, which DPV does not define"),
	approximated("/records/*/resources/*/type", dpvRecord+"/dpv:hasProcess/0/dpv:hasScope/$2/dct:type", "as a scope: DPV has no word for one account"),
	approximated("/records/*/resources/*/id", dpvRecord+"/dpv:hasProcess/0/dpv:hasScope/$2/dct:identifier", "as a scope: DPV has no word for one account"),
	approximated("/records/*/resources/*/label", dpvRecord+"/dpv:hasProcess/0/dpv:hasScope/$2/dct:title", "as a scope: DPV has no word for one account"),
	dropped("/records/*/purposes/**", notOfRecord),
}
