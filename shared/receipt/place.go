package receipt

// Place is where a ledger has an entry: whose ledger it is, and the entry's number there.
type Place struct {
	Issuer  string
	Subject string
	Seq     uint64
}

// Check returns a *Refusal unless what is signed is for this place.
func (p Place) Check(issuer, subject string, seq uint64) error {
	switch {
	case issuer != p.Issuer:
		return refuse(CodeIssuer, "it is another issuer's")
	case subject != p.Subject:
		return refuse(CodeChain, "it is another person's")
	case seq != p.Seq:
		return refuse(CodeChain, "its number is not that of its place")
	}
	return nil
}

// VerifyEntry verifies what a ledger has in a place. A ledger is not believed: beyond what
// Verify asks, a given root vouches for the receipt, the receipt is for this very place,
// and no disclosure is missing. Every error is a *Refusal.
func (v *Verifier) VerifyEntry(raw string, in Place) (*Receipt, error) {
	rec, err := v.Verify(raw)
	if err != nil {
		return nil, err
	}
	if rec.Root == "" {
		return nil, refuse(CodeChain, "no root was given to check it against")
	}
	if err := in.Check(rec.Issuer, rec.Subject, rec.Seq); err != nil {
		return nil, err
	}
	if !rec.Complete() {
		return nil, refuse(CodeDisclosure, "it lacks disclosures; a ledger has them all")
	}
	return rec, nil
}
