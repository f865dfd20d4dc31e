package dynamoledger

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/ledger"
)

// PutDocument implements ledger.Documents: one insert, and one GetItem if the document is
// there already.
func (s *Store) PutDocument(ctx context.Context, d ledger.Document) error {
	if err := d.Validate(); err != nil {
		return err
	}
	it := itemKey(documentPrefix+d.Digest, documentSK)
	it[attrType], it[attrBody] = text(d.MediaType), blob(d.Body)
	return s.insert(ctx, it, func(it item) bool {
		r := reader{item: it}
		return r.text(attrType) == d.MediaType && bytes.Equal(r.blob(attrBody), d.Body)
	})
}

// Document implements ledger.Documents: one GetItem.
func (s *Store) Document(ctx context.Context, digest string) (ledger.Document, error) {
	it, err := s.get(ctx, documentPrefix+digest, documentSK)
	if err != nil {
		return ledger.Document{}, err
	}
	r := reader{item: it}
	d := ledger.Document{Digest: digest, MediaType: r.text(attrType), Body: r.blob(attrBody)}
	return d, r.corrupt("document " + digest)
}

// Root is a root certificate that was ever used.
type Root struct {
	Fingerprint string // of its public key, as receipt.Fingerprint writes it
	DER         []byte
}

// PutRoot inserts a root certificate. The first insert wins: if there is another
// certificate with this fingerprint, that one stays, and the error is ledger.ErrConflict.
// Whether the certificate has the fingerprint is for the caller to check.
func (s *Store) PutRoot(ctx context.Context, fingerprint string, der []byte) error {
	if fingerprint == "" || len(der) == 0 {
		return fmt.Errorf("%w: a root without fingerprint or certificate", ledger.ErrInvalid)
	}
	it := itemKey(rootsPK, rootPrefix+fingerprint)
	it[attrDER] = blob(der)
	return s.insert(ctx, it, func(it item) bool {
		r := reader{item: it}
		return bytes.Equal(r.blob(attrDER), der)
	})
}

// Roots lists the root certificates in the table, in the order of their fingerprints.
// Whoever can write the table can add one, so being in the table is no reason to trust one.
func (s *Store) Roots(ctx context.Context) ([]Root, error) {
	var roots []Root
	err := s.all(ctx, &dynamodb.QueryInput{
		TableName:                 &s.table,
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(rootsPK)},
	}, func(it item) error {
		r := reader{item: it}
		root := Root{Fingerprint: strings.TrimPrefix(r.text(attrSK), rootPrefix), DER: r.blob(attrDER)}
		roots = append(roots, root)
		return r.corrupt(fmt.Sprintf("root %q", root.Fingerprint))
	})
	if err != nil {
		return nil, err
	}
	return roots, nil
}
