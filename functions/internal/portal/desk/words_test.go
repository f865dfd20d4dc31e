package desk

import (
	"testing"

	"consent-receipts/functions/internal/portal/figures"
	"consent-receipts/shared/wording"
)

// TestColumnsHaveWords: every column of the report has a long and a short heading.
func TestColumnsHaveWords(t *testing.T) {
	w := wording.Load(wording.Cards, wording.Desk).In("en")
	for _, column := range new(figures.Figures).Columns() {
		if !w.Has("desk.report."+column) || !w.Has("desk.report.short."+column) {
			t.Errorf("no words for the column %s", column)
		}
	}
}
