package period_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/period"
)

func TestParse(t *testing.T) {
	for in, out := range map[string]string{
		"P12M": "P12M", "P90D": "P90D", "P2W": "P14D", "P1Y6M": "P1Y6M", "P1Y2M3W4D": "P1Y2M25D", "P0D": "P0D", "P007D": "P7D",
	} {
		p, err := period.Parse(in)
		if err != nil || p.String() != out {
			t.Errorf("%s: %s, %v; want %s", in, p, err, out)
		}
	}
	for _, bad := range []string{"", "P", "12M", "P12", "PT1H", "P1DT1H", "-P1D", "P-1D", "P1.5D", "P99999D", "P9999W", "p1d", "P1D ", "P1M1Y", "P1D\n"} {
		if p, err := period.Parse(bad); err == nil {
			t.Errorf("%q is %s", bad, p)
		}
	}
}

func TestAddTo(t *testing.T) {
	for _, c := range []struct{ from, by, to string }{
		{"2026-01-31T12:00:00Z", "P1M", "2026-02-28T12:00:00Z"},
		{"2028-01-31T12:00:00Z", "P1M", "2028-02-29T12:00:00Z"},
		{"2028-02-29T12:00:00Z", "P1Y", "2029-02-28T12:00:00Z"},
		{"2026-12-15T23:59:59Z", "P1M", "2027-01-15T23:59:59Z"},
		{"2026-01-31T00:00:00Z", "P1M1D", "2026-03-01T00:00:00Z"},
		{"2026-11-23T14:00:00Z", "P12M", "2027-11-23T14:00:00Z"},
		{"2026-11-23T14:00:00Z", "P90D", "2027-02-21T14:00:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		p, err := period.Parse(c.by)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.AddTo(from).Format(time.RFC3339); got != c.to {
			t.Errorf("%s + %s = %s, want %s", c.from, c.by, got, c.to)
		}
	}
}

// TestRoundTrip: what is written is read again; and adding never loses the month.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := period.Period{
			Years: rapid.IntRange(0, 9999).Draw(t, "y"), Months: rapid.IntRange(0, 9999).Draw(t, "m"), Days: rapid.IntRange(0, 9999).Draw(t, "d"),
		}
		again, err := period.Parse(p.String())
		if err != nil || again != p {
			t.Fatalf("%s became %s, %v", p, again, err)
		}
		from := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "from"), 0).UTC()
		months := period.Period{Months: rapid.IntRange(0, 240).Draw(t, "months")}
		to := months.AddTo(from)
		want := (int(from.Month()) - 1 + months.Months) % 12
		if int(to.Month())-1 != want || to.Day() > from.Day() {
			t.Fatalf("%s + %s = %s", from, months, to)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("P1Y2M3W4D")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := period.Parse(s)
		if err != nil {
			return
		}
		if again, err := period.Parse(p.String()); err != nil || again != p {
			t.Fatalf("%q is %s, which is %s, %v", s, p, again, err)
		}
	})
}
