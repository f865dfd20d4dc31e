package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
)

// SealingClient is what a Sealer asks of KMS. Who only seals may not decrypt.
type SealingClient interface {
	Encrypt(context.Context, *kms.EncryptInput, ...func(*kms.Options)) (*kms.EncryptOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// Sealer seals with a symmetric KMS key, which also proves that a seal is unchanged. The
// encryption context names the ledger: policies demand it, and CloudTrail shows it.
type Sealer struct {
	client SealingClient
	id     string
}

// NewSealer returns the sealer of a key. It makes no request.
func NewSealer(client SealingClient, id string) *Sealer { return &Sealer{client, id} }

// Ledger is the key of the encryption context.
const Ledger = "ledger"

func contextOf(of ledger.Subject) map[string]string { return map[string]string{Ledger: of.String()} }

// Seal implements identity.Seal by one request.
func (s *Sealer) Seal(ctx context.Context, of ledger.Subject, customer string) (string, error) {
	out, err := s.client.Encrypt(ctx, &kms.EncryptInput{KeyId: &s.id, Plaintext: []byte(customer), EncryptionContext: contextOf(of)})
	if err != nil {
		return "", fmt.Errorf("sealing an identity: %w", err)
	}
	return string(out.CiphertextBlob), nil
}

// refused are the errors of KMS after which trying again does not help.
var refused = []string{
	"AccessDeniedException", "DisabledException", "IncorrectKeyException", "InvalidCiphertextException", "KMSInvalidStateException", "NotFoundException",
}

// Open implements identity.Open by one request.
func (s *Sealer) Open(ctx context.Context, of ledger.Subject, sealed string) (string, error) {
	out, err := s.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &s.id, CiphertextBlob: []byte(sealed), EncryptionContext: contextOf(of)})
	if answer, ok := errors.AsType[smithy.APIError](err); ok && slices.Contains(refused, answer.ErrorCode()) {
		return "", fmt.Errorf("%w: %w", identity.ErrSealed, err)
	}
	if err != nil {
		return "", fmt.Errorf("%w: opening an identity: %w", ledger.ErrUnavailable, err)
	}
	return string(out.Plaintext), nil
}
