// Package service wires what the functions share that read or write ledgers: the
// registrar on the table, and the pseudonyms.
package service

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/registrar"
)

// pseudonymLabel is what the pseudonym key is derived from, for ever.
const pseudonymLabel = "consent-receipts/pseudonym/1"

// Service is opened when the first event comes: one GenerateMac, one read of the
// catalogue in use.
type Service struct {
	Registrar  *registrar.Registrar
	Documents  ledger.Documents
	Pseudonyms *pseudonym.Maker
	Roots      bundle.Roots
	Log        *slog.Logger
}

// Writer is the service of a function that appends receipts.
func Writer(env *boot.Env) (*boot.Once[*Service], error) {
	return open(env, env.Certifier().Certify)
}

// errReader is what a function that only reads says when asked to sign.
var errReader = errors.New("this function signs nothing")

// Reader is the service of a function that only reads: it cannot have a key
// certified.
func Reader(env *boot.Env) (*boot.Once[*Service], error) {
	return open(env, func(context.Context, []byte) ([]byte, error) { return nil, errReader })
}

func open(env *boot.Env, certify receipt.Certify) (*boot.Once[*Service], error) {
	store, digest := env.Ledger(), env.String("CATALOGUE")
	secret := env.Secret("PSEUDONYM_KEY_ID", pseudonymLabel)
	roots, err := Roots(env)
	if err != nil {
		return nil, err
	}
	return &boot.Once[*Service]{Open: func(ctx context.Context) (*Service, error) {
		catalogues, err := registrar.NewCatalogues(ctx, store, digest)
		if err != nil {
			return nil, err
		}
		key, err := secret(ctx)
		if err != nil {
			return nil, err
		}
		current, _ := catalogues.Current()
		pseudonyms, err := pseudonym.NewMaker(key, current.Identity.Namespace)
		if err != nil {
			return nil, err
		}
		signer := receipt.NewSigner(certify, roots[0])
		issuer, err := receipt.NewIssuer(signer, rand.Reader)
		if err != nil {
			return nil, err
		}
		verifier, err := receipt.NewVerifier(roots...)
		if err != nil {
			return nil, err
		}
		return &Service{
			Registrar: &registrar.Registrar{
				Store: store, Catalogue: catalogues, Issuer: issuer, Signer: signer, Verifier: verifier,
				Now: time.Now, Rand: rand.Reader,
			},
			Documents: store, Pseudonyms: pseudonyms, Roots: roots, Log: env.Log,
		}, nil
	}}, nil
}

// Roots reads the variable ROOTS: root certificates, DER in base64, comma
// separated, newest first. Roots are told by the deployment and never read from
// the table, so that who writes the table cannot name one.
func Roots(env *boot.Env) (bundle.Roots, error) {
	var roots bundle.Roots
	for text := range strings.SplitSeq(env.String("ROOTS"), ",") {
		der, err := base64.StdEncoding.DecodeString(text)
		var root *x509.Certificate
		if err == nil {
			root, err = receipt.ParseRoot(der)
		}
		if err != nil {
			return nil, fmt.Errorf("ROOTS: %w", err)
		}
		roots = append(roots, root)
	}
	return roots, nil
}
