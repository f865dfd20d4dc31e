package receipt

import "fmt"

// Verdict is what a verifier may say of one receipt or of several.
type Verdict string

// The verdicts.
const (
	Genuine       Verdict = "genuine"                          // signed under a root that the caller gave
	Consistent    Verdict = "consistent, signer not confirmed" // nobody the caller trusts vouches for the root
	NotContiguous Verdict = "genuine, not contiguous"          // each is genuine, but some are missing
	Refused       Verdict = "refused"
)

// Chain checks that receipts follow one another. Add them in the order of seq,
// person by person or mixed: it keeps one position per person and nothing else.
type Chain struct {
	heads map[string]head
	gaps  []string
	more  int
}

type head struct {
	seq    uint64
	digest string
	iat    int64
}

// maxGaps bounds how many gaps are described.
const maxGaps = 20

// Add takes the next receipt. It returns a *Refusal when the receipt contradicts
// the one before it; a gap is no contradiction and is reported by Gaps.
func (c *Chain) Add(r *Receipt) error {
	if c.heads == nil {
		c.heads = map[string]head{}
	}
	prev, seen := c.heads[r.Subject]
	switch {
	case seen && r.Seq == prev.seq && r.Digest == prev.digest:
		return nil // the same receipt again
	case seen && r.Seq == prev.seq:
		return refuse(CodeChain, "two different receipts have the number %d: the ledger was forked", r.Seq)
	case seen && r.Seq == prev.seq+1 && r.Prev != prev.digest:
		return refuse(CodeChain, "receipt %d does not follow receipt %d that is here: prev is another digest", r.Seq, prev.seq)
	case seen && r.Seq == prev.seq+1 && r.IssuedAt < prev.iat:
		return refuse(CodeChain, "receipt %d was issued before receipt %d", r.Seq, prev.seq)
	case seen && r.Seq < prev.seq:
		c.gap("receipt %d comes after receipt %d", r.Seq, prev.seq)
		return nil
	case seen && r.Seq > prev.seq+1:
		c.gap("between receipts %d and %d", prev.seq, r.Seq)
	case !seen && r.Seq > 1 && r.Event.Type != "erasure":
		c.gap("before receipt %d", r.Seq)
	}
	c.heads[r.Subject] = head{r.Seq, r.Digest, r.IssuedAt}
	return nil
}

func (c *Chain) gap(format string, args ...any) {
	if len(c.gaps) == maxGaps {
		c.more++
		return
	}
	c.gaps = append(c.gaps, fmt.Sprintf(format, args...))
}

// Gaps describes what is missing: a chain starts at 1 or at an erasure receipt.
// Of many gaps the first are described, and the rest counted.
func (c *Chain) Gaps() (described []string, more int) { return c.gaps, c.more }
