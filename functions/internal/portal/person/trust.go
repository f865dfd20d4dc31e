package person

import (
	"net/http"
	"slices"
	"strings"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// trustPage shows the root by which receipts of the controller are known. PDFs, pages and
// bundles name this page as the place to compare the fingerprint.
type trustPage struct {
	Controller, Phone string
	Check, Root       string     // addresses
	Roots             []rootCard // newest first
}

// rootCard is a root in words.
type rootCard struct {
	Since, Until string     // dates; Until is the first day of the next root, if there is one
	Fingerprint  [][]string // lines of groups of digits
}

// A fingerprint is four lines of four groups of four digits.
const (
	groupLength = 4
	lineLength  = 4
)

// showTrust needs no session: a person who got a receipt from somebody may never have signed in.
func showTrust(v *shell.Visit, roots receipt.Roots) error {
	n, err := v.Names("")
	if err != nil {
		return err
	}
	controller := n.Controller()
	p := trustPage{Controller: controller.Name, Phone: controller.Phone, Check: v.BaseURL + page.VerifyPath, Root: shell.RootPath}
	for i, root := range roots {
		card := rootCard{Since: v.Words.Date(root.NotBefore), Fingerprint: spelled(receipt.Fingerprint(root))}
		if i > 0 {
			card.Until = v.Words.Date(roots[i-1].NotBefore)
		}
		p.Roots = append(p.Roots, card)
	}
	return v.Render(http.StatusOK, "trust", v.Words.Say("trust.title", "controller", p.Controller), p)
}

// spelled breaks a fingerprint into lines of groups of digits.
func spelled(fingerprint string) [][]string {
	var groups []string
	for group := range slices.Chunk([]byte(strings.TrimPrefix(fingerprint, "sha256:")), groupLength) {
		groups = append(groups, string(group))
	}
	return slices.Collect(slices.Chunk(groups, lineLength))
}
