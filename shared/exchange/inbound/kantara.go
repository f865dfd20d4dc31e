package inbound

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/period"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/statement"
)

// Bounds of a Kantara receipt: in bytes, and the categories of data of one purpose.
const (
	MaxKantara    = 64 << 10
	maxCategories = 64
)

// Why parts of a Kantara receipt do not get into an import.
const (
	ofCatalogue  = "an import is recorded under the catalogue in use, which has its own"
	noConsent    = "no consent: the standard marks it N/A, or its lawful basis is another"
	notSaid      = "an implied yes beside one that was said: an import states one kind for all, and this one nobody said"
	unknownTitle = "no purpose of the catalogue has this text, or not for this recipient"
	unknownData  = "no category of data of the purpose has this name"
	inWords      = "in words: the consent lasts as long as the catalogue allows"
	noField      = "an import has no field for it"
)

// kantaraVersions are the spellings of the version.
var kantaraVersions = []string{exchange.KantaraVersion, "Kantara_v1.1"}

// Kantara reads a Kantara consent receipt 1.1 of the catalogue's controller. A
// purpose is found by its text, which is its id or its title in any language; a
// recipient by the third party's name; a category of data by its label. The report says what
// of the receipt is lost by importing it.
//
// It reads the forms that known systems write: both spellings of policyUrl and
// piiControllerUrl, times in milliseconds and in ISO 8601, a controller that is only a name,
// categories of data as objects, consent types in any case of letters. An error names each
// member that it cannot read.
func Kantara(b []byte, cat *catalogue.Catalogue) (*Record, *exchange.Report, error) {
	b = []byte(strings.TrimSpace(strings.TrimPrefix(string(b), bom)))
	in, ok := document(b, MaxKantara)
	if !ok {
		return nil, nil, fmt.Errorf("%w: not one JSON object of at most %d bytes without repeated members", ErrKantara, MaxKantara)
	}
	k := &reader{cat: cat, record: &Record{}}
	k.head(in)
	if err := in.refused(ErrKantara); err != nil {
		return nil, nil, err
	}
	if err := k.controllers(in.of("piiControllers")); err != nil {
		return nil, nil, err
	}
	k.purposes(in.of("services"))
	k.endings(in.of("consentReceipts").of("changes"))
	if err := errors.Join(in.refused(ErrKantara), k.record.check()); err != nil {
		return nil, nil, err
	}
	report, err := exchange.ReportOf("kantara", k.record.ID, b, append(k.rules, kantaraRules...))
	return k.record, report, err
}

