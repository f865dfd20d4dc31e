// Package service wires the parts that functions with ledgers share: the registrar on the
// table, and the pseudonyms.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/trust"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

// pseudonymLabel is the label from which the pseudonym key is derived. It must never change.
const pseudonymLabel = "consent-receipts/pseudonym/1"

// Ledger is the registrar on the table with its stores. It is opened at the first event, with
// one read of the current catalogue.
type Ledger struct {
	Registrar *registrar.Registrar
	Store     *dynamoledger.Store
	Audit     *audit.Log
	Roots     receipt.Roots
	Log       *slog.Logger
}

// Service is a ledger that derives pseudonyms from the ids of others. It costs one more
// request, GenerateMac.
type Service struct {
	*Ledger
	Pseudonyms *pseudonym.Maker
	Identify   identity.Open // of a service that Sealing makes
}

// ErrReader is the error of SignsNothing.
var ErrReader = errors.New("this function signs nothing")

// SignsNothing is the receipt.Certify of a function that only reads.
func SignsNothing(context.Context, []byte) ([]byte, error) { return nil, ErrReader }

// New returns the service of a function. certify certifies its keys. What the first event needs is
// asked for at once: the catalogue, the pseudonym key, and a certificate.
func New(env *boot.Env, certify receipt.Certify) (*boot.Once[*Service], error) {
	client, keyID := keys.NewClient(env.AWS("KMS")), env.String("PSEUDONYM_KEY_ID")
	roots, err := trust.Roots(env)
	if err != nil {
		return nil, err
	}
	signer := receipt.NewSigner(certify, roots[0])
	open := openLedger(env, signer, roots)
	return &boot.Once[*Service]{Open: func(ctx context.Context) (*Service, error) {
		go signer.Prepare(ctx, time.Now())
		var key []byte
		var noKey error
		var secret sync.WaitGroup
		secret.Go(func() { key, noKey = keys.Secret(ctx, client, keyID, pseudonymLabel) })
		l, err := open.Get(ctx)
		secret.Wait()
		if err := errors.Join(err, noKey); err != nil {
			return nil, err
		}
		current, _ := l.Registrar.Catalogue.Current()
		pseudonyms, err := pseudonym.NewMaker(key, current.Identity.Namespace)
		return &Service{Ledger: l, Pseudonyms: pseudonyms}, err
	}}, nil
}

// Sealing is New for a function by which data requests come in: the registrar seals whose they
// are.
func Sealing(env *boot.Env, certify receipt.Certify) (*boot.Once[*Service], error) {
	sealer := keys.NewSealer(keys.NewClient(env.AWS("KMS")), env.String("IDENTITY_KEY_ID"))
	open, err := New(env, certify)
	if err != nil {
		return nil, err
	}
	return &boot.Once[*Service]{Open: func(ctx context.Context) (*Service, error) {
		s, err := open.Get(ctx)
		if err != nil {
			return nil, err
		}
		s.Registrar.Seal, s.Identify = sealer.Seal, sealer.Open
		return s, nil
	}}, nil
}

// NewLedger returns the ledger of a function that does not need pseudonyms.
func NewLedger(env *boot.Env, certify receipt.Certify) (*boot.Once[*Ledger], error) {
	roots, err := trust.Roots(env)
	if err != nil {
		return nil, err
	}
	return openLedger(env, receipt.NewSigner(certify, roots[0]), roots), nil
}

func openLedger(env *boot.Env, signer *receipt.Signer, roots receipt.Roots) *boot.Once[*Ledger] {
	store, digest := dynamoledger.Open(env.AWS("DYNAMODB"), env.String("TABLE_NAME")), env.String("CATALOGUE")
	return &boot.Once[*Ledger]{Open: func(ctx context.Context) (*Ledger, error) {
		reg, err := registrar.Open(ctx, store, digest, signer, roots, time.Now, rand.Reader)
		if err != nil {
			return nil, err
		}
		return &Ledger{
			Registrar: reg,
			Audit: &audit.Log{
				Store: store, Signer: reg.Signer, Verifier: reg.Verifier, Issuer: reg.Catalogue.Issuer(), Now: time.Now, Rand: rand.Reader,
			},
			Store: store, Roots: roots, Log: env.Log,
		}, nil
	}}
}
