package inbound

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// MaxKantara bounds a Kantara receipt, in bytes.
const MaxKantara = 256 << 10

// Why parts of a Kantara receipt do not get into an import.
const (
	ofCatalogue  = "an import is recorded under the catalogue in use, which has its own"
	noConsent    = "no consent: the standard marks it N/A"
	unknownTitle = "no purpose of the catalogue has this text, or not for this recipient"
	unknownData  = "no category of data of the purpose has this name"
	inWords      = "in words: the consent lasts as long as the catalogue allows"
	noField      = "an import has no field for it"
)

// Kantara reads a Kantara consent receipt 1.1 of the catalogue's controller. A
// purpose is found by its text, which is its id or its title in any language; a
// recipient by the third party's name; a category of data by its label. Both
// spellings of policyUrl and piiControllerUrl are read. The report says what of
// the receipt is lost by importing it.
func Kantara(b []byte, cat *catalogue.Catalogue) (*Record, *exchange.Report, error) {
	if len(b) > MaxKantara {
		return nil, nil, fmt.Errorf("%w: over %d bytes", ErrKantara, MaxKantara)
	}
	b = []byte(strings.TrimSpace(string(b)))
	var in exchange.Kantara
	if strictjson.Check(b) != nil || json.Unmarshal(b, &in) != nil {
		return nil, nil, fmt.Errorf("%w: not one JSON object with its members", ErrKantara)
	}
	switch {
	case in.Version != exchange.KantaraVersion:
		return nil, nil, fmt.Errorf("%w: the version is not %s", ErrKantara, exchange.KantaraVersion)
	case in.ID == "" || len(in.ID) > 128 || in.Timestamp < 0:
		return nil, nil, fmt.Errorf("%w: consentReceiptID or consentTimestamp", ErrKantara)
	}
	if err := pseudonym.Check(in.Principal); err != nil {
		return nil, nil, fmt.Errorf("%w: piiPrincipalId: %w", ErrKantara, err)
	}
	for _, c := range in.Controllers {
		if c.Name != cat.Parties[cat.Controller].Name {
			return nil, nil, ErrController
		}
	}
	if len(in.Controllers) == 0 {
		return nil, nil, ErrController
	}
	k := &reader{cat: cat, record: &Record{
		ID: in.ID, Subject: in.Principal, Time: time.Unix(in.Timestamp, 0).UTC(), Language: in.Language,
	}}
	for i, s := range in.Services {
		for j, p := range s.Purposes {
			k.purpose(fmt.Sprintf("/services/%d/purposes/%d", i, j), p)
		}
	}
	if in.Extension != nil {
		k.endings(in.Extension.Changes)
	}
	if err := k.record.check(); err != nil {
		return nil, nil, err
	}
	report, err := exchange.ReportOf("kantara", in.ID, b, append(k.rules, kantaraRules...))
	return k.record, report, err
}

// check refuses a record that no envelope can hold, because its language is not one, its id
// is not ASCII, or it has too many purposes.
func (r *Record) check() error {
	if len(r.Choices) == 0 {
		return nil // there is nothing to write
	}
	b, err := r.Envelope("source")
	if err != nil {
		return err
	}
	if err := contracts.Check("envelope/1", b); err != nil {
		return fmt.Errorf("%w: as an envelope: %w", ErrKantara, err)
	}
	return nil
}

// reader turns one Kantara receipt into a record.
type reader struct {
	cat    *catalogue.Catalogue
	record *Record
	rules  []exchange.Rule
}

func (k *reader) rule(path string, fate exchange.Fate, to, why string) {
	k.rules = append(k.rules, exchange.Rule{Pattern: path, Fate: fate, To: to, Why: why})
}

// purpose reads one purpose as a yes.
func (k *reader) purpose(path string, p exchange.KantaraPurpose) {
	if p.ConsentType == "N/A" {
		k.rule(path+"/**", exchange.Dropped, "", noConsent)
		return
	}
	id, recipient := k.find(p)
	if id == "" {
		k.rule(path+"/**", exchange.Dropped, "", unknownTitle)
		return
	}
	to, before := fmt.Sprintf("/data/choices/%d", len(k.record.Choices)), len(k.rules)
	c := consent.Choice{Purpose: id, Recipient: recipient, Answer: "yes"}
	for i, name := range p.Data {
		at := fmt.Sprintf("%s/piiCategory/%d", path, i)
		category := k.category(id, name)
		if category == "" {
			k.rule(at, exchange.Dropped, "", unknownData)
			continue
		}
		k.rule(at, exchange.Carried, fmt.Sprintf("%s/data/%d", to, len(c.Data)), "")
		c.Data = append(c.Data, category)
	}
	if len(c.Data) == 0 { // an empty list would mean all data, and the catalogue knows nothing of what the person said yes to
		k.rules = k.rules[:before]
		k.rule(path+"/**", exchange.Dropped, "", unknownData)
		return
	}
	k.rule(path+"/purpose", exchange.Carried, to+"/purpose", "")
	if _, err := time.Parse(time.RFC3339, p.Termination); err == nil {
		c.Until = p.Termination
		k.rule(path+"/termination", exchange.Carried, to+"/until", "")
	} else {
		k.rule(path+"/termination", exchange.Dropped, "", inWords)
	}
	k.consentType(path+"/consentType", p.ConsentType)
	k.rule(path+"/purposeCategory/**", exchange.Dropped, "", ofCatalogue)
	k.rule(path+"/primaryPurpose", exchange.Dropped, "", noField)
	if p.ThirdParty {
		k.rule(path+"/thirdPartyName", exchange.Carried, to+"/recipient", "")
	} else {
		k.rule(path+"/thirdPartyName", exchange.Dropped, "", "a third party that gets nothing")
	}
	k.rule(path+"/thirdPartyDisclosure", exchange.Approximated, to+"/recipient", "as the recipient")
	k.record.Choices = append(k.record.Choices, c)
}

