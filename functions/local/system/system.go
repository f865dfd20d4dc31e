// Package system sets everything up on one machine: keys in files, the embedded
// ledger, the sample catalogue. What it wires is the code that runs in the cloud;
// only the stores of keys and entries differ.
package system

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
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
	"consent-receipts/functions/local/devmail"
	"consent-receipts/shared/attachment/folder"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/door"
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
	identityFile  = "identity.key"
	IssuerKeyFile = "dev-issuer.key"
	linksFile     = "contact-links.key"
	mailFile      = "mails.jsonl"

	FilesFolder = "answers" // a folder, with the files of answers
)

// CatalogueFile is the sample's path in package sample.
const CatalogueFile = "first-example-bank.yaml"

// System is the whole system in one process.
type System struct {
	API        *handler.API
	Root       *x509.Certificate
	SessionKey []byte          // of the portal's cookies
	IssuerKey  *rsa.PrivateKey // of the development OIDC issuer

	// Protocols makes the function of other systems when it is first needed, because its keys
	// take a moment.
	Protocols func() (*protocols.API, error)
	Courier   *Courier // tells other systems what became of their requests

	store *bolt.Store
	files *folder.Store // of answers; Site says where it is served
	mails *devmail.Box  // to people without an account
}

// These trade memory for time: what lives long is a few megabytes, and what a request leaves
// behind is garbage at once. The limit keeps the process under 60 MiB with the pages of its
// program, of which it uses some 12 MiB. Work that holds more, such as a large bundle, gets
// more, and waits longer for the collector.
const (
	gcPercent   = 800
	memoryLimit = 46 << 20 // bytes
)

// Sample compiles the sample catalogue.
func Sample() (*source.Compiled, error) {
	return Compile(sample.FS, CatalogueFile)
}

// Compile compiles a catalogue; the error names every mistake in it.
func Compile(files fs.FS, name string) (*source.Compiled, error) {
	compiled, problems := source.Compile(files, name)
	var errs []error
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("%s: %s", name, p))
	}
	return compiled, errors.Join(errs...)
}

// Open opens the data folder, making what is missing. Only one process can have
// a folder open; another gets bolt.ErrLocked.
func Open(ctx context.Context, dir string, compiled *source.Compiled, now func() time.Time, log *slog.Logger) (*System, error) {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := bolt.Open(filepath.Join(dir, LedgerFile))
	if err != nil {
		return nil, err
	}
	s, err := assemble(ctx, dir, store, compiled, now, log)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return s, nil
}

// Handler returns the handler of a route of the API.
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

// Sweep returns the sweep, which records what time alone changes. Here nothing counts the
// overdue requests, because the desk shows them.
func (s *System) Sweep() *sweep.Sweep {
	return &sweep.Sweep{
		Registrar: s.API.Registrar, Agenda: s.store, Docket: s.store, Done: s.store, Log: s.API.Log,
		Waiting: func(context.Context) (int, error) { return 1, nil }, Count: func(string, int) {},
	}
}

// Close closes the ledger.
func (s *System) Close() error { return s.store.Close() }

func assemble(ctx context.Context, dir string, store *bolt.Store, compiled *source.Compiled, now func() time.Time, log *slog.Logger) (*System, error) {
	if err := provision(ctx, store, compiled); err != nil {
		return nil, err
	}
	cat := compiled.Catalogue
	k, err := loadKeys(dir, cat.Issuer, now)
	if err != nil {
		return nil, err
	}
	pseudonyms, err := pseudonym.NewMaker(k.pseudonym, cat.Identity.Namespace)
	if err != nil {
		return nil, err
	}
	authority := &receipt.Authority{Key: k.root, Issuer: cat.Issuer, Now: now}
	reg, err := registrar.Open(ctx, store, compiled.Digest, receipt.NewSigner(authority.Certify, k.certificate), receipt.Roots{k.certificate}, now, rand.Reader)
	if err != nil {
		return nil, err
	}
	reg.Seal = k.identity.Seal
	links, err := loadLinks(dir, now)
	if err != nil {
		return nil, err
	}
	mails := &devmail.Box{File: filepath.Join(dir, mailFile), Now: now}
	queue, err := openQueue(filepath.Join(dir, queueFile), now)
	if err != nil {
		return nil, err
	}
	counter := &counter.Counter{Registrar: reg, Pseudonyms: pseudonyms, Tickets: store, Match: Match}
	speak := sync.OnceValues(func() (*protocols.API, error) { return newProtocols(dir, counter, now, log) })
	courier := &Courier{
		changes: store, queue: queue, protocols: speak,
		publisher: &publish.Publisher{
			Events: &published.Events{Verifier: reg.Verifier, Issuer: cat.Issuer}, Bus: queue, Contacts: queue,
			Metrics: &emf.Emitter{Out: io.Discard, Now: now}, Log: log,
		},
		callbacks: notify.Handler{Counter: counter, Queue: queue, Dead: deadLetters, Clock: now, Log: log, Mails: &door.Teller{Registrar: reg, Tickets: store, Identify: k.identity.Open, Send: mails.Send}},
	}
	files := &folder.Store{Dir: filepath.Join(dir, FilesFolder), Key: make([]byte, 32), Now: now}
	_, _ = rand.Read(files.Key) // it never fails (crypto/rand); what it signs lasts for minutes
	return &System{
		Protocols: speak, Courier: courier, files: files,
		API: &handler.API{
			Registrar: reg, Documents: store, Pseudonyms: pseudonyms, Roots: receipt.Roots{k.certificate}, Copies: copies.All, Channel: "web", Log: log, Docket: store, Attachments: files, AttachmentDays: 180, Identify: k.identity.Open,
			Door:  &door.Door{Registrar: reg, Pseudonyms: pseudonyms, Tickets: store, Links: links, Rand: rand.Reader, Send: mails.Send},
			Audit: &audit.Log{Store: store, Signer: reg.Signer, Verifier: reg.Verifier, Issuer: cat.Issuer, Now: now, Rand: rand.Reader},
		},
		Root: k.certificate, SessionKey: k.session, IssuerKey: k.issuer, store: store, mails: mails,
	}, nil
}

// provision keeps a catalogue and what it cites, as a deployment does: the first insert
// wins, and every version stays.
func provision(ctx context.Context, documents ledger.Documents, compiled *source.Compiled) error {
	for _, d := range compiled.Documents() {
		if err := documents.PutDocument(ctx, ledger.Document(d)); err != nil {
			return err
		}
	}
	return nil
}
