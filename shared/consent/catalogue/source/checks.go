package source

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

var (
	idPattern       = regexp.MustCompile(`^[a-z0-9-]{1,32}$`) // with ids of this length, 64 noes and what they change fit into one receipt
	countryPattern  = regexp.MustCompile(`^[A-Z]{2}$`)
	placePattern    = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)
	languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	dpvPattern      = regexp.MustCompile(`^(dpv|pd|eu-gdpr):[A-Za-z0-9-]+$`)
)

// maxLines is how many lines (purpose and recipient) a catalogue may have, so
// that a standing can hold them all.
const maxLines = 64

// maxWords bounds what stands beside every use of an id in receipts, in characters: names,
// titles and labels.
const maxWords = 80

func (l *linter) check(f *file) {
	l.identity(f)
	l.parties(f)
	l.data(f)
	for _, id := range sorted(f.Purposes) {
		l.purpose(f, id, f.Purposes[id])
	}
	l.purposeCount(f)
	l.method(f, "withdrawal", f.Withdrawal)
	l.method(f, "review", f.Review)
	l.rights(f)
	l.processing(f)
	l.dataRequests(f)
	l.answers(f)
	l.secondEyes(f)
	for _, id := range sorted(f.Notices) {
		l.id(at("notices", id), id)
		for _, lang := range f.Languages {
			if f.Notices[id][lang] == "" {
				l.report(at("notices", id), fmt.Sprintf("notice %s: no text in %q", id, lang), "add a file for "+lang)
			}
		}
	}
}

// words reports a name, a title or a label that is too long.
func (l *linter) words(where, what, text string) {
	n := utf8.RuneCountInString(text)
	l.want(n <= maxWords, where, fmt.Sprintf("%s has %d characters, at most %d", what, n, maxWords), "shorten it; a description has room for the rest")
}

// want reports a value that is missing.
func (l *linter) want(ok bool, where, message, fix string) {
	if !ok {
		l.report(where, message, fix)
	}
}

func (l *linter) id(where, id string) {
	l.want(idPattern.MatchString(id), where, fmt.Sprintf("id %.70q is not 1 to 32 of a-z, 0-9 and -", id), "rename it")
}

func (l *linter) identity(f *file) {
	l.want(f.Version == 1, "version", "version is not 1", "write version: 1")
	u, err := url.Parse(f.Issuer)
	l.want(err == nil && u.Scheme == "https" && u.Host != "" && u.Path == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil,
		"issuer", "issuer is not an https origin without a path", "write https://consent.<your domain>; it can never change")
	l.want(idPattern.MatchString(f.Identity.Namespace), "identity/namespace", "identity has no namespace, or one that is not 1 to 32 of a-z, 0-9 and -", "name the source of customer ids; it can never change")
	l.want(f.Identity.Claim != "", "identity/claim", "identity has no claim", "name the token claim that carries the customer id, such as sub")
	l.want(len(f.Languages) > 0, "languages", "no languages", "list at least one, such as [en]")
	for i, lang := range f.Languages {
		l.want(languagePattern.MatchString(lang), at("languages", i), fmt.Sprintf("%.20q is no language tag", lang), "use BCP 47, such as en or es")
	}
	l.want(len(f.Jurisdictions) > 0, "jurisdictions", "no jurisdictions", "list them as ISO 3166 codes, such as [ES, US-CA]")
	for i, j := range f.Jurisdictions {
		l.want(placePattern.MatchString(j), at("jurisdictions", i), fmt.Sprintf("%.20q is no ISO 3166 code", j), "write ES or US-CA")
	}
}

