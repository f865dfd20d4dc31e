package keys_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt"
)

const issuer = "https://consent.first-example-bank.example"

func TestRoot(t *testing.T) {
	ctx, client := t.Context(), kms.NewFromConfig(mototest.Config(mototest.Start(t)))
	id := newKey(t, client, types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
	root, err := keys.OpenRoot(ctx, client, id)
	must(t, err)
	key := root.Signer(ctx)

	t.Run("signs what its public key verifies", func(t *testing.T) {
		message := []byte("a certificate")
		signature, err := crypto.SignMessage(key, rand.Reader, message, crypto.SHA256)
		must(t, err)
		digest := sha256.Sum256(message)
		if !ecdsa.VerifyASN1(key.Public().(*ecdsa.PublicKey), digest[:], signature) {
			t.Error("the signature does not verify")
		}
	})
	t.Run("signs nothing else", func(t *testing.T) {
		if _, err := key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, keys.ErrDigest) {
			t.Errorf("a digest: %v", err)
		}
		if _, err := crypto.SignMessage(key, rand.Reader, []byte("a"), crypto.SHA384); !errors.Is(err, keys.ErrMessage) {
			t.Errorf("with SHA-384: %v", err)
		}
		if _, err := crypto.SignMessage(key, rand.Reader, make([]byte, 4097), crypto.SHA256); !errors.Is(err, keys.ErrMessage) {
			t.Errorf("a long message: %v", err)
		}
	})
	t.Run("certifies", func(t *testing.T) {
		cert, err := receipt.NewRoot(key, issuer, time.Now())
		must(t, err)
		authority := &receipt.Authority{Key: key, Issuer: issuer, Now: time.Now}
		signer := receipt.NewSigner(authority.Certify, cert)
		_, err = signer.Sign(ctx, "test", []byte("{}"), time.Now())
		must(t, err)
	})
	t.Run("says when KMS fails", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := crypto.SignMessage(root.Signer(ended), rand.Reader, []byte("a"), crypto.SHA256); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("is on P-256", func(t *testing.T) {
		other := newKey(t, client, types.KeySpecEccNistP384, types.KeyUsageTypeSignVerify)
		if _, err := keys.OpenRoot(ctx, client, other); err == nil {
			t.Error("opened a key on P-384")
		}
	})
}

func TestSecret(t *testing.T) {
	ctx, client := t.Context(), kms.NewFromConfig(mototest.Config(mototest.Start(t)))
	id := newKey(t, client, types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac)
	secret := func(id, label string) []byte {
		b, err := keys.Secret(ctx, client, id, label)
		must(t, err)
		if len(b) != 32 {
			t.Errorf("a secret of %d bytes", len(b))
		}
		return b
	}
	first := secret(id, "label")
	if !bytes.Equal(first, secret(id, "label")) {
		t.Error("another secret for the same key and label")
	}
	if bytes.Equal(first, secret(id, "other label")) {
		t.Error("the same secret for another label")
	}
	if bytes.Equal(first, secret(newKey(t, client, types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac), "label")) {
		t.Error("the same secret for another key")
	}
	if _, err := keys.Secret(ctx, client, "00000000-0000-0000-0000-000000000000", "label"); err == nil {
		t.Error("a secret of a key that does not exist")
	}
}

func newKey(t *testing.T, client *kms.Client, spec types.KeySpec, usage types.KeyUsageType) string {
	t.Helper()
	out, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	must(t, err)
	return *out.KeyMetadata.KeyId
}

var must = errtest.None

// TestRSA: short messages and digests; another certificate's key is noticed.
func TestRSA(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	client := answering{private}
	key := keys.NewRSA(t.Context(), client, "key", &private.PublicKey)
	for _, size := range []int{0, 4096, 4097} { // KMS takes no more than 4096 bytes
		message := make([]byte, size)
		signature, err := crypto.SignMessage(key, rand.Reader, message, crypto.SHA256)
		digest := sha256.Sum256(message)
		if err != nil || rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature) != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		signature, err = crypto.SignMessage(key, rand.Reader, message, pss)
		if err != nil || rsa.VerifyPSS(&private.PublicKey, crypto.SHA256, digest[:], signature, pss) != nil {
			t.Errorf("%d bytes, PSS: %v", size, err)
		}
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := crypto.SignMessage(keys.NewRSA(t.Context(), client, "key", &other.PublicKey), rand.Reader, nil, crypto.SHA256); !errors.Is(err, keys.ErrOtherKey) {
		t.Errorf("another key's certificate: %v", err)
	}
	if _, err := key.Sign(rand.Reader, make([]byte, 64), crypto.SHA512); err == nil {
		t.Error("signs with another hash")
	}
}

// answering does what KMS documents of both types of message; moto knows one.
type answering struct{ key *rsa.PrivateKey }

func (answering) GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error) {
	return nil, errors.New("not asked")
}

func (a answering) Sign(_ context.Context, in *kms.SignInput, _ ...func(*kms.Options)) (*kms.SignOutput, error) {
	digest := in.Message
	if in.MessageType == types.MessageTypeRaw {
		if len(in.Message) > 4096 {
			return nil, errors.New("too long")
		}
		sum := sha256.Sum256(in.Message)
		digest = sum[:]
	}
	if in.SigningAlgorithm == types.SigningAlgorithmSpecRsassaPssSha256 { // KMS: the salt is as long as the digest
		signature, err := rsa.SignPSS(rand.Reader, a.key, crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		return &kms.SignOutput{Signature: signature}, err
	}
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, digest)
	return &kms.SignOutput{Signature: signature}, err
}

// TestRequest: what an authority gets is signed by the key, for the domain.
func TestRequest(t *testing.T) {
	client := kms.NewFromConfig(mototest.Config(mototest.Start(t)))
	der, err := keys.Request(t.Context(), client, newKey(t, client, types.KeySpecRsa2048, types.KeyUsageTypeSignVerify), "consent.bank.example")
	must(t, err)
	csr, err := x509.ParseCertificateRequest(der)
	must(t, err)
	if csr.CheckSignature() != nil || csr.DNSNames[0] != "consent.bank.example" {
		t.Errorf("%+v", csr)
	}
	if _, err := keys.Request(t.Context(), client, newKey(t, client, types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify), "x"); err == nil {
		t.Error("a key that is not RSA")
	}
}
