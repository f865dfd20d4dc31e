// Package provision is the function that a deployment runs: it keeps the catalogue,
// its notices and the root certificate. It only ever inserts, and the first insert
// wins, so that running it again changes nothing.
//
// A root key that differs from the last one is kept beside it: receipts signed
// under the earlier one stay good. Which earlier roots are ours is said by the
// operator, not by the table, since whoever writes the table must not be able to
// name a root.
package provision

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/cfn"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Files of the package that is deployed: `receipt catalogue build` makes them.
const (
	CatalogueFile = "catalogue.json"
	NoticesFolder = "notices"
	LogoFile      = "logo.png"
)

// maxRoots bounds what CloudFormation carries (4 KB an answer) and what fits into
// a function's environment (4 KB).
const maxRoots = 5

// physicalID never changes: CloudFormation would delete the resource whose id it replaces.
const physicalID = "consent-receipts"

var (
	// ErrCatalogue: the packaged catalogue is not the one that was deployed.
	ErrCatalogue = errors.New("the packaged catalogue is another one")
	// ErrRoots: the table holds a root that the operator did not name.
	ErrRoots = errors.New("unknown root in the table")
)

// Ledger is the store that documents and roots are written to.
type Ledger interface {
	ledger.Documents

	// PutRoot inserts a certificate. If there is another certificate of the same key
	// already, that one stays, and the error is ledger.ErrConflict.
	PutRoot(ctx context.Context, fingerprint string, der []byte) error
	// Roots lists every root certificate.
	Roots(ctx context.Context) ([]dynamoledger.Root, error)
}

// Properties are the properties of the custom resource in the template.
type Properties struct {
	CatalogueDigest string
	PreviousRoots   []string // fingerprints of earlier root keys of this deployment
}

// Result is what the rest of the stack gets.
type Result struct {
	Roots           string // DER in base64, comma separated: the present one, then earlier ones, newest first
	RootFingerprint string // of the present one
}

// Handler serves the custom resource. All fields are set.
type Handler struct {
	Ledger Ledger
	Root   func(context.Context) ([]byte, error) // asks certify
	Files  fs.FS
	Log    *slog.Logger
}

// Handle answers CloudFormation at the address that it gave. An event without an address
// comes from somebody who invoked the function by hand, and who gets the result.
func (h *Handler) Handle(ctx context.Context, e cfn.Event) (any, error) {
	if e.ResponseURL == "" {
		_, data, err := h.resource(ctx, e)
		return data, err
	}
	return cfn.LambdaWrap(h.resource)(ctx, e)
}

// resource is the custom resource. Deleting it deletes nothing: what receipts cite
// outlives the stack.
func (h *Handler) resource(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
	if e.RequestType == cfn.RequestDelete {
		return physicalID, nil, nil
	}
	b, err := json.Marshal(e.ResourceProperties)
	if err != nil {
		return physicalID, nil, err
	}
	var p Properties
	if err := json.Unmarshal(b, &p); err != nil {
		return physicalID, nil, fmt.Errorf("properties: %w", err)
	}
	result, err := h.Provision(ctx, p)
	if err != nil {
		return physicalID, nil, err
	}
	return physicalID, map[string]any{"Roots": result.Roots, "RootFingerprint": result.RootFingerprint}, nil
}

// Provision inserts whatever is missing.
func (h *Handler) Provision(ctx context.Context, p Properties) (*Result, error) {
	issuer, err := h.putDocuments(ctx, p.CatalogueDigest)
	if err != nil {
		return nil, err
	}
	present, err := h.putRoot(ctx, issuer)
	if err != nil {
		return nil, err
	}
	roots, err := h.roots(ctx, present, p.PreviousRoots)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, root := range roots {
		texts = append(texts, base64.StdEncoding.EncodeToString(root.Raw))
	}
	h.Log.Info("provisioned", "catalogue", p.CatalogueDigest, "root", present, "roots", len(roots))
	return &Result{Roots: strings.Join(texts, ","), RootFingerprint: present}, nil
}