func (l *linter) parties(f *file) {
	controller, ok := f.Parties[f.Controller]
	l.want(ok, "controller", fmt.Sprintf("the controller %.70q is not among the parties", f.Controller), "define it under parties")
	if ok {
		l.want(controller.Role == "controller", at("parties", f.Controller, "role"), "the controller's role is not controller", "write role: controller")
		l.want(controller.Email != "", at("parties", f.Controller), "the controller has no e-mail address", "add email")
		l.want(controller.Phone != "", at("parties", f.Controller), "the controller has no phone number", "add phone")
	}
	authority, ok := f.Parties[f.Authority]
	l.want(ok && authority.Role == "authority", "authority", fmt.Sprintf("the authority %.70q is not a party with the role authority", f.Authority), "define the supervisory authority under parties")
	for _, id := range sorted(f.Parties) {
		p, where := f.Parties[id], at("parties", id)
		l.id(where, id)
		l.want(p.Name != "", where, "party "+id+" has no name", "add name")
		l.words(at(where, "name"), "the name of party "+id, p.Name)
		l.want(slices.Contains([]string{"controller", "recipient", "processor", "authority"}, p.Role), at(where, "role"),
			"party "+id+" has no role, or an unknown one", "use controller, recipient, processor or authority")
		l.want(p.Address.Street != "" && p.Address.Locality != "", where, "party "+id+" has no full address", "add address with streetAddress, addressLocality and addressCountry")
		l.want(countryPattern.MatchString(p.Address.Country), at(where, "address", "addressCountry"), "party "+id+": the country is not an ISO 3166-1 code", "write two capitals, such as ES")
		l.want(p.Email != "" || p.Phone != "", where, "party "+id+" has neither e-mail nor phone", "add one of them: a person must be able to reach it")
		l.link(at(where, "url"), "party "+id, p.URL, true)
		l.representative(at(where, "representative"), "the representative of party "+id, p.Representative)
		if p.DPO != nil {
			l.want(p.DPO.Name != "" && p.DPO.Email != "", at(where, "dpo"), "party "+id+": the DPO lacks name or email", "add both")
		}
	}
}

func (l *linter) link(where, what, s string, optional bool) {
	if s == "" && optional {
		return
	}
	u, err := url.Parse(s)
	l.want(err == nil && u.Scheme == "https" && u.Host != "", where, what+": no https link", "write a link that begins with https://")
}

// text reports languages in which a text is missing, and ones that are not listed.
func (l *linter) text(f *file, where, what string, t catalogue.Text) {
	for _, lang := range f.Languages {
		l.want(strings.TrimSpace(t[lang]) != "", where, fmt.Sprintf("%s: no text in %q", what, lang), "add "+lang)
	}
	for _, lang := range sorted(t) {
		l.want(slices.Contains(f.Languages, lang), at(where, lang), fmt.Sprintf("%s: %q is not among the languages", what, lang), "add it to languages, or remove the text")
	}
}

// label is a text that stands beside every use of an id.
func (l *linter) label(f *file, where, what string, t catalogue.Text) {
	l.text(f, where, what, t)
	for _, lang := range f.Languages {
		l.words(at(where, lang), what, t[lang])
	}
}

func (l *linter) data(f *file) {
	for _, id := range sorted(f.Data) {
		d, where := f.Data[id], at("data", id)
		l.id(where, id)
		l.label(f, at(where, "label"), "the label of data "+id, d.Label)
		l.want(dpvPattern.MatchString(d.PIIType), at(where, "pii_type"), "data "+id+" has no pii_type", "name a DPV-PD term, such as pd:Transaction")
		l.categories(where, "data "+id, d)
	}
}

func (l *linter) purposeCount(f *file) {
	lines := 0
	for _, p := range f.Purposes {
		lines += len(p.Recipients)
	}
	l.want(len(f.Purposes) > 0, "purposes", "no purposes", "define at least one")
	l.want(lines <= maxLines, "purposes", fmt.Sprintf("%d lines of purpose and recipient, at most %d", lines, maxLines), "ask for less")
}

