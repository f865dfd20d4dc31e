package draft

import (
	"slices"
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

// places are those of which more than the law is known, by ISO 3166.
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

	"GB": {Rule: "uk-gdpr", Zone: "Europe/London", Holidays: "GB"},
	"BR": {Rule: "lgpd", Zone: "America/Sao_Paulo", Holidays: "BR"},
	"CA": {Rule: "pipeda", Zone: "America/Toronto", Holidays: "CA"}, "CA-QC": {Rule: "quebec", Zone: "America/Montreal", Holidays: "CA"},
	"KR":    {Rule: "kr-pipa", Zone: "Asia/Seoul"},
	"US-CA": {Rule: "ccpa", Zone: "America/Los_Angeles", Holidays: "US-CA"},
	"US-CO": {Rule: "us-co", Zone: "America/Denver", Holidays: "US"}, "US-CT": {Rule: "us-ct", Zone: "America/New_York", Holidays: "US"},
	"US-TX": {Rule: "us-tx", Zone: "America/Chicago", Holidays: "US"}, "US-VA": {Rule: "us-va", Zone: "America/New_York", Holidays: "US"},
}

// placeOf is what is known of a place, or of its country. Where no rule is built in, the
// GDPR's is promised: it knows every type of request, and no other gives a longer month.
func placeOf(code string) place {
	country, _, _ := strings.Cut(code, "-")
	for _, known := range []string{code, country} {
		if p, ok := places[known]; ok {
			return p
		}
	}
	p := place{Rule: gdpr, Zone: "UTC", Guessed: true}
	if own := statement.Rule(strings.ToLower(code)); slices.Contains(datarequest.Builtin(), own) {
		p.Rule, p.Guessed = own, false
	}
	return p
}
