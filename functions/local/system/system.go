// Package system sets everything up on one machine: keys in files, the embedded
// ledger, the sample catalogue. What it wires is the code that runs in the cloud;
// only the stores of keys and entries differ.
package system

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	randv2 "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/handler/copies"
	"consent-receipts/functions/internal/notify"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/published"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/sweep"
)

// Files in a data folder.
const (
	LedgerFile    = "ledger.db"
	RootKeyFile   = "root.key"
	RootFile      = "root.pem"
	pseudonymFile = "pseudonym.key"
	sessionFile   = "session.key"
	issuerKeyFile = "dev-issuer.key"
)

// CatalogueFile is the sample's path in package sample.
const CatalogueFile = "first-example-bank.yaml"

// System is the whole system in one process.
type System struct {
	API        *handler.API
	Root       *x509.Certificate
	SessionKey []byte          // of the portal's cookies
	IssuerKey  *rsa.PrivateKey // of the development OIDC issuer

	// Protocols is what other systems speak, made when it is first needed: its keys take
	// a moment.
	Protocols func() (*protocols.API, error)
	Courier   *Courier // tells them what became of their requests

	store *bolt.Store
}

// gcPercent trades memory for time: what lives long is a few megabytes, and what
// a request leaves behind is garbage at once.
const gcPercent = 800

// Open opens the data folder, making what is missing. Only one process can have
// a folder open; another gets bolt.ErrLocked.
func Open(ctx context.Context, dir string, now func() time.Time, log *slog.Logger) (*System, error) {
	debug.SetGCPercent(gcPercent)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := bolt.Open(filepath.Join(dir, LedgerFile))
	if err != nil {
		return nil, err
	}
	s, err := assemble(ctx, dir, store, now, log)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return s, nil
}

// Handler is that of a route of the API.
func (s *System) Handler(route gateway.Route) http.Handler {
	if route.Function != "protocols" {
		return s.API.Handlers(route.Function).For(route.Pattern)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api, err := s.Protocols()
		if err != nil {
			protocols.NotReady(s.API.Log, err).ServeHTTP(w, r)
			return
		}
		api.Handlers().For(route.Pattern).ServeHTTP(w, r)
	})
}

// Sweep is what records what time alone changes. Here nobody counts what is overdue: the
// desk shows it.
func (s *System) Sweep() *sweep.Sweep {
	return &sweep.Sweep{Registrar: s.API.Registrar, Agenda: s.store, Docket: s.store, Overdue: func(int) {}, Log: s.API.Log, Pick: randv2.IntN}
}

// Close closes the ledger.
func (s *System) Close() error { return s.store.Close() }

func assemble(ctx context.Context, dir string, store *bolt.Store, now func() time.Time, log *slog.Logger) (*System, error) {
	cat, digest, err := provision(ctx, store)
	if err != nil {
		return nil, err
	}
	rootKey, err := loadECKey(filepath.Join(dir, RootKeyFile))
	if err != nil {
		return nil, err
	}
	root, err := loadRoot(filepath.Join(dir, RootFile), rootKey, cat.Issuer, now())
	if err != nil {
		return nil, err
	}
	pseudonymKey, err := loadSecret(filepath.Join(dir, pseudonymFile))
	if err != nil {
		return nil, err
	}
	sessionKey, err := loadSecret(filepath.Join(dir, sessionFile))
	if err != nil {
		return nil, err
	}
	issuerKey, err := loadRSAKey(filepath.Join(dir, issuerKeyFile))
	if err != nil {
		return nil, err
	}
	pseudonyms, err := pseudonym.NewMaker(pseudonymKey, cat.Identity.Namespace)
	if err != nil {
		return nil, err
	}
	authority := &receipt.Authority{Key: rootKey, Issuer: cat.Issuer, Now: now}
	reg, err := newRegistrar(ctx, store, digest, authority, root, now)
	if err != nil {
		return nil, err
	}
	queue, err := openQueue(filepath.Join(dir, queueFile), now)
	if err != nil {
		return nil, err
	}
	counter := &counter.Counter{Registrar: reg, Pseudonyms: pseudonyms, Tickets: store, Match: Match}
	speak := sync.OnceValues(func() (*protocols.API, error) { return newProtocols(dir, counter, now, log) })
	courier := &Courier{
		changes: store, queue: queue, protocols: speak,
		publisher: &publish.Publisher{
			Events: &published.Events{Verifier: reg.Verifier, Issuer: cat.Issuer}, Bus: queue,
			Metrics: &emf.Emitter{Out: io.Discard, Now: now}, Log: log,
		},
		callbacks: notify.Handler{Counter: counter, Queue: queue, Dead: deadLetters, Clock: now, Log: log},
	}
	return &System{
		Protocols: speak, Courier: courier,
		API: &handler.API{
			Registrar: reg, Documents: store, Pseudonyms: pseudonyms, Roots: receipt.Roots{root}, Copies: copies.All, Channel: "web", Log: log, Docket: store,
			Audit: &audit.Log{Store: store, Signer: reg.Signer, Verifier: reg.Verifier, Issuer: cat.Issuer, Now: now, Rand: rand.Reader},
		},
		Root: root, SessionKey: sessionKey, IssuerKey: issuerKey, store: store,
	}, nil
}

