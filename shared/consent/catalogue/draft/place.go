package draft

import (
	"cmp"
	"slices"
	"strings"

	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// place is what follows from where a controller is.
type place struct {
	Rule     statement.Rule // of data requests
	Zone     string         // IANA
	Holidays string         // whose holidays are known; "": nobody's
	Guessed  bool           // No rule of the place is built in.
}

const gdpr = statement.Rule("gdpr")

// places are those whose rule has another name, or of which more is known than from the rule,
// by ISO 3166.
var places = map[string]place{
	"AT": {Zone: "Europe/Vienna"}, "BE": {Zone: "Europe/Brussels"}, "BG": {Zone: "Europe/Sofia"},
	"CY": {Zone: "Asia/Nicosia"}, "CZ": {Zone: "Europe/Prague"}, "DE": {Zone: "Europe/Berlin", Holidays: "DE"},
	"DK": {Zone: "Europe/Copenhagen"}, "EE": {Zone: "Europe/Tallinn"}, "ES": {Zone: "Europe/Madrid", Holidays: "ES"},
	"FI": {Zone: "Europe/Helsinki"}, "FR": {Zone: "Europe/Paris", Holidays: "FR"}, "GR": {Zone: "Europe/Athens"},
	"HR": {Zone: "Europe/Zagreb"}, "HU": {Zone: "Europe/Budapest"}, "IE": {Zone: "Europe/Dublin", Holidays: "IE"},
	"IS": {Zone: "Atlantic/Reykjavik"}, "IT": {Zone: "Europe/Rome"}, "LI": {Zone: "Europe/Vaduz"},
	"LT": {Zone: "Europe/Vilnius"}, "LU": {Zone: "Europe/Luxembourg"}, "LV": {Zone: "Europe/Riga"},
	"MT": {Zone: "Europe/Malta"}, "NL": {Zone: "Europe/Amsterdam"}, "NO": {Zone: "Europe/Oslo"},
	"PL": {Zone: "Europe/Warsaw"}, "PT": {Zone: "Europe/Lisbon"}, "RO": {Zone: "Europe/Bucharest"},
	"SE": {Zone: "Europe/Stockholm"}, "SI": {Zone: "Europe/Ljubljana"}, "SK": {Zone: "Europe/Bratislava"},

	"GB": {Rule: "uk-gdpr"}, "BR": {Rule: "lgpd", Holidays: "BR"}, "KR": {Rule: "kr-pipa"}, "IN": {Rule: "in-dpdp"},
	"CA": {Rule: "pipeda", Zone: "America/Toronto", Holidays: "CA"}, "CA-QC": {Rule: "quebec", Holidays: "CA"},
	"US-CA": {Rule: "ccpa"},
}

// placeOf returns what is known of a place, or of its country. What a row leaves out is that of
// its rule. A place without a row has the rule of its name. Where no rule is built in, the
// GDPR's is promised: it knows every right, and no other gives a longer month.
func placeOf(code string) place {
	country, _, _ := strings.Cut(code, "-")
	p := place{Rule: statement.Rule(strings.ToLower(code))}
	if slices.Contains(source.EEA(), country) {
		p.Rule = gdpr
	}
	for _, known := range []string{country, code} {
		if row, ok := places[known]; ok {
			row.Rule = cmp.Or(row.Rule, p.Rule)
			p = row
		}
	}
	pack, err := datarequest.Rules(nil).Pack(p.Rule)
	if err != nil {
		return place{Rule: gdpr, Zone: "UTC", Guessed: true}
	}
	if where := pack.Calendar; where != nil {
		p.Zone = cmp.Or(p.Zone, where.Timezone)
		if p.Holidays == "" && len(where.Holidays) > 0 {
			p.Holidays = where.Holidays[0]
		}
	}
	return p
}
