package receipt

import (
	"slices"
	"strings"
)

// Verdict is the result of verifying a receipt, a file, or several receipts together.
type Verdict string

// The verdicts.
const (
	NoReceipt     Verdict = "no-receipt"             // no receipt was found: a picture is no forgery
	Genuine       Verdict = "genuine"                // signed under a root that the caller gave
	NotContiguous Verdict = "genuine-not-contiguous" // each is genuine, but some are missing
	Consistent    Verdict = "consistent"             // no trusted root was given, so the signer is not confirmed
	Ambiguous     Verdict = "ambiguous"              // one file shows several receipts, and none of them counts alone
	Refused       Verdict = "refused"                // the signer or the kind of token is wrong, or the chain is forked
	Changed       Verdict = "changed"                // the text was a receipt, and somebody changed it
)

// verdicts lists all verdicts with their words, the best first.
var verdicts = []struct {
	verdict Verdict
	words   string
}{
	{NoReceipt, "no receipt here"},
	{Genuine, "genuine"},
	{NotContiguous, "genuine, not contiguous"},
	{Consistent, "consistent, signer not confirmed"},
	{Ambiguous, "ambiguous"},
	{Refused, "refused"},
	{Changed, "changed since it was signed"},
}

func (v Verdict) rank() int {
	for i, known := range verdicts {
		if v == known.verdict {
			return i
		}
	}
	return len(verdicts)
}

// Words returns the verdict as a phrase for people.
func (v Verdict) Words() string { return verdicts[v.rank()].words }

// Passed reports whether the verdict allows relying on the receipts; the verdict itself
// states the limits.
func (v Verdict) Passed() bool { return v == Genuine || v == NotContiguous || v == Consistent }

// Worst returns the verdict of several files together. A file without a receipt does not make
// the verdict worse.
func Worst(vs ...Verdict) Verdict {
	return slices.MaxFunc(append(vs, NoReceipt), func(a, b Verdict) int { return a.rank() - b.rank() })
}

// ofChange are the codes that show that somebody changed a signed text. All other codes
// concern the signer or the kind of token.
var ofChange = []Code{CodeSize, CodeForm, CodeBase64, CodeJSON, CodeDuplicate, CodeKeyBinding, CodeSignature, CodeDisclosure}

// VerdictOf returns the verdict on a text that Verify refused. A text that never was an
// SD-JWT is not a changed receipt.
func VerdictOf(raw string, err error) Verdict {
	switch {
	case !strings.HasPrefix(raw, jwtBegins):
		return NoReceipt
	case !strings.Contains(raw, "~"): // signed, but not as a receipt is
		return Refused
	}
	return VerdictOfSigned(err)
}

// VerdictOfSigned returns the verdict on a signed text that was refused.
func VerdictOfSigned(err error) Verdict {
	if refusal, ok := AsRefusal(err); ok && slices.Contains(ofChange, refusal.Code) {
		return Changed
	}
	return Refused
}

// jwtBegins is `{"` in base64url: the header of every signed text begins with it.
const jwtBegins = "eyJ"