func newRegistrar(ctx context.Context, store *bolt.Store, digest string, authority *receipt.Authority, root *x509.Certificate, now func() time.Time) (*registrar.Registrar, error) {
	catalogues, err := registrar.NewCatalogues(ctx, store, digest)
	if err != nil {
		return nil, err
	}
	signer := receipt.NewSigner(authority.Certify, root)
	issuer, err := receipt.NewIssuer(signer, rand.Reader)
	if err != nil {
		return nil, err
	}
	verifier, err := receipt.NewVerifier(root)
	if err != nil {
		return nil, err
	}
	return &registrar.Registrar{
		Store: store, Catalogue: catalogues, Issuer: issuer, Signer: signer, Verifier: verifier,
		Now: now, Rand: rand.Reader,
	}, nil
}

// provision compiles the sample catalogue and keeps it and its notices, as a
// deployment does: the first insert wins, and every version stays.
func provision(ctx context.Context, documents ledger.Documents) (*catalogue.Catalogue, string, error) {
	compiled, problems := source.Compile(sample.FS, CatalogueFile)
	if len(problems) > 0 {
		return nil, "", fmt.Errorf("sample catalogue: %s", problems[0])
	}
	docs := []ledger.Document{{Digest: compiled.Digest, MediaType: catalogue.MediaType, Body: compiled.Canonical}}
	for digest, text := range compiled.Notices {
		docs = append(docs, ledger.Document{Digest: digest, MediaType: catalogue.NoticeMediaType, Body: text})
	}
	for _, d := range docs {
		if err := documents.PutDocument(ctx, d); err != nil {
			return nil, "", err
		}
	}
	return compiled.Catalogue, compiled.Digest, nil
}

// loadRoot reads the root certificate, or makes it once.
func loadRoot(path string, key *ecdsa.PrivateKey, issuer string, now time.Time) (*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		root, err := receipt.NewRoot(key, issuer, now)
		if err != nil {
			return nil, err
		}
		return root, writeNew(path, receipt.Roots{root}.PEM(), 0o644)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s: not a PEM certificate", path)
	}
	root, err := receipt.ParseRoot(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !key.PublicKey.Equal(root.PublicKey) {
		return nil, fmt.Errorf("%s is not the certificate of %s", path, RootKeyFile)
	}
	return root, nil
}

func loadECKey(path string) (*ecdsa.PrivateKey, error) {
	return loadKey(path, func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
}

func loadRSAKey(path string) (*rsa.PrivateKey, error) {
	return loadKey(path, func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
}

// loadKey reads a private key in PKCS #8, or makes it and keeps it, mode 0600.
func loadKey[K any](path string, make func() (K, error)) (K, error) {
	var none K
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := make()
		if err != nil {
			return none, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return none, err
		}
		return key, writeNew(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	}
	if err != nil {
		return none, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return none, fmt.Errorf("%s: not a PEM key", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := key.(K)
	if !ok {
		return none, fmt.Errorf("%s: another kind of key", path)
	}
	return k, nil
}

// loadSecret reads 32 random bytes, or makes them and keeps them, mode 0600.
func loadSecret(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, pseudonym.KeySize)
		if _, err := rand.Read(b); err != nil {
			return nil, err
		}
		return b, writeNew(path, b, 0o600)
	}
	if err == nil && len(b) != pseudonym.KeySize {
		err = fmt.Errorf("%s: want %d bytes, there are %d", path, pseudonym.KeySize, len(b))
	}
	return b, err
}

// writeNew writes a file that does not exist yet, and has it on disk before
// anything relies on it.
func writeNew(path string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