// putDocuments keeps the catalogue and everything that it cites.
func (h *Handler) putDocuments(ctx context.Context, digest string) (issuer string, err error) {
	body, err := fs.ReadFile(h.Files, CatalogueFile)
	if err != nil {
		return "", err
	}
	if got := statement.Digest(body); got != digest {
		return "", fmt.Errorf("%w: %s is packaged, %s deployed", ErrCatalogue, got, digest)
	}
	cat, err := catalogue.Parse(body)
	if err != nil {
		return "", err
	}
	docs := []ledger.Document{{Digest: digest, MediaType: catalogue.MediaType, Body: body}}
	notices, err := fs.ReadDir(h.Files, NoticesFolder)
	if err != nil {
		return "", err
	}
	for _, n := range notices {
		text, err := fs.ReadFile(h.Files, path.Join(NoticesFolder, n.Name()))
		if err != nil {
			return "", err
		}
		docs = append(docs, ledger.Document{Digest: statement.Digest(text), MediaType: catalogue.NoticeMediaType, Body: text})
	}
	if cat.Brand != nil && cat.Brand.Logo != nil {
		picture, err := fs.ReadFile(h.Files, LogoFile)
		if err != nil {
			return "", err
		}
		docs = append(docs, ledger.Document{Digest: statement.Digest(picture), MediaType: brand.LogoMediaType, Body: picture})
	}
	if err := complete(cat, docs); err != nil {
		return "", err
	}
	for _, d := range docs {
		if err := h.Ledger.PutDocument(ctx, d); err != nil {
			return "", err
		}
	}
	return cat.Issuer, nil
}

// complete reports whether what a catalogue cites is there.
func complete(cat *catalogue.Catalogue, docs []ledger.Document) error {
	have := func(digest string) bool {
		return slices.ContainsFunc(docs, func(d ledger.Document) bool { return d.Digest == digest })
	}
	for id, languages := range cat.Notices {
		for language, cited := range languages {
			if !have(cited.Digest) {
				return fmt.Errorf("%w: the notice %s is missing in %s", ErrCatalogue, id, language)
			}
		}
	}
	if cat.Brand != nil && cat.Brand.Logo != nil && !have(cat.Brand.Logo.Digest) {
		return fmt.Errorf("%w: %s is not the logo that it names", ErrCatalogue, LogoFile)
	}
	return nil
}

// putRoot keeps the first certificate that was ever made of the present root key.
func (h *Handler) putRoot(ctx context.Context, issuer string) (fingerprint string, err error) {
	der, err := h.Root(ctx)
	if err != nil {
		return "", err
	}
	root, err := receipt.ParseRoot(der)
	if err != nil {
		return "", err
	}
	if !slices.Equal(root.Subject.Organization, []string{issuer}) {
		return "", fmt.Errorf("%w: certify works for %q, not for %q", ErrCatalogue, root.Subject.Organization, issuer)
	}
	fingerprint = receipt.Fingerprint(root)
	if err := h.Ledger.PutRoot(ctx, fingerprint, der); err != nil && !errors.Is(err, ledger.ErrConflict) {
		return "", err
	}
	return fingerprint, nil
}

// roots lists the certificates of the present root and of the named earlier ones.
func (h *Handler) roots(ctx context.Context, present string, previous []string) ([]*x509.Certificate, error) {
	kept, err := h.Ledger.Roots(ctx)
	if err != nil {
		return nil, err
	}
	var roots []*x509.Certificate
	for _, k := range kept {
		root, err := receipt.ParseRoot(k.DER)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrRoots, k.Fingerprint, err)
		}
		name := receipt.Fingerprint(root)
		if name != k.Fingerprint || name != present && !slices.Contains(previous, name) {
			return nil, fmt.Errorf("%w: %s; if it was a root key of this deployment, name it in previousRoots", ErrRoots, name)
		}
		roots = append(roots, root)
	}
	for _, name := range append([]string{present}, previous...) {
		if !slices.ContainsFunc(roots, func(r *x509.Certificate) bool { return receipt.Fingerprint(r) == name }) {
			return nil, fmt.Errorf("%w: no certificate of %s is kept", ErrRoots, name)
		}
	}
	if len(roots) > maxRoots {
		return nil, fmt.Errorf("%w: %d roots, at most %d", ErrRoots, len(roots), maxRoots)
	}
	slices.SortFunc(roots, func(a, b *x509.Certificate) int {
		switch present {
		case receipt.Fingerprint(a):
			return -1
		case receipt.Fingerprint(b):
			return 1
		}
		return b.NotBefore.Compare(a.NotBefore)
	})
	return roots, nil
}
