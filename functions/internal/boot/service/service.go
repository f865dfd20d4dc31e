// Package service wires what the functions share that read or write ledgers: the
// registrar on the table, and the pseudonyms.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/trust"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

// pseudonymLabel is what the pseudonym key is derived from, for ever.
const pseudonymLabel = "consent-receipts/pseudonym/1"

// Ledger is the registrar on the table and what lies beside it, opened when the first
// event comes: one read of the catalogue in use.
type Ledger struct {
	Registrar *registrar.Registrar
	Store     *dynamoledger.Store
	Audit     *audit.Log
	Roots     receipt.Roots
	Log       *slog.Logger
}

// Service is a ledger, and knows people by what others call them: one GenerateMac more.
type Service struct {
	*Ledger
	Pseudonyms *pseudonym.Maker
}

// ErrReader is what SignsNothing answers.
var ErrReader = errors.New("this function signs nothing")

// SignsNothing is the receipt.Certify of a function that only reads.
func SignsNothing(context.Context, []byte) ([]byte, error) { return nil, ErrReader }

// New returns the service of a function whose keys are certified by certify.
func New(env *boot.Env, certify receipt.Certify) (*boot.Once[*Service], error) {
	client, keyID := keys.NewClient(env.AWS("KMS")), env.String("PSEUDONYM_KEY_ID")
	open, err := NewLedger(env, certify)
	if err != nil {
		return nil, err
	}
	return &boot.Once[*Service]{Open: func(ctx context.Context) (*Service, error) {
		l, err := open.Get(ctx)
		if err != nil {
			return nil, err
		}
		key, err := keys.Secret(ctx, client, keyID, pseudonymLabel)
		if err != nil {
			return nil, err
		}
		current, _ := l.Registrar.Catalogue.Current()
		pseudonyms, err := pseudonym.NewMaker(key, current.Identity.Namespace)
		return &Service{Ledger: l, Pseudonyms: pseudonyms}, err
	}}, nil
}

// NewLedger returns the ledger of a function that need not know who people are.
func NewLedger(env *boot.Env, certify receipt.Certify) (*boot.Once[*Ledger], error) {
	store, digest := dynamoledger.Open(env.AWS("DYNAMODB"), env.String("TABLE_NAME")), env.String("CATALOGUE")
	roots, err := trust.Roots(env)
	if err != nil {
		return nil, err
	}
	return &boot.Once[*Ledger]{Open: func(ctx context.Context) (*Ledger, error) {
		reg, err := registrar.Open(ctx, store, digest, certify, roots, time.Now, rand.Reader)
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
	}}, nil
}
