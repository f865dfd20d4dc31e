package source

import (
	"fmt"
	"slices"
	"strings"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// EEA lists the countries of the European Economic Area, in which the GDPR holds (EEA Joint
// Committee, Decision 154/2018), by ISO 3166-1.
func EEA() []string {
	return strings.Fields("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK")
}

// uk is the country of the UK GDPR.
const uk = "GB"

// reaches lists the countries of each law that holds for a catalogue, by its jurisdictions. Of
// places elsewhere this linter knows no law.
func reaches(f *file) (out [][]string) {
	for _, reach := range [][]string{EEA(), {uk}} {
		if slices.ContainsFunc(f.Jurisdictions, func(place string) bool { return slices.Contains(reach, country(place)) }) {
			out = append(out, reach)
		}
	}
	return out
}

func country(place string) string {
	code, _, _ := strings.Cut(place, "-")
	return code
}

// special checks the basis for special data (GDPR Art. 9(2)(a)).
func (l *linter) special(f *file, where, what string, p catalogue.Purpose) {
	special := slices.ContainsFunc(sorted(p.Data), func(id string) bool { return f.Data[id].Special != "" })
	l.want(p.SpecialBasis == "" || dpvPattern.MatchString(p.SpecialBasis), at(where, "special_basis"), what+": special_basis is no term", "write eu-gdpr:A9-2-a")
	l.want(p.SpecialBasis == "" || special, at(where, "special_basis"), what+" has a special_basis, and uses no special data", "remove it, or say special of the data")
	l.want(p.SpecialBasis != "" || !special || len(reaches(f)) == 0, where, what+" uses special data without a special_basis (GDPR Art. 9(2)(a))", "add special_basis: eu-gdpr:A9-2-a")
}

// categories checks which special categories a category of data is, or may reveal.
func (l *linter) categories(where, what string, d catalogue.Data) {
	l.want((d.Special == "") == (len(d.SpecialCategories) == 0), where, what+" has only one of special and special_categories", "say in special why the data are special, and in special_categories which")
	for i, c := range d.SpecialCategories {
		l.want(slices.Contains(statement.SpecialCategories(), c), at(where, "special_categories", i), fmt.Sprintf("%s: %.40q is no special category (GDPR Art. 9(1))", what, c),
			"write one of "+strings.Join(statement.SpecialCategories(), ", "))
	}
}

// representative checks who represents a party (GDPR Art. 27(1) and (3), UK GDPR Art. 27).
func (l *linter) representative(where, what string, r *statement.Representative) {
	if r == nil {
		return
	}
	l.want(r.Name != "" && r.Address.Street != "" && r.Address.Locality != "", where, what+" lacks a name or a full address", "add name, and address with streetAddress, addressLocality and addressCountry")
	l.want(slices.Contains(append(EEA(), uk), r.Address.Country), at(where, "address", "addressCountry"), what+" is neither in the European Economic Area nor in the United Kingdom", "name the one whom Art. 27 of the GDPR or of the UK GDPR wants")
}

// transfers checks that a safeguard is stated for each place to which data go beyond the reach
// of the law (GDPR Art. 13(1)(f)): where they are stored or processed, and where recipients are.
func (l *linter) transfers(f *file) {
	places := slices.Concat(f.Processing.StorageLocations, f.Processing.ProcessingLocations)
	for _, p := range f.Purposes {
		for _, id := range p.Recipients {
			if id != f.Controller {
				places = append(places, f.Parties[id].Address.Country)
			}
		}
	}
	safe := map[string]bool{}
	for i, t := range f.Processing.Transfers {
		where := at("processing", "transfers", i)
		l.want(slices.Contains(places, t.Place), at(where, "place"), fmt.Sprintf("transfers: no data go to %.20q", t.Place), "name a place of storage or processing, or a recipient's country")
		l.text(f, at(where, "safeguard"), fmt.Sprintf("the safeguard in %.20q", t.Place), t.Safeguard)
		safe[t.Place], safe[country(t.Place)] = true, true
	}
	for _, place := range places {
		beyond := slices.ContainsFunc(reaches(f), func(reach []string) bool { return !slices.Contains(reach, country(place)) })
		l.want(!beyond || safe[place] || safe[country(place)] || !placePattern.MatchString(place), "processing", fmt.Sprintf("data go to %s, and nothing says what protects them there (GDPR Art. 13(1)(f))", place),
			"add it to processing.transfers with its safeguard, such as an adequacy decision or standard clauses")
	}
}
