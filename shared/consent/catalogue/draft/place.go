package draft

import (
	"cmp"
	"strings"

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
	"AT": {Rule: gdpr, Zone: "Europe/Vienna"}, "BE": {Rule: gdpr, Zone: "Europe/Brussels"}, "BG": {Rule: gdpr, Zone: "Europe/Sofia"},
	"CY": {Rule: gdpr, Zone: "Asia/Nicosia"}, "CZ": {Rule: gdpr, Zone: "Europe/Prague"}, "DE": {Rule: gdpr, Zone: "Europe/Berlin", Holidays: "DE"},
	"DK": {Rule: gdpr, Zone: "Europe/Copenhagen"}, "EE": {Rule: gdpr, Zone: "Europe/Tallinn"}, "ES": {Rule: gdpr, Zone: "Europe/Madrid", Holidays: "ES"},
	"FI": {Rule: gdpr, Zone: "Europe/Helsinki"}, "FR": {Rule: gdpr, Zone: "Europe/Paris", Holidays: "FR"}, "GR": {Rule: gdpr, Zone: "Europe/Athens"},
	"HR": {Rule: gdpr, Zone: "Europe/Zagreb"}, "HU": {Rule: gdpr, Zone: "Europe/Budapest"}, "IE": {Rule: gdpr, Zone: "Europe/Dublin", Holidays: "IE"},
	"IS": {Rule: gdpr, Zone: "Atlantic/Reykjavik"}, "IT": {Rule: gdpr, Zone: "Europe/Rome"}, "LI": {Rule: gdpr, Zone: "Europe/Vaduz"},
	"LT": {Rule: gdpr, Zone: "Europe/Vilnius"}, "LU": {Rule: gdpr, Zone: "Europe/Luxembourg"}, "LV": {Rule: gdpr, Zone: "Europe/Riga"},
	"MT": {Rule: gdpr, Zone: "Europe/Malta"}, "NL": {Rule: gdpr, Zone: "Europe/Amsterdam"}, "NO": {Rule: gdpr, Zone: "Europe/Oslo"},
	"PL": {Rule: gdpr, Zone: "Europe/Warsaw"}, "PT": {Rule: gdpr, Zone: "Europe/Lisbon"}, "RO": {Rule: gdpr, Zone: "Europe/Bucharest"},
	"SE": {Rule: gdpr, Zone: "Europe/Stockholm"}, "SI": {Rule: gdpr, Zone: "Europe/Ljubljana"}, "SK": {Rule: gdpr, Zone: "Europe/Bratislava"},

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
	for _, known := range []string{country, code} {
		if row, ok := places[known]; ok {
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
