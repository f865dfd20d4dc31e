// Package identity seals who a person is, by the customer number of the controller's.
//
// A ledger knows people by pseudonyms, from which nobody finds a customer. Whoever answers a
// data request has to know whose data they are, so the entry of a data request holds the
// number, sealed to a key of its own: ledger.Entry.Sealed. A seal is bound to the ledger in
// which its entry is, and opens for no other. It is in no receipt, and an erasure removes it
// with its entry.
//
// Package keys seals by AWS KMS. [Box] seals by a key in memory, on one machine.
package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"consent-receipts/shared/ledger"
)

// ErrSealed: the seal is not of this ledger, it was changed, or the key does not open it for
// this caller. Trying again will not help.
var ErrSealed = errors.New("the customer number does not open")

// Seal seals a customer number for a ledger. After any error nothing is known about the key, and
// the call may be repeated.
type Seal func(ctx context.Context, of ledger.Subject, customer string) (sealed string, err error)

// Open returns the customer number in a seal. The error is ErrSealed, or
// ledger.ErrUnavailable if the key cannot be asked now.
type Open func(ctx context.Context, of ledger.Subject, sealed string) (customer string, err error)

// KeySize is the size of the key of a Box, in bytes.
const KeySize = 32

// Box seals with AES-256-GCM (NIST SP 800-38D). The ledger's name is the additional data. A seal
// is a random nonce of 12 bytes, the encrypted number, and a tag of 16 bytes.
type Box struct{ aead cipher.AEAD }

// NewBox returns the box of a key of KeySize bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a key of %d bytes, want %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Box{aead}, err
}

// Seal implements [Seal]. It never fails.
func (b *Box) Seal(_ context.Context, of ledger.Subject, customer string) (string, error) {
	return string(b.aead.Seal(nil, nil, []byte(customer), []byte(of.String()))), nil //nolint:gosec // it makes the nonce itself, see NewBox
}

// Open implements [Open].
func (b *Box) Open(_ context.Context, of ledger.Subject, sealed string) (string, error) {
	customer, err := b.aead.Open(nil, nil, []byte(sealed), []byte(of.String()))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return string(customer), nil
}
