package door

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"consent-receipts/shared/mail"
	"consent-receipts/shared/statement"
)

// Link is what a link says: who asks, and for what.
type Link struct {
	ID       string                `json:"id"`              // of the link, random; the request of the link has it as its idempotency key
	Address  mail.Address          `json:"email,omitempty"` // to which it was sent, and which opening it proves; "" if nothing is proved
	Type     statement.RequestType `json:"type"`
	Language string                `json:"language"` // BCP 47: in which the form was shown
	Issued   int64                 `json:"iat"`      // seconds since the epoch

	// Request is the id of a request that an earlier link sent. This link shows that one, and
	// sends none.
	Request string `json:"request,omitempty"`
}

// How long a link serves: until when its request can be sent, and the files of the answer can be
// read; and until when it shows how the request stands.
const (
	ToSend = 24 * time.Hour
	ToRead = 90 * 24 * time.Hour
)

// Sendable is until when the request of the link can be sent, and its files read.
func (l Link) Sendable() time.Time { return time.Unix(l.Issued, 0).UTC().Add(ToSend) }

// Readable is until when the link shows anything.
func (l Link) Readable() time.Time { return time.Unix(l.Issued, 0).UTC().Add(ToRead) }

// ErrLink: the link is not one of ours, or its time is over.
var ErrLink = errors.New("the link is not valid, or no longer")

// maxLink is the size of the longest link, in characters.
const maxLink = 1024

// Links makes and reads links without keeping them: base64url of the link in JSON, sealed with
// AES-256-GCM (NIST SP 800-38D) as a random nonce of 12 bytes, the encrypted text, and a tag of
// 16 bytes. So an address that stands in a log of URLs stands there sealed. A new key ends all
// links.
type Links struct {
	aead   cipher.AEAD
	random io.Reader
	now    func() time.Time
}

// use is the additional data of a seal, so that it opens for nothing else under the same key.
var use = []byte("contact-link/1")

// NewLinks makes links under a secret of 32 random bytes. Random makes the ids of links.
func NewLinks(key []byte, random io.Reader, now func() time.Time) (*Links, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("the key of links has %d bytes, and needs 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Links{aead, random, now}, err
}

// write returns the text of a link that begins now. It gives the link an id of its own.
func (l *Links) write(link *Link) (string, error) {
	id := make([]byte, 32)
	if _, err := io.ReadFull(l.random, id); err != nil {
		return "", err
	}
	link.ID, link.Issued = base64.RawURLEncoding.EncodeToString(id), l.now().Unix()
	body, err := json.Marshal(link)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(l.aead.Seal(nil, nil, body, use)), nil //nolint:gosec // it makes the nonce itself, see NewLinks
}

// Read reads the text of a link. Its error is ErrLink.
func (l *Links) Read(text string) (link Link, err error) {
	if len(text) > maxLink || strings.ContainsAny(text, "\r\n") { // the decoder skips these two
		return Link{}, ErrLink
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Link{}, ErrLink
	}
	body, err := l.aead.Open(nil, nil, sealed, use)
	if err != nil || json.Unmarshal(body, &link) != nil || !l.now().Before(link.Readable()) {
		return Link{}, ErrLink
	}
	return link, nil
}
