package keys

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// RSA is an asymmetric KMS key of the spec RSA_2048 or longer, for SIGN_VERIFY, by
// RSASSA-PKCS1-v1_5 or RSASSA-PSS with SHA-256. It is a crypto.Signer; each signature is one request. It
// carries a context because crypto.Signer has no room for one, and lives no longer than the
// call it was made for.
type RSA struct {
	ctx    context.Context
	client SigningClient
	id     string
	public *rsa.PublicKey
}

// ErrOtherKey: the certificate is of another key than the one in KMS.
var ErrOtherKey = errors.New("answering key: it is not the key of the certificate")

// NewRSA returns a key by its id, whose public half a certificate names.
func NewRSA(ctx context.Context, client SigningClient, id string, public *rsa.PublicKey) *RSA {
	return &RSA{ctx, client, id, public}
}

// RSAOf gives a key by its id, for a context and the public half that a certificate names.
func RSAOf(client SigningClient, id string) func(context.Context, *rsa.PublicKey) crypto.Signer {
	return func(ctx context.Context, public *rsa.PublicKey) crypto.Signer { return NewRSA(ctx, client, id, public) }
}

// Public implements crypto.Signer.
func (k *RSA) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer, for digests of SHA-256.
func (k *RSA) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.sign(digest, types.MessageTypeDigest, digest, opts)
}

// SignMessage implements crypto.MessageSigner. KMS hashes a short message itself; of a
// longer one it signs the digest.
func (k *RSA) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	digest := sha256.Sum256(message)
	if len(message) > maxMessage {
		return k.Sign(random, digest[:], opts)
	}
	return k.sign(message, types.MessageTypeRaw, digest[:], opts)
}

// sign has KMS sign, and verifies the signature by the public key. ErrOtherKey means that
// it does not verify.
func (k *RSA) sign(message []byte, kind types.MessageType, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("answering key: it signs with SHA-256 only")
	}
	algorithm, verify := types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, rsa.VerifyPKCS1v15
	if pss, ok := opts.(*rsa.PSSOptions); ok {
		algorithm = types.SigningAlgorithmSpecRsassaPssSha256
		verify = func(public *rsa.PublicKey, hash crypto.Hash, digest, signature []byte) error {
			return rsa.VerifyPSS(public, hash, digest, signature, pss)
		}
	}
	out, err := k.client.Sign(k.ctx, &kms.SignInput{KeyId: &k.id, Message: message, MessageType: kind, SigningAlgorithm: algorithm})
	if err != nil {
		return nil, fmt.Errorf("answering key: %w", err)
	}
	if verify(k.public, crypto.SHA256, digest, out.Signature) != nil {
		return nil, ErrOtherKey
	}
	return out.Signature, nil
}
