// Package pseudonym turns a person's identifier into the name under which the
// ledger knows them. A pseudonym is still personal data: whoever holds the key
// and the identifiers can make the link again.
package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// KeySize is the least size of a key, in bytes.
const KeySize = 32

// Maker makes pseudonyms for the identifiers of one identity source.
type Maker struct {
	key       []byte
	namespace string
}

// NewMaker returns a Maker for the namespace, a configured name of the identity
// source that never changes (no URL).
func NewMaker(key []byte, namespace string) (*Maker, error) {
	if len(key) < KeySize || namespace == "" {
		return nil, fmt.Errorf("pseudonym: want a key of at least %d bytes and a namespace", KeySize)
	}
	return &Maker{key, namespace}, nil
}

// Of returns HMAC-SHA-256(key, namespace || 0x00 || id) in base64url: 43 characters. It
// refuses what Check refuses.
func (m *Maker) Of(id string) (string, error) { return m.of("", id) }

// OfStaff is Of for somebody of the controller's staff, whose identifiers are apart from
// people's: HMAC-SHA-256(key, namespace || 0x00 || "staff#" || id).
func (m *Maker) OfStaff(id string) (string, error) { return m.of("staff#", id) }

func (m *Maker) of(kind, id string) (string, error) {
	if err := Check(id); err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(m.namespace))
	mac.Write([]byte{0})
	mac.Write([]byte(kind + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