// consentType reads of what kind a yes is. An import states one kind for all that it
// copies: where they differ, or the kind has no term, it is claimed.
func (k *reader) consentType(path, kind string) {
	attests, known := exchange.KantaraAttests[kind]
	if first := len(k.record.Choices) == 0; !known || !first && attests != k.record.Attests {
		attests = statement.AttestedClaimed
	}
	k.record.Attests = attests
	k.rule(path, exchange.Approximated, "/data/copied/attests", "as what the record attests: one kind for all, or that it is claimed")
}

// find looks for the purpose and the recipient that a Kantara purpose means.
func (k *reader) find(p exchange.KantaraPurpose) (id, recipient string) {
	for _, id := range slices.Sorted(maps.Keys(k.cat.Purposes)) {
		purpose := k.cat.Purposes[id]
		named := p.Purpose == id
		for _, text := range purpose.Text {
			named = named || p.Purpose == text.Title
		}
		if !named {
			continue
		}
		for _, r := range purpose.Recipients {
			if own := r == k.cat.Controller; own != p.ThirdParty && (own || k.cat.Parties[r].Name == p.ThirdName) {
				return id, r
			}
		}
	}
	return "", ""
}

// category looks for a category of data of a purpose by its id or its label.
func (k *reader) category(purpose, name string) string {
	for _, id := range slices.Sorted(maps.Keys(k.cat.Purposes[purpose].Data)) {
		if id == name || slices.Contains(slices.Collect(maps.Values(k.cat.Data[id].Label)), name) {
			return id
		}
	}
	return ""
}

// endings reads the refusals and withdrawals of our extension.
func (k *reader) endings(changes []exchange.KantaraChange) {
	for i, c := range changes {
		path := fmt.Sprintf("/consentReceipts/changes/%d", i)
		if c.To == statement.Given || !consent.ValidID(c.Purpose) || !consent.ValidID(c.Recipient) {
			continue
		}
		to := fmt.Sprintf("/data/choices/%d", len(k.record.Choices))
		k.rule(path+"/purpose", exchange.Carried, to+"/purpose", "")
		k.rule(path+"/recipient", exchange.Carried, to+"/recipient", "")
		k.rule(path+"/to", exchange.Approximated, to+"/answer", "as a no")
		k.record.Choices = append(k.record.Choices, consent.Choice{Purpose: c.Purpose, Recipient: c.Recipient, Answer: "no"})
	}
}

// kantaraRules say what becomes of the rest of a Kantara receipt.
var kantaraRules = []exchange.Rule{
	{Pattern: "/version", Fate: exchange.Dropped, Why: "an import is no Kantara receipt"},
	{Pattern: "/consentTimestamp", Fate: exchange.Carried, To: "/time"},
	{Pattern: "/consentReceiptID", Fate: exchange.Approximated, To: "/data/copied/record", Why: "as the record that was copied: the new receipt has an id of its own"},
	{Pattern: "/piiPrincipalId", Fate: exchange.Approximated, To: "/subject", Why: "as a customer id; receipts name a pseudonym made of it"},
	{Pattern: "/language", Fate: exchange.Carried, To: "/data/language"},
	{Pattern: "/publicKey", Fate: exchange.Dropped, Why: noField},
	{Pattern: "/consentReceipts/**", Fate: exchange.Dropped, Why: "of the earlier receipt"},
	{Pattern: "/services/*/service", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/piiControllers/**", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/jurisdiction", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/collectionMethod", Fate: exchange.Dropped, Why: noField},
	{Pattern: "/policyUrl", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/policyURL", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/sensitive", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/spiCat/**", Fate: exchange.Dropped, Why: ofCatalogue},
	{Pattern: "/**", Fate: exchange.Dropped, Why: "no member of the standard"},
}
