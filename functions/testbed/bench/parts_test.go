package bench

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"runtime"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/measured"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/sdjwt"
)

// sample is the story's opt-in receipt, with all that the measurements need.
type sample struct {
	raw     string
	claims  receipt.Claims // its claims, to be issued again
	decoded []byte         // with all disclosures in place
	parsed  *sdjwt.SDJWT
	root    *x509.Certificate
	issuer  *receipt.Issuer
	key     *ecdsa.PrivateKey
	digest  [32]byte
	sig     []byte
}

func newSample(t testing.TB) *sample {
	t.Helper()
	d := newDesk(t)
	result := d.optIn(t, 0)
	s := &sample{raw: result.Receipt, claims: result.Claims, root: d.root, issuer: d.Issuer}
	var err error
	s.decoded, err = json.Marshal(s.claims)
	must(t, err)
	s.parsed, err = sdjwt.Parse(s.raw, receipt.MaxBytes)
	must(t, err)
	s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	s.digest = sha256.Sum256([]byte(s.parsed.SigningInput()))
	s.sig, err = ecdsa.SignASN1(rand.Reader, s.key, s.digest[:])
	must(t, err)
	return s
}

func (s *sample) verifier(t testing.TB) *receipt.Verifier {
	v := receipt.NewVerifier(s.root)
	return v
}

// Issuing and verifying cannot do without these parts. Each is measured alone.

func (s *sample) signature(t testing.TB) {
	_, err := ecdsa.SignASN1(rand.Reader, s.key, s.digest[:])
	must(t, err)
}

func (s *sample) verification(t testing.TB) {
	if !ecdsa.VerifyASN1(&s.key.PublicKey, s.digest[:], s.sig) {
		t.Fatal("does not verify")
	}
}

func (s *sample) saltedDigests(t testing.TB) {
	for _, d := range s.parsed.Disclosures {
		e, err := sdjwt.NewElement(rand.Reader, d.Value)
		must(t, err)
		if e.Digest == "" {
			t.Fatal("no digest")
		}
	}
}

func (s *sample) encoding(t testing.TB) {
	b, err := json.Marshal(&s.claims)
	must(t, err)
	if !bytes.Equal(b, s.decoded) {
		t.Fatal("encodes otherwise")
	}
}

func (s *sample) decoding(t testing.TB) {
	parsed, err := sdjwt.Parse(s.raw, receipt.MaxBytes)
	must(t, err)
	_, err = sdjwt.Process(parsed.Payload, parsed.Disclosures, true)
	must(t, err)
}

func (s *sample) issue(t testing.TB) {
	claims := s.claims
	_, err := s.issuer.Issue(context.Background(), &claims)
	must(t, err)
}

func (s *sample) verify(t testing.TB, v *receipt.Verifier) {
	_, err := v.Verify(s.raw)
	must(t, err)
}

// perOp measures one run of f: CPU time, because other programs take the processor too.
func perOp(f func(testing.TB)) time.Duration {
	var spent time.Duration
	r := testing.Benchmark(func(b *testing.B) {
		before := measured.CPU()
		for b.Loop() {
			f(b)
		}
		spent = measured.CPU() - before
	})
	return spent / time.Duration(r.N)
}

// verifyAll verifies n receipts with that many workers and returns the time.
func (s *sample) verifyAll(t testing.TB, n, workers int) time.Duration {
	v := s.verifier(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	begin := time.Now()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range n / workers {
				if _, err := v.Verify(s.raw); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(begin)
}

func BenchmarkIssue(b *testing.B) {
	s := newSample(b)
	for b.Loop() {
		s.issue(b)
	}
}

func BenchmarkVerify(b *testing.B) {
	s := newSample(b)
	v := s.verifier(b)
	for b.Loop() {
		s.verify(b, v)
	}
}
