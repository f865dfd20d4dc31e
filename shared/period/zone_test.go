package period_test

import (
	"testing"

	"consent-receipts/shared/period"
)

// TestZone: a zone is read once, and what is no zone is an error each time.
func TestZone(t *testing.T) {
	first, err := period.Zone("Europe/Berlin")
	if err != nil || first.String() != "Europe/Berlin" {
		t.Fatal(first, err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if again, err := period.Zone("Europe/Berlin"); err != nil || again != first {
			t.Error(again, err)
		}
	}); n > 1 {
		t.Errorf("%v allocations: it was read again", n)
	}
	for range 2 {
		if zone, err := period.Zone("Europe/Nowhere"); err == nil {
			t.Errorf("%v is a zone", zone)
		}
	}
}
