package check

import (
	"context"
	"crypto/x509"
	"iter"

	"consent-receipts/shared/receipt"
)

// Stored is a receipt in its place in a ledger.
type Stored struct {
	Name    string // of the place
	Raw     string
	Err     error // what is there cannot be read as an entry
	Subject string
	Seq     uint64
}

// Ledger verifies one person's ledger, entry by entry from the first on. Beyond
// what Run asks of a receipt, it must be that person's and have the number of its
// place, and lack nothing. The roots found beside the ledger vouch for nobody,
// unless the options name them. An error of the sequence is returned.
func Ledger(ctx context.Context, entries iter.Seq2[Stored, error], found []*x509.Certificate, o Options) (*Report, error) {
	r := &run{Report: &Report{}, options: o, whole: true, people: map[string]bool{}}
	return r.verify(ctx, found, func(take func(item) error) error {
		for stored, err := range entries {
			if err != nil {
				return err
			}
			if err := take(item{name: stored.Name, raw: stored.Raw, err: stored.Err, place: &stored}); err != nil {
				return err
			}
		}
		return nil
	})
}

// holds reports, as a refusal, what a receipt in this place may not be.
func (s *Stored) holds(rec *receipt.Receipt) error {
	switch {
	case rec.Subject != s.Subject:
		return &receipt.Refusal{Code: receipt.CodeChain, Reason: "it is another person's"}
	case rec.Seq != s.Seq:
		return &receipt.Refusal{Code: receipt.CodeChain, Reason: "its number is not that of its place"}
	case !rec.Complete():
		return &receipt.Refusal{Code: receipt.CodeDisclosure, Reason: "it lacks disclosures; a ledger has them all"}
	}
	return nil
}
