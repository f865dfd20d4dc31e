package keys

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// DefaultClient returns a client of KMS for an operator's command: region and credentials
// come from where the AWS tools look for them.
func DefaultClient(ctx context.Context) (*kms.Client, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return NewClient(c), nil
}

// Request makes a certificate request for a domain (PKCS #10, RFC 2986, in DER), signed
// by an RSA key of KMS.
func Request(ctx context.Context, client SigningClient, id, domain string) ([]byte, error) {
	out, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &id})
	if err != nil {
		return nil, fmt.Errorf("answering key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("answering key: %w", err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("answering key: it is not an RSA key")
	}
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain}, SignatureAlgorithm: x509.SHA256WithRSA,
	}, NewRSA(ctx, client, id, public))
}
