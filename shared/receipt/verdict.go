package receipt

import (
	"slices"
	"strings"
)

// Verdict is what a verifier may say of a receipt, of a file, or of several together.
type Verdict string

// The verdicts.
const (
	NoReceipt     Verdict = "no-receipt"             // nothing was judged: a picture is no forgery
	Genuine       Verdict = "genuine"                // signed under a root that the caller gave
	NotContiguous Verdict = "genuine-not-contiguous" // each is genuine, but some are missing
	Consistent    Verdict = "consistent"             // nobody the caller trusts vouches for the root
	Ambiguous     Verdict = "ambiguous"              // one file shows several, and nobody can say which one counts
	Refused       Verdict = "refused"                // not signed as a receipt is, under a given root; or forked
	Changed       Verdict = "changed"                // it was a receipt once: what is there now is not what was signed
)

// verdicts are all of them, in words, the best first.
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

// Words says the verdict to a person.
func (v Verdict) Words() string { return verdicts[v.rank()].words }

// Passed reports whether what the verdict is of may be relied on: to what extent, the
// verdict says.
func (v Verdict) Passed() bool { return v == Genuine || v == NotContiguous || v == Consistent }

// Worst returns the verdict of all together. What is no receipt makes nothing worse.
func Worst(vs ...Verdict) Verdict {
	return slices.MaxFunc(append(vs, NoReceipt), func(a, b Verdict) int { return a.rank() - b.rank() })
}

// ofChange are the codes of what is not what was signed. All others are about who signed
// it, or what: a receipt, it never was.
var ofChange = []Code{CodeSize, CodeForm, CodeBase64, CodeJSON, CodeDuplicate, CodeKeyBinding, CodeSignature, CodeDisclosure}

// VerdictOf returns the verdict on a text that Verify refused. One that was no SD-JWT even
// before somebody changed it is no receipt that was changed.
func VerdictOf(raw string, err error) Verdict {
	switch {
	case !strings.HasPrefix(raw, jwtBegins):
		return NoReceipt
	case !strings.Contains(raw, "~"): // signed, but otherwise than a receipt
		return Refused
	}
	return VerdictOfSigned(err)
}

// VerdictOfSigned returns the verdict on what was signed once, and is refused.
func VerdictOfSigned(err error) Verdict {
	if refusal, ok := AsRefusal(err); ok && slices.Contains(ofChange, refusal.Code) {
		return Changed
	}
	return Refused
}

// jwtBegins is `{"` in base64url: what the header of every signed text begins with.
const jwtBegins = "eyJ"
