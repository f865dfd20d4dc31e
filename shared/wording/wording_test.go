package wording

import (
	"testing"
	"testing/fstest"
	"time"

	"consent-receipts/shared/period"
)

var own = fstest.MapFS{
	"en/own.json": {Data: []byte(`{"hello": "Hello, {name}", "thing.one": "1 thing", "thing.other": "{n} things"}`)},
	"es/own.json": {Data: []byte(`{"hello": "Hola, {name}", "thing.one": "1 cosa", "thing.other": "{n} cosas"}`)},
}

func TestSaying(t *testing.T) {
	set := Load(own)
	en, es := set.In("en-GB"), set.In("es")
	at := time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)
	midnight := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	madrid, buenosAires := en.InZone("Europe/Madrid"), es.InZone("America/Argentina/Buenos_Aires")
	for _, c := range []struct{ got, want string }{
		{madrid.Moment(at), "23 November 2026 at 15:05 (Madrid)"},
		{buenosAires.Moment(at), "23 de noviembre de 2026 a las 11:05 (Buenos Aires)"},
		{madrid.Date(at.Add(10 * time.Hour)), "24 November 2026"},
		{madrid.Until(midnight.Add(-time.Hour)), "the end of 31 December 2026 (Madrid)"},
		{madrid.Until(midnight), "the end of 31 December 2026 (UTC)"},
		{madrid.Until(at), "23 November 2026 at 15:05 (Madrid)"},
		{en.InZone("Nowhere/Land").Moment(at), "23 November 2026 at 14:05 (UTC)"},
		{en.InZone("Local").Moment(at), "23 November 2026 at 14:05 (UTC)"},
		{en.InZone("Etc/UTC").Moment(at), "23 November 2026 at 14:05 (UTC)"},
		{en.Say("hello", "name", "you"), "Hello, you"},
		{en.Say("no.such.key"), "no.such.key"},
		{en.Term("state", "given"), "yes"},
		{en.Term("state", "odd"), "odd"},
		{es.Count("thing", 1), "1 cosa"},
		{es.Count("thing", 2), "2 cosas"},
		{en.Moment(at), "23 November 2026 at 14:05 (UTC)"},
		{es.Date(at), "23 de noviembre de 2026"},
		{en.Until(at), "23 November 2026 at 14:05 (UTC)"},
		{es.Until(midnight), "el final del 31 de diciembre de 2026 (UTC)"},
		{en.Day("2026-12-24"), "24 December 2026"},
		{en.Day("soon"), "soon"},
		{en.Period(period.Period{Years: 1, Months: 6}), "1 year and 6 months"},
		{es.Period(period.Period{Days: 90}), "90 días"},
		{en.Period(period.Period{}), "0 days"},
		{en.List([]string{"a", "b", "c"}), "a, b and c"},
		{set.In("fr").Language, "en"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