func (l *linter) purpose(f *file, id string, p catalogue.Purpose) {
	where, what := at("purposes", id), "purpose "+id
	l.id(where, id)
	for _, lang := range f.Languages {
		t := p.Text[lang]
		l.words(at(where, "text", lang), what+": the title", t.Title)
		l.want(t.Title != "" && t.Description != "", at(where, "text"), fmt.Sprintf("%s: no title or description in %q", what, lang), "add text."+lang+" with title and description")
	}
	l.want(dpvPattern.MatchString(p.DPV), at(where, "dpv"), what+" has no dpv", "name a DPV purpose, such as dpv:CommunicationForCustomerCare")
	l.want(dpvPattern.MatchString(p.LawfulBasis), at(where, "lawful_basis"), what+" has no lawful_basis", "write eu-gdpr:A6-1-a for consent")
	l.want(len(p.Recipients) > 0, at(where, "recipients"), what+" has no recipients", "list party ids; the controller itself counts as one")
	for i, r := range p.Recipients {
		party, ok := f.Parties[r]
		l.want(ok, at(where, "recipients", i), fmt.Sprintf("%s: nobody defined the recipient %.70q", what, r), "define it under parties")
		l.want(!ok || party.Role != "authority", at(where, "recipients", i), what+": an authority is no recipient", "name who gets the data")
		l.want(slices.Index(p.Recipients, r) == i, at(where, "recipients", i), what+": the recipient is there twice", "remove one")
	}
	l.want(len(p.Data) > 0, at(where, "data"), what+" has no data", "list categories as required or optional")
	for _, d := range sorted(p.Data) {
		_, ok := f.Data[d]
		l.want(ok, at(where, "data", d), fmt.Sprintf("%s: nobody defined the data %.70q", what, d), "define it under data")
		n := p.Data[d]
		l.want(n == catalogue.Required || n == catalogue.Optional, at(where, "data", d), what+": data are required or optional", "write one of the two")
	}
	l.terms(where, what, p)
	l.special(f, where, what, p)
	alone := !slices.ContainsFunc(p.Recipients, func(id string) bool { return id != f.Controller })
	l.want(!p.OwnUse || !alone, at(where, "own_use"), what+" has own_use, and the controller alone uses the data", "remove it")
	if p.IfNotGiven != nil {
		l.text(f, at(where, "if_not_given"), what+": if_not_given", p.IfNotGiven)
	}
	_, ok := f.Notices[p.Notice]
	l.want(ok, at(where, "notice"), fmt.Sprintf("%s: there is no notice %.70q", what, p.Notice), "add it under notices")
}

func (l *linter) terms(where, what string, p catalogue.Purpose) {
	l.want(p.Access.Kind == statement.OneTime || p.Access.Kind == statement.Recurring, at(where, "access"), what+": access.kind is unknown", "write one-time or recurring")
	l.want(p.Access.Kind != statement.Recurring || !p.Access.Every.IsZero(), at(where, "access"), what+": recurring access without every", "say how often at most, such as every: P1D")
	l.want(!p.Access.Lookback.IsZero(), at(where, "access"), what+": access without lookback", "say how far back, such as lookback: P90D")
	l.want(!p.Valid.IsZero(), at(where, "valid"), what+" has no end", "add valid, such as P12M")
	l.want(!p.Retention.Recipient.IsZero() && !p.Retention.AfterEnd.IsZero() && !p.Retention.Evidence.IsZero() && !p.Retention.Backups.IsZero(),
		at(where, "retention"), what+" has no full retention", "add retention with recipient, after_end, evidence and backups")
	l.want(slices.Contains([]string{"delete", "anonymise", "keep-as-law-requires"}, p.AfterWithdrawal.What) && !p.AfterWithdrawal.Within.IsZero(),
		at(where, "after_withdrawal"), what+" does not say what happens after withdrawal", "add after_withdrawal with what (delete, anonymise, keep-as-law-requires) and within")
	l.want(p.MinimumEvidence.OptIn == statement.EvidenceClaimed || p.MinimumEvidence.OptIn == statement.EvidenceAuthenticated,
		at(where, "minimum_evidence"), what+": minimum_evidence.opt_in is unknown", "write claimed or authenticated")
}

func (l *linter) method(f *file, name string, m catalogue.Method) {
	l.link(at(name, "url"), name, m.URL, false)
	for _, lang := range f.Languages {
		l.want(m.Alternative[lang] != "", at(name, "alternative"), fmt.Sprintf("%s: no second way in %q", name, lang), "add alternative."+lang+", such as a phone number")
	}
}

func (l *linter) rights(f *file) {
	l.want(len(f.Rights) > 0, "rights", "no rights", "list the person's rights, each with right, dpv and url")
	for i, r := range f.Rights {
		l.want(idPattern.MatchString(r.Right) && dpvPattern.MatchString(r.DPV), at("rights", i), fmt.Sprintf("right %d lacks right or dpv", i+1), "write right: access and dpv: eu-gdpr:A15")
		l.link(at("rights", i, "url"), fmt.Sprintf("right %d", i+1), r.URL, false)
	}
}

