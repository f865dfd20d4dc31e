package receipt

// Place is the position of an entry: the ledger that has it, and its number there.
type Place struct {
	Issuer  string
	Subject string
	Seq     uint64
}

// Check returns a *Refusal unless the signed claims are those of this place.
func (p Place) Check(issuer, subject string, seq uint64) error {
	switch {
	case issuer != p.Issuer:
		return refuse(CodeIssuer, "its issuer is not that of its place")
	case subject != p.Subject:
		return refuse(CodeChain, "its person is not that of its place")
	case seq != p.Seq:
		return refuse(CodeChain, "its number is not that of its place")
	}
	return nil
}

// VerifyEntry verifies the receipt that a ledger returned for a place. It does not trust the
// ledger: besides the checks of Verify, a given root must have certified the leaf, the
// receipt must be the one for this place, and no disclosure may be missing. Every error is a
// *Refusal.
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
