// Package keys holds the keys that never leave AWS KMS: the root key, which signs
// certificates, and HMAC keys, from which a function derives one secret.
package keys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// NewClient returns a client of KMS.
func NewClient(config aws.Config) *kms.Client { return kms.NewFromConfig(config) }

// SigningClient is what a root key asks of KMS.
type SigningClient interface {
	GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error)
	Sign(context.Context, *kms.SignInput, ...func(*kms.Options)) (*kms.SignOutput, error)
}

// Root is an asymmetric KMS key of the spec ECC_NIST_P256 for SIGN_VERIFY.
type Root struct {
	client SigningClient
	id     string
	public *ecdsa.PublicKey
}

// OpenRoot reads the public half of a key by one request.
func OpenRoot(ctx context.Context, client SigningClient, id string) (*Root, error) {
	out, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &id})
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	public, ok := key.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, errors.New("root key: it is not on the curve P-256")
	}
	return &Root{client, id, public}, nil
}

// Signer returns the key as a crypto.MessageSigner, which crypto/x509 hands the
// bytes to be signed, and which asks KMS in this context. Each signature is one
// request.
func (r *Root) Signer(ctx context.Context) crypto.Signer { return signer{r, ctx} }

// signer carries a context because crypto.Signer has no room for one. It lives no
// longer than the call it was made for.
type signer struct {
	*Root
	ctx context.Context
}

func (s signer) Public() crypto.PublicKey { return s.public }

// maxMessage is the longest message that KMS signs, in bytes.
const maxMessage = 4096

var (
	// ErrDigest: KMS takes no digest, because it hashes the message itself.
	ErrDigest = errors.New("root key: it signs messages, not digests")
	// ErrMessage: the message cannot be signed.
	ErrMessage = errors.New("root key: it signs messages of up to 4096 bytes, with SHA-256")
)

// Sign always returns ErrDigest.
func (s signer) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, ErrDigest }

// SignMessage returns the ASN.1 signature (X9.62) of the SHA-256 digest of a
// message. KMS brings its own randomness.
func (s signer) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(message) > maxMessage {
		return nil, ErrMessage
	}
	out, err := s.client.Sign(s.ctx, &kms.SignInput{
		KeyId: &s.id, Message: message, MessageType: types.MessageTypeRaw,
		SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	})
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return out.Signature, nil
}

// MacClient is what deriving a secret asks of KMS.
type MacClient interface {
	GenerateMac(context.Context, *kms.GenerateMacInput, ...func(*kms.Options)) (*kms.GenerateMacOutput, error)
}

// Secret derives 32 bytes from an HMAC_256 key of KMS: the HMAC-SHA-256 of the label. The
// same key and label give the same secret, for ever. It takes one request.
func Secret(ctx context.Context, client MacClient, id, label string) ([]byte, error) {
	out, err := client.GenerateMac(ctx, &kms.GenerateMacInput{
		KeyId: &id, MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Message: []byte(label),
	})
	if err != nil {
		return nil, fmt.Errorf("secret of %s: %w", label, err)
	}
	return out.Mac, nil
}
