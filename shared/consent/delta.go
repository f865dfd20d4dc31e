package consent

import (
	"cmp"
	"slices"

	"consent-receipts/shared/statement"
)

// delta lists the terms that differ between a and b: those added and those removed. Named
// resources are a set; the empty set means "not limited", so that a + added - removed = b
// holds for it too.
func delta(a, b *statement.Terms) (added, removed statement.Delta) {
	added.Data, removed.Data = without(b.Data, a.Data), without(a.Data, b.Data)
	added.Resources = withoutResources(b.Resources, a.Resources)
	removed.Resources = withoutResources(a.Resources, b.Resources)
	if !a.Until.Equal(b.Until) {
		until := b.Until
		added.Until = &until
		if !a.Until.IsZero() {
			was := a.Until
			removed.Until = &was
		}
	}
	return added, removed
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func withoutResources(a, b []statement.Resource) []statement.Resource {
	return slices.DeleteFunc(slices.Clone(a), func(r statement.Resource) bool {
		return slices.ContainsFunc(b, func(o statement.Resource) bool { return compareResources(r, o) == 0 })
	})
}

// compareResources orders by type and id, not by label.
func compareResources(a, b statement.Resource) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
}
