package exchange

import (
	"fmt"
	"slices"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// The profiles of DPV for ISO/IEC TS 27560 that a receipt and its records conform to. Each
// names one, as the guide wants; the schema of the signed receipt is in schema:schemaVersion.
const (
	dpvReceiptProfile = "https://w3id.org/dpv/schema/dpv-27560#receipt"
	dpvRecordProfile  = "https://w3id.org/dpv/schema/dpv-27560#record"
)

// Why a receipt does not claim the profile, which wants whole records.
const (
	noConsentTouched = "This receipt states no consent that was given, changed, ended or refused. So it has no consent record, and does not claim the profile of consent receipts."
	statedInShort    = "This receipt states some consents without their full records. So it does not claim the profile of consent receipts."
)

// exportDPV writes the receipt with all its consents. It follows sections 8 and 9
// of https://w3id.org/dpv/guides/consent-27560; where those and the table of
// section 7.2 name two properties for one field, the sections count.
func exportDPV(rec *receipt.Receipt, cat *catalogue.Catalogue, _ string) (*Document, error) {
	s, err := read(rec, cat)
	if err != nil {
		return nil, err
	}
	w := &dpvWriter{}
	var rules []Rule
	var records []node
	for i := range s.records {
		records = append(records, w.record(s, &s.records[i]))
		rules = append(rules, eventRules(i, &s.records[i])...)
	}
	for i, c := range s.changes {
		switch row := s.record(c); {
		case c.To == statement.None:
			rules = append(rules, dropped(fmt.Sprintf("/changes/%d/**", i), "nothing is known of what it names"))
		case row >= 0 && c.ConsentID == "":
			rules = append(rules, refusalRules(i, row)...)
		case row >= 0:
		default:
			rules = append(rules, endingRules(i, len(records))...)
			records = append(records, w.ending(s, c))
		}
	}
	doc := w.receipt(s, rec, records)
	if w.err != nil {
		return nil, w.err
	}
	return document(s, "dpv", "", doc, append(rules, dpvRules...))
}

// receipt writes the receipt itself around the records of its consents.
func (w *dpvWriter) receipt(s *reading, rec *receipt.Receipt, records []node) node {
	doc := node{
		"@context":                dpvContext,
		"@id":                     "urn:uuid:" + rec.ID,
		"@type":                   w.kind("dpv:ConsentReceipt"),
		"dct:created":             moment(rec.Time()),
		"dct:date":                moment(rec.Event.OccurredAt),
		"dct:type":                rec.Event.Type,
		"dct:publisher":           link(rec.Issuer),
		"dct:audience":            node{"@type": w.kind("dpv:DataSubject"), "dpv:hasIdentifier": rec.Subject},
		"dct:source":              node{"dct:identifier": rec.Digest},
		"dct:identifier":          rec.ID,
		"dpv:hasIdentifier":       rec.ID,
		"dpv:hasIndicationMethod": rec.Event.Channel,
		"dpv:isIndicatedBy":       node{"@type": w.kind("dpv:Entity"), "dct:type": string(s.actor.Role)},
		"schema:schemaVersion":    link(rec.SchemaVersion),
	}
	if len(records) > 0 {
		doc["dpv:hasRecordOfActivity"] = records
	}
	switch len(records) {
	case 0:
		doc["dct:description"] = noConsentTouched
	case len(s.records):
		doc["dct:conformsTo"] = link(dpvReceiptProfile)
	default:
		doc["dct:description"] = statedInShort
	}
	return doc
}

// record writes a consent in full.
func (w *dpvWriter) record(s *reading, r *statement.Record) node {
	return node{
		"@id": "urn:uuid:" + r.RecordID, "@type": w.kind("dpv:ConsentRecord"),
		"dct:conformsTo": link(dpvRecordProfile), "schema:schemaVersion": link(r.SchemaVersion), "dct:language": r.Language,
		"dct:identifier": r.RecordID, "dpv:hasIdentifier": r.RecordID,
		"dpv:hasDataSubject": node{"@type": w.kind("dpv:DataSubject"), "dpv:hasIdentifier": r.PrincipalID},
		"dpv:hasNotice": []node{{
			"@id": r.PrivacyNotice.URL, "@type": w.kind("dpv:ConsentNotice"), "dct:identifier": r.PrivacyNotice.Digest,
		}},
		"dpv:hasProcess": each(r.Purposes, func(p statement.RecordPurpose) node { return w.process(s, r, p) }),
		"dpv:hasConsentStatus": each(r.Events, func(e statement.RecordEvent) node {
			return w.status(e, e.EntityID == r.PrincipalID, r.Access.Kind == statement.OneTime)
		}),
		"dpv:hasEntity": each(r.Parties, func(p statement.RecordParty) node { return w.party(s, p) }),
	}
}

// status writes an event of a consent. The kind of consent is its legal basis and not its
// type, since a refusal and an ending express no consent.
func (w *dpvWriter) status(e statement.RecordEvent, bySubject, once bool) node {
	by := "dpv:Entity"
	if bySubject {
		by = "dpv:DataSubject"
	}
	out := node{
		"@type": w.kind(e.EventState), "dct:source": fmt.Sprintf("receipt %d", e.Receipt),
		"dpv:hasLegalBasis":     []node{w.term(e.EventType)},
		"dpv:isIndicatedAtTime": moment(e.EventTime),
		"dpv:isIndicatedBy":     node{"@type": w.kind(by), "dct:identifier": e.EntityID},
	}
	if e.EventState != consent.States[statement.Given].DPV {
		out["dpv:hasDuration"] = []node{{"@type": w.kind("dpv:EndlessDuration")}}
		return out
	}
	durations := []node{{"@type": w.kind("dpv:UntilTimeDuration"), "rdf:value": moment(e.ValidityDuration)}}
	if !e.Validity.IsZero() {
		durations = append(durations, w.lasting(e.Validity))
	}
	if once {
		durations = append(durations, node{"@type": w.kind("dpv:FixedOccurrencesDuration"), "rdf:value": "1"})
		out["dpv:hasFrequency"] = w.term("dpv:SingularFrequency")
	}
	out["dpv:hasDuration"] = durations
	return out
}

// ending writes what is known of a consent that was refused, has ended or is paused, if the
// receipt has no record of it. It lacks what the profile of records wants, and does not claim it.
func (w *dpvWriter) ending(s *reading, c statement.Change) node {
	process := node{
		"@type": w.kind("dpv:Process"),
		"dpv:hasPurpose": []node{{
			"@type": w.kind("dpv:Purpose"), "dct:identifier": c.Purpose, "dct:title": s.title(c),
		}},
		"dpv:hasRecipient": []node{{
			"@type": w.kind("dpv:Recipient"), "dpv:hasIdentifier": c.Recipient, "dpv:hasName": s.recipient(c),
		}},
	}
	if c.To == statement.Paused {
		process["dpv:hasActivityStatus"] = w.term("dpv:ActivityHalted")
	}
	out := node{
		"@type":              w.kind("dpv:ConsentRecord"),
		"dpv:hasDataSubject": node{"@type": w.kind("dpv:DataSubject"), "dpv:hasIdentifier": s.rec.Subject},
		"dpv:hasProcess":     []node{process},
		"dpv:hasConsentStatus": []node{{
			"@type": w.kind(consent.States[c.To].DPV), "dct:source": fmt.Sprintf("receipt %d", s.rec.Seq),
			"dpv:isIndicatedAtTime": moment(s.rec.Event.OccurredAt),
			"dpv:isIndicatedBy":     node{"@type": w.kind("dpv:Entity"), "dct:type": string(s.actor.Role)},
		}},
	}
	if c.ConsentID != "" {
		out["@id"], out["dpv:hasIdentifier"] = "urn:uuid:"+c.ConsentID, c.ConsentID
	}
	return out
}

// eventRules are those of the events of the record at i.
func eventRules(i int, r *statement.Record) (rules []Rule) {
	for j, e := range r.Events {
		from := fmt.Sprintf("/records/%d/events/%d", i, j)
		to := fmt.Sprintf("/dpv:hasRecordOfActivity/%d/dpv:hasConsentStatus/%d/dpv:hasDuration", i, j)
		if e.EventState != consent.States[statement.Given].DPV {
			rules = append(rules, dropped(from+"/validity_duration", "a refusal and an ending hold without end"),
				dropped(from+"/validity", "a refusal and an ending hold without end"))
			continue
		}
		rules = append(rules, carried(from+"/validity_duration", to+"/0/rdf:value/@value"), carried(from+"/validity", to+"/1/rdf:value/@value"))
	}
	return rules
}

// refusalRules are those of the change at i, which the record at row states.
func refusalRules(i, row int) []Rule {
	from, to := fmt.Sprintf("/changes/%d", i), fmt.Sprintf("/dpv:hasRecordOfActivity/%d/dpv:hasProcess/0", row)
	return []Rule{
		carried(from+"/purpose", to+"/dpv:hasPurpose/0/dct:identifier"),
		approximated(from+"/recipient", to, "as the record's recipient"),
	}
}

// endingRules are those of the change at i, which became the record at row.
func endingRules(i, row int) []Rule {
	from, to := fmt.Sprintf("/changes/%d", i), fmt.Sprintf("/dpv:hasRecordOfActivity/%d", row)
	return []Rule{
		carried(from+"/consent_id", to+"/dpv:hasIdentifier"),
		carried(from+"/purpose", to+"/dpv:hasProcess/0/dpv:hasPurpose/0/dct:identifier"),
		carried(from+"/recipient", to+"/dpv:hasProcess/0/dpv:hasRecipient/0/dpv:hasIdentifier"),
		carried(from+"/labels/purpose", to+"/dpv:hasProcess/0/dpv:hasPurpose/0/dct:title"),
		carried(from+"/labels/recipient", to+"/dpv:hasProcess/0/dpv:hasRecipient/0/dpv:hasName"),
		approximated(from+"/to", to+"/dpv:hasConsentStatus/0/@type", "DPV's own word for the state or, of a pause, that no processing may rest on the consent"),
		approximated("/seq", to+"/dpv:hasConsentStatus/0/dct:source", "as text"),
	}
}

const (
	notOfRecord = "DPV has no property for it"
	byDay       = "DPV states how long after a withdrawal, not the day"
	inEntities  = "each record states its controller itself"
	inRecord    = "the record states the consent as it is after the event"
	besideEvent = "what else holds is not part of a receipt of DPV: it states its own records"
	guarantee   = "part of the signed receipt's own guarantees, which a copy in another format does not have"
)

// dpvRules say what becomes of a receipt in DPV.
var dpvRules = slices.Concat([]Rule{
	carried("/iss", "/dct:publisher/@id"),
	carried("/sub", "/dct:audience/dpv:hasIdentifier"),
	carried("/jti", "/dpv:hasIdentifier"),
	approximated("/iat", "/dct:created", "seconds since 1970 became a date-time"),
	carried("/schema_version", "/schema:schemaVersion/@id"),
	carried("/event/type", "/dct:type"),
	carried("/event/occurred_at", "/dct:date/@value"),
	carried("/event/channel", "/dpv:hasIndicationMethod"),
	dropped("/event/**", notOfRecord),
	carried("/actor/0/role", "/dpv:isIndicatedBy/dct:type"),
	carried("/changes/*/consent_id", "/dpv:hasRecordOfActivity"),
	dropped("/changes/*/effect/**", byDay),
	dropped("/changes/**", inRecord),
	dropped("/controller/**", inEntities),
	dropped("/standing/**", besideEvent),
	dropped("/actor/**", notOfRecord),
	dropped("/evidence/**", notOfRecord),
	dropped("/request/**", "DPV's receipts are of consents"),
	dropped("/note/**", notOfRecord),
}, guarantees, dpvRecordRules)

// guarantees are the claims by which a signed receipt vouches for itself.
var guarantees = []Rule{
	dropped("/nonce", guarantee),
	dropped("/_sd_alg", guarantee),
	dropped("/prev", guarantee),
	dropped("/catalogue", guarantee),
	dropped("/seq", guarantee),
}
