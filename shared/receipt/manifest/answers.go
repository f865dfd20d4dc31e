package manifest

import (
	"cmp"
	"slices"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Named is a part of the answer to a data request, as a receipt or a manifest names it.
type Named struct {
	StatedPart
	Request string `json:"request"` // the id of the request
}

// Answers collects what receipts and manifests name as parts of answers. In which order they are
// given, and how often, does not matter.
type Answers struct {
	in, out []Named
}

// State takes what the receipt with a number says of a data request.
func (a *Answers) State(seq uint64, s statement.RequestStatement) {
	if s.Part != nil {
		a.in = append(a.in, Named{StatedPart{*s.Part, seq}, s.ID})
	}
	if s.Out != nil {
		a.out = append(a.out, Named{StatedPart{*s.Out, seq}, s.ID})
	}
}

// Receipt takes what a receipt says.
func (a *Answers) Receipt(rec *receipt.Receipt) error {
	requests, err := receipt.Decode[statement.RequestStatement](rec.Request)
	for _, s := range requests {
		a.State(rec.Seq, s)
	}
	return err
}

// Manifest takes what a manifest lists.
func (a *Answers) Manifest(m *Manifest) {
	for _, p := range m.Parts {
		a.in = append(a.in, Named{p, m.Request.ID})
	}
}

// Parts lists what was added to the answers and not taken out again, by request, in the order in
// which it was added.
func (a *Answers) Parts() []Named {
	parts := ordered(a.in)
	for _, gone := range ordered(a.out) {
		for i, p := range slices.Backward(parts) {
			if p.Request == gone.Request && p.Part == gone.Part && p.Receipt < gone.Receipt {
				parts = slices.Delete(parts, i, i+1)
				break
			}
		}
	}
	return parts
}

// ordered lists each once, by request and receipt.
func ordered(named []Named) []Named {
	list := slices.Clone(named)
	slices.SortFunc(list, func(a, b Named) int {
		return cmp.Or(cmp.Compare(a.Request, b.Request), cmp.Compare(a.Receipt, b.Receipt), cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(list)
}
