package period_test

import (
	"errors"
	"testing"
	"time"

	"consent-receipts/shared/period"
)

func TestParseMoment(t *testing.T) {
	want := time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-03-02T08:30:00Z", "2026-03-02T09:30:00+01:00", "2026-03-02T09:30:00+0100", "2026-03-02T08:30:00.000Z", "20260302T083000Z", "20260302T093000+0100",
	} {
		if got, err := period.ParseMoment(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: %s %v", text, got, err)
		}
	}
	for _, text := range []string{"", "2026-03-02", "2026-03-02T08:30:00", "20260302T083000", "2026-13-02T08:30:00Z", "1772440200"} {
		if got, err := period.ParseMoment(text); !errors.Is(err, period.ErrMoment) {
			t.Errorf("%s: %s %v", text, got, err)
		}
	}
}
