package page

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// checkCommand is the command that checks a receipt.
const checkCommand = "receipt verify --root root.pem receipt.sd-jwt"

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// systems lists the ids, digests and codes of a receipt, which people do not need.
func (b *builder) systems() Section {
	r, w := b.rec, b.Words
	s := Section{Title: w.Say("systems.heading")}
	add := func(key string, lines ...string) {
		var unique []string
		for _, line := range lines {
			if line != "" && !slices.Contains(unique, line) {
				unique = append(unique, line)
			}
		}
		s.Rows = b.row(s.Rows, key, written(strings.Join(unique, ", "), ""))
	}
	add("technical.id", r.ID)
	add("technical.issuer", r.Issuer)
	add("technical.subject", r.Subject)
	add("technical.issued", iso(r.Time()))
	if len(r.Evidence) == r.Withheld()["evidence"] { // otherwise the evidence says it
		add("systems.channel", r.Event.Channel)
	}
	add("technical.digest", r.Digest)
	add("technical.previous", cmp.Or(r.Prev, w.Say("technical.first")))
	add("technical.catalogue", r.Catalogue)
	add("technical.schema", r.SchemaVersion)
	add("technical.leaf", r.Leaf)
	add("technical.root", cmp.Or(r.Root, w.Say("technical.no-root")))
	withheld := w.Say("technical.nothing-withheld")
	if items := b.withheldItems(); len(items) > 0 {
		withheld = w.List(items)
	}
	add("systems.withheld", withheld)
	if c := r.Event.Corrects; c != nil {
		add("record.corrects", c.Digest)
	}
	b.codes(add)
	s.Rows = append(s.Rows, b.strengths()...)
	add("systems.command", checkCommand)
	return s
}

// codes lists those of the changes, the records and the evidence.
func (b *builder) codes(add func(key string, lines ...string)) {
	var consents, notices, purposes, data, parties, rights, grants []string
	for _, c := range b.changes {
		consents = append(consents, c.ConsentID)
		if g := c.Binding; g != nil {
			grants = append(grants, g.Grant, g.Details)
		}
	}
	for _, r := range b.records {
		consents, notices = append(consents, r.RecordID), append(notices, r.PrivacyNotice.URL)
		if !strings.Contains(r.PrivacyNotice.URL, r.PrivacyNotice.Digest) {
			notices = append(notices, r.PrivacyNotice.Digest)
		}
		for _, one := range r.Resources {
			data = append(data, one.Type+" "+one.ID)
		}
		for _, party := range r.Parties {
			parties = append(parties, party.PartyID+" "+party.Type)
		}
		for _, p := range r.Purposes {
			purposes = append(append(purposes, p.Purpose), p.PurposeType...)
			for _, id := range slices.Concat(p.PIIControllers, p.RecipientThirdParties) {
				if !slices.ContainsFunc(r.Parties, func(party statement.RecordParty) bool { return party.PartyID == id }) {
					parties = append(parties, id)
				}
			}
			for _, d := range p.PIIInformation {
				data = append(data, d.AttributeID+" "+d.PIIType)
			}
			for _, right := range p.PrivacyRights {
				rights = append(rights, right.DPV)
			}
		}
	}
	add("systems.consent", consents...)
	add("systems.grant", grants...)
	add("systems.notice", notices...)
	add("systems.purpose", purposes...)
	add("systems.data", data...)
	add("systems.party", parties...)
	add("systems.right", rights...)
	b.evidenceCodes(add)
}

// evidenceCodes adds the offers that were answered, and when the person had signed in.
func (b *builder) evidenceCodes(add func(key string, lines ...string)) {
	evidence, _ := receipt.Decode[statement.Evidence](b.rec.Evidence) // the words have what cannot be decoded
	for _, e := range evidence {
		add("systems.offer", e.Offer)
		for _, a := range []*statement.Authentication{e.Authentication, e.Claimed} {
			if a != nil && a.AuthTime != 0 {
				add("systems.signed-in", iso(time.Unix(a.AuthTime, 0)))
			}
		}
	}
}

// strengths states how strong signing in was, in the words of the authenticator or of a producer.
// A plain code stands as it is; any other text is quoted.
func (b *builder) strengths() (rows []Row) {
	evidence, _ := receipt.Decode[statement.Evidence](b.rec.Evidence) // as for codes
	for _, e := range evidence {
		for _, a := range []*statement.Authentication{e.Authentication, e.Claimed} {
			switch {
			case a == nil || a.ACR == "":
			case freetext.Inline(a.ACR) == a.ACR:
				rows = b.row(rows, "systems.acr", written(a.ACR, ""))
			default:
				rows = append(rows, Row{Label: b.Words.Say("systems.acr"), Quoted: freetext.Lines(a.ACR)})
			}
		}
	}
	return rows
}
