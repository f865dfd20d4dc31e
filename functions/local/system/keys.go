package system

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"consent-receipts/shared/identity"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
)

// keys has the keys of a data folder, except those of the protocols.
type keys struct {
	root               *ecdsa.PrivateKey
	certificate        *x509.Certificate // of root
	pseudonym, session []byte
	identity           *identity.Box
	issuer             *rsa.PrivateKey // of the development issuer
}

// loadKeys reads the keys of a data folder, and makes those that are missing.
func loadKeys(dir, issuer string, now func() time.Time) (k keys, err error) {
	if k.root, err = loadKey(filepath.Join(dir, RootKeyFile), func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }); err != nil {
		return k, err
	}
	if k.certificate, err = loadRoot(filepath.Join(dir, RootFile), k.root, issuer, now()); err != nil {
		return k, err
	}
	if k.pseudonym, err = loadSecret(filepath.Join(dir, pseudonymFile)); err != nil {
		return k, err
	}
	if k.session, err = loadSecret(filepath.Join(dir, sessionFile)); err != nil {
		return k, err
	}
	secret, err := loadSecret(filepath.Join(dir, identityFile))
	if err != nil {
		return k, err
	}
	if k.identity, err = identity.NewBox(secret); err != nil {
		return k, err
	}
	k.issuer, err = loadRSAKey(filepath.Join(dir, IssuerKeyFile))
	return k, err
}

// loadRoot reads the root certificate, or makes it once.
func loadRoot(path string, key *ecdsa.PrivateKey, issuer string, now time.Time) (*x509.Certificate, error) {
	b, err := keep(path, 0o644, func() ([]byte, error) {
		root, err := receipt.NewRoot(key, issuer, now)
		if err != nil {
			return nil, err
		}
		return receipt.Roots{root}.PEM(), nil
	})
	if err != nil {
		return nil, err
	}
	roots, err := receipt.ParseRoots(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !key.PublicKey.Equal(roots[0].PublicKey) {
		return nil, fmt.Errorf("%s is not the certificate of %s", path, RootKeyFile)
	}
	return roots[0], nil
}

func loadRSAKey(path string) (*rsa.PrivateKey, error) {
	return loadKey(path, func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
}

// loadKey reads a private key in PKCS #8, or makes it and keeps it, mode 0600.
func loadKey[K any](path string, make func() (K, error)) (key K, err error) {
	b, err := keep(path, 0o600, func() ([]byte, error) {
		key, err := make()
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
	})
	if err != nil {
		return key, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return key, fmt.Errorf("%s: not a PEM key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	key, ok := parsed.(K)
	if !ok {
		return key, fmt.Errorf("%s: another kind of key", path)
	}
	return key, nil
}

// loadSecret reads 32 random bytes, or makes them and keeps them, mode 0600.
func loadSecret(path string) ([]byte, error) {
	b, err := keep(path, 0o600, func() ([]byte, error) {
		secret := make([]byte, pseudonym.KeySize)
		_, err := rand.Read(secret)
		return secret, err
	})
	if err == nil && len(b) != pseudonym.KeySize {
		err = fmt.Errorf("%s: want %d bytes, there are %d", path, pseudonym.KeySize, len(b))
	}
	return b, err
}

// keep reads a file, or makes it and keeps it.
func keep(path string, mode fs.FileMode, fresh func() ([]byte, error)) ([]byte, error) {
	b, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if b, err = fresh(); err != nil {
		return nil, err
	}
	return b, writeNew(path, b, mode)
}

// writeNew writes a file that does not exist yet, and has it on disk before
// anything relies on it.
func writeNew(path string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
