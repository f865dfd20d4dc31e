package shell_test

import (
	"testing"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/person"
	"consent-receipts/functions/internal/portal/shell"
)

// TestTemplates: every page parses, because a portal parses only those that it shows.
func TestTemplates(t *testing.T) {
	for name, realm := range map[string]shell.Realm{"person": person.Realm(shell.Client{}), "desk": desk.Realm(shell.Client{})} {
		if n, err := shell.ParseAll(realm); err != nil || n < 10 {
			t.Errorf("%s has %d pages: %v", name, n, err)
		}
	}
}
