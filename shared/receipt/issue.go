// Package receipt issues and verifies consent receipts: SD-JWTs (RFC 9901) that
// state one event in a person's ledger. docs/receipt-format.md is the profile.
//
// One signature covers everything, in clear or by salted digest. The person
// holds all disclosures and may show fewer. A receipt has no expiry: it is
// checked against a root key that the verifier chose to trust, as of its iat.
package receipt

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"consent-receipts/shared/receipt/sdjwt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// ErrTooLarge is wrapped when a receipt with all its disclosures would exceed MaxBytes.
// Nothing was signed.
var ErrTooLarge = errors.New("the receipt would be too large")

// Issuer turns claims into signed receipts.
type Issuer struct {
	signer *Signer
	rand   io.Reader // salts, nonces and ids
}

// NewIssuer returns an Issuer that signs with signer and takes salts, nonces
// and ids from rand.
func NewIssuer(signer *Signer, rand io.Reader) *Issuer {
	return &Issuer{signer: signer, rand: rand}
}

// Issued is a signed receipt with all its disclosures.
type Issued struct {
	Raw    string
	Digest string
}

// Issue validates the claims against the published schema and signs them. It
// sets the claims' ID, Nonce, SchemaVersion and SDAlg, and each element's digest.
func (i *Issuer) Issue(ctx context.Context, c *Claims) (*Issued, error) {
	id, err := uuid.NewRandomFromReader(i.rand)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, 16)
	if _, err := io.ReadFull(i.rand, nonce); err != nil {
		return nil, err
	}
	c.ID, c.Nonce = id.String(), base64.RawURLEncoding.EncodeToString(nonce)
	c.SchemaVersion, c.SDAlg = c.Issuer+statement.SchemaPath, "sha-256"

	payload, disclosures, err := i.conceal(c)
	if err != nil {
		return nil, err
	}
	parts, size := []string{""}, 0 // the first is the signed JWT
	for _, d := range disclosures {
		parts = append(parts, d.Encoded)
		size += len(d.Encoded) + len("~")
	}
	// 2 KB hold the header, the signature and the separators: our leaf certificates are under
	// 1 KB (TestLeafSize)
	if size+base64.RawURLEncoding.EncodedLen(len(payload))+2<<10 > MaxBytes {
		return nil, fmt.Errorf("%w: over %d bytes", ErrTooLarge, MaxBytes)
	}
	jws, err := i.signer.Sign(ctx, Type, payload, c.Time())
	if err != nil {
		return nil, err
	}
	parts[0] = jws
	return &Issued{
		Raw:    strings.Join(append(parts, ""), "~"),
		Digest: statement.Digest([]byte(jws[:strings.LastIndexByte(jws, '.')])),
	}, nil
}

// conceal makes a disclosure of every element, and a payload that contains the digests
// instead of the elements. It checks what both say together against the published schema.
func (i *Issuer) conceal(c *Claims) (payload []byte, disclosures []sdjwt.Disclosure, err error) {
	concealed := *c
	from, to := c.arrays(), concealed.arrays()
	for n, a := range from {
		digests := make([]Element, len(*a.elements))
		for j := range *a.elements {
			e := &(*a.elements)[j]
			value, err := strictjson.Parse(string(e.Value))
			if err != nil {
				return nil, nil, fmt.Errorf("%s[%d]: %w", a.name, j, err)
			}
			d, err := sdjwt.NewElement(i.rand, value)
			if err != nil {
				return nil, nil, err
			}
			e.Digest, digests[j].Digest = d.Digest, d.Digest
			disclosures = append(disclosures, d)
		}
		*to[n].elements = digests
	}
	if payload, err = json.Marshal(&concealed); err != nil {
		return nil, nil, err
	}
	clear, err := strictjson.Parse(string(payload))
	if err != nil {
		return nil, nil, err
	}
	whole, err := sdjwt.Process(clear, disclosures, true)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSchema(c, whole); err != nil {
		return nil, nil, fmt.Errorf("not issued: %w", err)
	}
	return payload, disclosures, nil
}