func (l *linter) processing(f *file) {
	p := f.Processing
	l.text(f, "processing/collection_method", "collection_method", p.CollectionMethod)
	l.text(f, "processing/processing_method", "processing_method", p.ProcessingMethod)
	l.text(f, "processing/geographic_restrictions", "geographic_restrictions", p.GeographicRestrictions)
	for name, places := range map[string][]string{"storage_locations": p.StorageLocations, "processing_locations": p.ProcessingLocations} {
		l.want(len(places) > 0, at("processing", name), "no "+name, "list ISO 3166 codes")
		for i, c := range places {
			l.want(placePattern.MatchString(c), at("processing", name, i), fmt.Sprintf("%.20q is no ISO 3166 code", c), "write ES or US-CA")
		}
	}
	l.want(len(p.Services) > 0, "processing/services", "no services", "name the services that the consent is for")
	for i, s := range p.Services {
		if s.Text != nil {
			l.text(f, at("processing", "services", i), "the name of a service", s.Text)
		}
	}
	l.link("processing/impact_assessment", "impact_assessment", p.ImpactAssessment, true)
	l.transfers(f)
}

func (l *linter) dataRequests(f *file) {
	d := f.DataRequests
	if _, err := datarequest.NewCalendar(datarequest.Place{Timezone: d.Timezone, Holidays: d.Holidays, Closed: d.Closed}); err != nil {
		l.report("data_requests", "data_requests: "+err.Error(), "correct timezone, holidays or closed")
	}
	for _, rule := range sorted(d.Calendars) {
		where := at("data_requests", "calendars", rule)
		_, err := d.Own.Pack(rule)
		l.want(err == nil, where, fmt.Sprintf("data_requests: calendars: %v", err), "name a rule that there is")
		if _, err := datarequest.NewCalendar(d.Calendars[rule]); err != nil {
			l.report(where, fmt.Sprintf("data_requests: calendars: %s: %v", rule, err), "correct timezone, holidays or closed")
		}
	}
	for _, name := range sorted(d.Own) {
		where := at("data_requests", "own", name)
		_, err := datarequest.Rules(nil).Pack(name)
		l.want(err != nil, where, fmt.Sprintf("data_requests: %s is a built-in rule", name), "give it another name")
		if err := d.Own[name].Check(); err != nil {
			l.report(where, fmt.Sprintf("data_requests: %s: %v", name, err), "see docs/data-requests.md")
		}
	}
	_, unknown := d.Own.Pack(statement.Rule(d.Default))
	l.want(unknown == nil, at("data_requests", "default"), fmt.Sprintf("data_requests: default: %v", unknown),
		fmt.Sprintf("write one of %v, or one of your own", datarequest.Builtin()))
	for _, t := range statement.RequestTypes() {
		where := at("data_requests", "rules", t)
		if _, own := d.Rules[string(t)]; !own {
			where = at("data_requests", "default")
			if t.Complains() {
				continue // no law need know it
			}
			if unknown != nil {
				continue // said once for all types
			}
		}
		_, err := d.Own.Clause(statement.Rule(d.RuleFor(string(t))), t)
		l.want(err == nil, where, fmt.Sprintf("data_requests: %s: %v", t, err),
			fmt.Sprintf("write rules: {%s: RULE} with one that knows it: %v", t, knowing(d.Own, t)))
	}
	for _, rule := range sorted(d.Authorities) {
		where, party := at("data_requests", "authorities", rule), d.Authorities[rule]
		_, err := d.Own.Pack(statement.Rule(rule))
		l.want(err == nil, where, fmt.Sprintf("data_requests: authorities: %v", err), "name a rule that there is")
		l.want(f.Parties[party].Role == "authority", where, fmt.Sprintf("data_requests: %.70q is not a party with the role authority", party), "define it under parties")
	}
	for _, t := range sorted(d.Rules) {
		l.want(slices.Contains(append(statement.RequestTypes(), statement.WithdrawalOfConsent), statement.RequestType(t)), at("data_requests", "rules", t), fmt.Sprintf("data_requests: unknown type %.70q", t), "remove it")
	}
}

// knowing lists the rules that say something of a type of request.
func knowing(own datarequest.Rules, t statement.RequestType) []statement.Rule {
	return slices.DeleteFunc(append(datarequest.Builtin(), sorted(own)...), func(rule statement.Rule) bool {
		_, err := own.Clause(rule, t)
		return err != nil
	})
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
