package registrar

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// Catalogues holds the current catalogue, and finds every earlier one by its digest.
// Catalogues never change, so each is read once.
type Catalogues struct {
	documents ledger.Documents
	current   string

	mu    sync.RWMutex
	known map[string]*catalogue.Catalogue
}

// NewCatalogues reads the current catalogue, by its digest, from the documents.
func NewCatalogues(ctx context.Context, documents ledger.Documents, current string) (*Catalogues, error) {
	c := &Catalogues{documents: documents, current: current, known: map[string]*catalogue.Catalogue{}}
	_, err := c.ByDigest(ctx, current)
	return c, err
}

// Current returns the catalogue in use and its digest.
func (c *Catalogues) Current() (*catalogue.Catalogue, string) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.known[c.current], c.current
}

// Issuer returns the `iss` of every receipt.
func (c *Catalogues) Issuer() string {
	cat, _ := c.Current()
	return cat.Issuer
}

// ByDigest returns any catalogue that was ever used.
func (c *Catalogues) ByDigest(ctx context.Context, digest string) (*catalogue.Catalogue, error) {
	c.mu.RLock()
	cat, ok := c.known[digest]
	c.mu.RUnlock()
	if ok {
		return cat, nil
	}
	doc, err := c.documents.Document(ctx, digest)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, fmt.Errorf("%w: catalogue %s", ErrNotFound, digest)
	}
	if err != nil {
		return nil, err
	}
	if statement.Digest(doc.Body) != digest {
		return nil, fmt.Errorf("%w: document %s does not match its digest", ErrCorrupt, digest)
	}
	if cat, err = catalogue.Parse(doc.Body); err != nil {
		return nil, fmt.Errorf("%w: document %s: %w", ErrCorrupt, digest, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[digest] = cat
	return cat, nil
}

// world collects the catalogues that a decision may need: the current one, the offer's, and
// those of the consents in the standing. It leaves out a catalogue of the standing that
// cannot be read, since no opt-out may fail for it.
func (c *Catalogues) world(ctx context.Context, s statement.Standing, cmd consent.Command) (string, map[string]*catalogue.Catalogue, error) {
	current, digest := c.Current()
	all := map[string]*catalogue.Catalogue{digest: current}
	if in, ok := cmd.(consent.OptIn); ok && in.Offer != nil {
		cat, err := c.ByDigest(ctx, in.Offer.Catalogue)
		if err != nil {
			return "", nil, err
		}
		all[in.Offer.Catalogue] = cat
	}
	cited, _ := s.References()
	for _, d := range cited {
		if cat, err := c.ByDigest(ctx, d); err == nil {
			all[d] = cat
		}
	}
	return digest, all, nil
}
