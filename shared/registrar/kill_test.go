package registrar_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
)

// killDir, when set, makes this test binary the process that gets killed: it
// opens the folder and writes, printing each receipt that was answered.
const killDir = "CONSENT_RECEIPTS_KILL_DIR"

const killWrites = 1000

// TestKill kills a process in the middle of 1,000 commands. Every receipt that
// was answered is there, the chain is whole, and a retry with the same key finds
// out what happened.
func TestKill(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	// the root key is kept, as a deployment keeps it
	plain := openIn(t, dir)
	d := deskOn(t, plain, plain)
	saveRoot(t, dir, d.auth.Key.(*ecdsa.PrivateKey), d.root)
	must(t, plain.Close())

	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), killDir+"="+dir)
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	answered := map[string]string{} // key -> digest
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		key, digest, ok := strings.Cut(lines.Text(), " ")
		if !ok || !strings.HasPrefix(digest, "sha256:") {
			continue
		}
		answered[key] = digest
		if len(answered) == killWrites/2 {
			must(t, child.Process.Kill())
		}
	}
	if err := child.Wait(); err == nil || len(answered) >= killWrites {
		t.Fatalf("the process was not killed in the middle: %d answers", len(answered))
	}

	plain = openIn(t, dir)
	defer plain.Close()
	d = deskOn(t, plain, plain)
	useRoot(t, dir, d)
	recs, err := d.Receipts(context.Background(), ledger.Person(alice), 1, killWrites)
	must(t, err)
	chain := receipt.Chain{Whole: true}
	present := map[string]bool{}
	for _, rec := range recs {
		chain.Add(rec)
		present[rec.Digest] = true
	}
	if course := chain.Judge(); !course.Follow() {
		t.Fatalf("the chain: %+v", course)
	}
	for key, digest := range answered {
		if !present[digest] {
			t.Fatalf("%s was answered and is gone", key)
		}
	}
	if len(recs) < len(answered) || len(recs) > len(answered)+1 {
		t.Fatalf("%d entries, %d answers: one command at most was under way", len(recs), len(answered))
	}
	// the commands up to the one under way, again
	for i := range len(answered) + 1 {
		key := fmt.Sprint("key", i)
		result, err := d.Do(context.Background(), ledger.Person(alice), key, consent.OptOut{All: true, Reason: consent.Reason(key)}, asPerson)
		must(t, err)
		if digest, ok := answered[key]; ok && (result.Digest != digest || !result.Replayed) {
			t.Fatalf("%s: another receipt than the one that was answered", key)
		}
	}
	wholeChain(t, d, alice, len(answered)+1)
}

func writeUntilKilled(t *testing.T, dir string) {
	store := openIn(t, dir)
	d := deskOn(t, store, store)
	useRoot(t, dir, d)
	for i := range killWrites {
		key := fmt.Sprint("key", i)
		result, err := d.Do(context.Background(), ledger.Person(alice), key, consent.OptOut{All: true, Reason: consent.Reason(key)}, asPerson)
		must(t, err)
		fmt.Println(key, result.Digest)
	}
}

func openIn(t *testing.T, dir string) *bolt.Store {
	t.Helper()
	store, err := bolt.Open(filepath.Join(dir, "ledger.db"))
	must(t, err)
	return store
}

func saveRoot(t *testing.T, dir string, key *ecdsa.PrivateKey, root *x509.Certificate) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	block = append(block, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})...)
	must(t, os.WriteFile(filepath.Join(dir, "root"), block, 0o600))
}

// useRoot has a desk sign under the root that saveRoot kept.
func useRoot(t *testing.T, dir string, d *desk) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "root"))
	must(t, err)
	keyBlock, rest := pem.Decode(b)
	rootBlock, _ := pem.Decode(rest)
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	must(t, err)
	root, err := receipt.ParseRoot(rootBlock.Bytes)
	must(t, err)
	d.clock.now = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	d.auth.Key, d.root = key.(*ecdsa.PrivateKey), root
	d.Signer = receipt.NewSigner(d.auth.Certify, root)
	d.Issuer = receipt.NewIssuer(d.Signer, rand.Reader)
	d.Verifier = receipt.NewVerifier(root)
}