// asKantara names members of an envelope by those of the receipt that they are copied from.
var asKantara = strings.NewReplacer("/data/language", "/language", "/data/copied/record", "/consentReceiptID")

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
	if err := contracts.CheckJSON("envelope/1", b); err != nil {
		return fmt.Errorf("%w: as an envelope: %s", ErrKantara, asKantara.Replace(err.Error()))
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

// head reads who said it and when, and refuses a receipt of another kind.
func (k *reader) head(in member) {
	if in.of("payload").is() {
		in.of("payload").fault("a receipt inside a JWT: give the receipt itself")
		return
	}
	if v := in.of("version").want(); v.is() && !slices.Contains(kantaraVersions, v.text()) {
		v.fault("it is not " + exchange.KantaraVersion)
	}
	in.of("jurisdiction").want().text()
	if at := in.of("consentTimestamp").want(); at.is() {
		k.record.Time = at.moment()
	}
	id := in.of("consentReceiptID").want()
	if k.record.ID = id.text(); len(k.record.ID) > 128 {
		id.fault("it is over 128 bytes")
	}
	principal := in.of("piiPrincipalId").want()
	k.record.Subject, k.record.Language = principal.text(), in.of("language").text()
	if err := pseudonym.Check(k.record.Subject); principal.is() && err != nil {
		principal.fault(err.Error())
	}
	in.of("piiControllers").want()
	in.of("services").want()
	goesOn(in)
}

// goesOn refuses a receipt, or a purpose of one, that says in a member of its own that the
// consent is over: a yes of the standard's members alone would stand again.
func goesOn(in member) {
	const over = "the consent is over, and the receipt does not say since when; if the person ended it, import a no"
	for _, name := range []string{"state", "status", "consentStatus"} {
		if state := in.of(name); state.is() && !slices.Contains([]string{"ACTIVE", "GIVEN", "GRANTED", "VALID"}, strings.ToUpper(state.text())) {
			state.fault(over)
		}
	}
	for _, name := range []string{"withdrawn", "withdrawnAt", "withdrawalDate", "revoked", "revokedAt", "revocationDate"} {
		if end := in.of(name); end.is() && end.value != false {
			end.fault(over)
		}
	}
}

// controllers refuses a receipt of another controller than the catalogue's.
func (k *reader) controllers(all member) error {
	list := []member{all}
	if _, name := all.value.(string); !name {
		list = all.list()
	}
	for _, c := range list {
		if _, object := c.value.(map[string]any); object {
			c = c.of("piiController")
		}
		if c.text() != k.cat.Parties[k.cat.Controller].Name {
			return fmt.Errorf("%w: at %s", ErrController, c.at)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("%w: at %s", ErrController, all.at)
	}
	return nil
}

// purposes reads the purposes of all services.
func (k *reader) purposes(services member) {
	var all []member
	for _, s := range services.list() {
		all = append(all, s.of("purposes").list()...)
	}
	if len(all) > consent.MaxChoices {
		services.fault(fmt.Sprintf("it has over %d purposes", consent.MaxChoices))
		return
	}
	said := slices.ContainsFunc(all, func(p member) bool { return isConsent(p) && !implied(p) })
	for _, p := range all {
		switch {
		case !isConsent(p):
			k.rule(p.at+"/**", exchange.Dropped, "", noConsent)
		case said && implied(p):
			k.rule(p.at+"/**", exchange.Dropped, "", notSaid)
		default:
			k.purpose(p)
		}
	}
}

// isConsent reports whether a purpose rests on a consent.
func isConsent(p member) bool {
	basis := p.of("lawfulBasis")
	return kindOf(p) != "N/A" && (!basis.is() || strings.EqualFold(basis.text(), "consent"))
}

// implied reports whether a purpose rests on a yes that the person did not knowingly say.
func implied(p member) bool {
	attests := exchange.KantaraAttests[kindOf(p)]
	return attests == statement.AttestedImplied || attests == statement.AttestedUninformed
}

func kindOf(p member) string { return strings.ToUpper(strings.TrimSpace(p.of("consentType").text())) }

// kinds are the consent types that are read: those of the standard, and of our exports. A
// receipt need not state one.
var kinds = append(slices.Sorted(maps.Keys(exchange.KantaraAttests)), "CLAIMED", "N/A")

// purpose reads one purpose as a yes.
func (k *reader) purpose(p member) {
	id, recipient := k.find(p)
	if id == "" {
		k.rule(p.at+"/**", exchange.Dropped, "", unknownTitle)
		return
	}
	to, before := fmt.Sprintf("/data/choices/%d", len(k.record.Choices)), len(k.rules)
	goesOn(p)
	c := consent.Choice{Purpose: id, Recipient: recipient, Answer: "yes"}
	k.data(p.of("piiCategory"), &c, to)
	if len(c.Data) == 0 { // an empty list would mean all data, and the catalogue knows nothing of what the person said yes to
		k.rules = k.rules[:before]
		k.rule(p.at+"/**", exchange.Dropped, "", unknownData)
		return
	}
	k.rule(p.at+"/purpose", exchange.Carried, to+"/purpose", "")
	k.termination(p.of("termination"), &c, to)
	k.consentType(p)
	k.rule(p.at+"/purposeCategory/**", exchange.Dropped, "", ofCatalogue)
	k.rule(p.at+"/primaryPurpose", exchange.Dropped, "", noField)
	if p.of("thirdPartyDisclosure").value == true {
		k.rule(p.at+"/thirdPartyName", exchange.Carried, to+"/recipient", "")
	} else {
		k.rule(p.at+"/thirdPartyName", exchange.Dropped, "", "a third party that gets nothing")
	}
	k.rule(p.at+"/thirdPartyDisclosure", exchange.Approximated, to+"/recipient", "as the recipient")
	k.record.Choices = append(k.record.Choices, c)
}

// data reads the categories of data of a yes. A category is its label, or an object with the
// label and, perhaps, an end; the yes ends with the first of them.
func (k *reader) data(list member, c *consent.Choice, to string) {
	all := list.list()
	if len(all) > maxCategories {
		list.fault(fmt.Sprintf("it has over %d categories", maxCategories))
		return
	}
	for _, m := range all {
		validity := m.of("validity")
		if _, object := m.value.(map[string]any); object {
			m = m.of("piiCategoryName")
		}
		category := k.category(c.Purpose, m.text())
		if category == "" {
			k.rule(m.at, exchange.Dropped, "", unknownData)
			continue
		}
		k.rule(m.at, exchange.Carried, fmt.Sprintf("%s/data/%d", to, len(c.Data)), "")
		c.Data = append(c.Data, category)
		if end := strings.TrimPrefix(validity.text(), "DATE_UNTIL:"); validity.is() && end != "INDEFINITE" {
			until, ok := readEnd(end)
			if !ok {
				validity.fault("it is neither DATE_UNTIL: with a date or a moment, nor DATE_UNTIL:INDEFINITE")
			}
			c.Until = sooner(c.Until, until)
			k.rule(validity.at, exchange.Approximated, to+"/until", "the yes ends with the first of its data")
		}
	}
}

// dated is a text that means a date or a time, whether or not it is one.
var dated = regexp.MustCompile(`^[0-9][0-9./:T+ -]*Z?$`)

// termination reads the end of a yes: a date, a moment, or a length (ISO 8601) that is counted
// from the moment of the receipt. Words set no end. What looks like a date must be one: as
// words it would let the yes last longer than the person was told.
func (k *reader) termination(end member, c *consent.Choice, to string) {
	if !end.is() {
		return
	}
	text := strings.TrimSpace(end.text())
	if until, ok := readEnd(text); ok {
		c.Until = sooner(c.Until, until)
		k.rule(end.at, exchange.Carried, to+"/until", "")
		return
	}
	length, err := period.Parse(text)
	if until := length.AddTo(k.record.Time); err == nil && until.Year() <= 9999 {
		c.Until = sooner(c.Until, until.Format(time.RFC3339))
		k.rule(end.at, exchange.Approximated, to+"/until", "counted from the moment of the receipt")
		return
	}
	if dated.MatchString(text) {
		end.fault("it looks like a date, and is neither a date nor a moment with its offset in ISO 8601")
	}
	k.rule(end.at, exchange.Dropped, "", inWords)
}

// sooner is the sooner of two ends, in the form of consent.Choice.Until; "" is no end. A date
// includes its day, so a moment of that day is sooner.
func sooner(a, b string) string {
	switch {
	case strings.HasPrefix(b, a):
		return b
	case strings.HasPrefix(a, b):
		return a
	}
	return min(a, b)
}

// consentType reads of what kind a yes is. An import states one kind for all that it
// copies: where they differ, or the kind has no term, it states none. It refuses a kind that
// nobody knows, since it could be a yes that the person never said.
func (k *reader) consentType(p member) {
	kind, name := p.of("consentType"), kindOf(p)
	if name != "" && !slices.Contains(kinds, name) {
		kind.fault("it is none of " + strings.Join(kinds, ", "))
	}
	attests := exchange.KantaraAttests[name]
	if len(k.record.Choices) > 0 && attests != k.record.Attests {
		if attests = ""; implied(p) { // then nobody said any of them
			attests = statement.AttestedImplied
		}
	}
	k.record.Attests = attests
	k.rule(kind.at, exchange.Approximated, "/data/copied/attests", "as what the record attests: one kind for all, or none")
}

// find looks for the purpose and the recipient that a Kantara purpose means.
func (k *reader) find(p member) (id, recipient string) {
	title, third := p.of("purpose").text(), p.of("thirdPartyDisclosure")
	if _, ok := third.value.(bool); !ok && third.value != nil {
		third.fault("it is neither true nor false")
	}
	for _, id := range slices.Sorted(maps.Keys(k.cat.Purposes)) {
		purpose := k.cat.Purposes[id]
		named := title == id
		for _, text := range purpose.Text {
			named = named || title == text.Title
		}
		if !named {
			continue
		}
		for _, r := range purpose.Recipients {
			if own := r == k.cat.Controller; own != (third.value == true) && (own || k.cat.Parties[r].Name == p.of("thirdPartyName").text()) {
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
func (k *reader) endings(changes member) {
	all := changes.list()
	if len(all) > consent.MaxChoices {
		changes.fault(fmt.Sprintf("it has over %d changes", consent.MaxChoices))
		return
	}
	for _, c := range all {
		purpose, recipient := c.of("purpose").text(), c.of("recipient").text()
		if c.of("to").text() == string(statement.Given) || !consent.ValidID(purpose) || !consent.ValidID(recipient) {
			continue
		}
		to := fmt.Sprintf("/data/choices/%d", len(k.record.Choices))
		k.rule(c.at+"/purpose", exchange.Carried, to+"/purpose", "")
		k.rule(c.at+"/recipient", exchange.Carried, to+"/recipient", "")
		k.rule(c.at+"/to", exchange.Approximated, to+"/answer", "as a no")
		k.record.Choices = append(k.record.Choices, consent.Choice{Purpose: purpose, Recipient: recipient, Answer: "no"})
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
