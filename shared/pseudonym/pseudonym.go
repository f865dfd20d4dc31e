// Package pseudonym turns a person's identifier into the name under which the
// ledger knows them. A pseudonym is still personal data: whoever holds the key
// and the identifiers can make the link again.
package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
)

// KeySize is the least size of a key, in bytes.
const KeySize = 32

// Maker makes pseudonyms for the identifiers of one identity source.
type Maker struct {
	key       []byte
	namespace string
}

// NewMaker returns a Maker for the namespace, a configured name of the identity source that
// never changes. It is no URL, and has no control characters, because these keep names
// apart.
func NewMaker(key []byte, namespace string) (*Maker, error) {
	if len(key) < KeySize || namespace == "" || strings.ContainsFunc(namespace, unicode.IsControl) {
		return nil, fmt.Errorf("pseudonym: want a key of at least %d bytes and a namespace of plain text", KeySize)
	}
	return &Maker{key, namespace}, nil
}

// Of returns the pseudonym of a person: HMAC-SHA-256(key, namespace || 0x00 || id) in
// base64url, 43 characters. It refuses what Check refuses.
func (m *Maker) Of(id string) (string, error) { return m.of(m.namespace, id) }

// Staff returns the pseudonym of a member of the controller's staff. It is Of in a
// namespace that no identity source can have, 0x00 || "staff" || 0x00 || namespace, so no
// identifier of a person gives the same.
func (m *Maker) Staff(id string) (string, error) { return m.of("\x00staff\x00"+m.namespace, id) }

func (m *Maker) of(namespace, id string) (string, error) {
	if err := Check(id); err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(namespace))
	mac.Write([]byte{0})
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Contact returns the id of somebody of whom only an address of e-mail is known, or another
// identifier that nobody else has. It is Of in a namespace of its own, 0x00 || "contact" || 0x00
// || namespace, so it is nobody's pseudonym.
func (m *Maker) Contact(id string) (string, error) { return m.of("\x00contact\x00"+m.namespace, id) }
