package door

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// Link is what a link says: whose request it is about, and which. It holds no address, and no
// text of anybody.
type Link struct {
	ID       string                `json:"id"`              // of the link, random; the request of the link has it as its idempotency key
	Contact  string                `json:"contact"`         // id of the contact
	Proven   bool                  `json:"email,omitempty"` // it was sent to the address of which the contact's id is made
	Type     statement.RequestType `json:"type"`
	Language string                `json:"language"` // BCP 47: in which the form was shown
	Issued   int64                 `json:"iat"`      // seconds since the epoch
}

// How long a link serves: until when its request can be sent, and until when it shows how the
// request stands.
const (
	ToSend = 24 * time.Hour
	ToRead = 90 * 24 * time.Hour
)

// Sendable is until when the request of the link can be sent.
func (l Link) Sendable() time.Time { return time.Unix(l.Issued, 0).UTC().Add(ToSend) }

// Readable is until when the link shows anything.
func (l Link) Readable() time.Time { return time.Unix(l.Issued, 0).UTC().Add(ToRead) }

// subject names the ledger of the contact.
func (l Link) subject() ledger.Subject { return ledger.Contact(l.Contact) }

// ErrLink: the link is not one of ours, or its time is over.
var ErrLink = errors.New("the link is not valid, or no longer")

// maxLink is the size of the longest link, in characters.
const maxLink = 512

// keySize is the least size of the key of links, in bytes.
const keySize = 32

// Links makes and reads links without keeping them: base64url of an HMAC-SHA-256 and of the
// link in JSON. A new key ends all links.
type Links struct {
	key    []byte
	random io.Reader
	now    func() time.Time
}

// NewLinks makes links under a secret of at least 32 random bytes.
func NewLinks(key []byte, random io.Reader, now func() time.Time) (*Links, error) {
	if len(key) < keySize {
		return nil, fmt.Errorf("the key of links has %d bytes, and needs %d", len(key), keySize)
	}
	return &Links{key, random, now}, nil
}

// idBytes is the size of the id of a link, and of a contact who is known by nothing, in bytes.
const idBytes = 32

// id makes a random id.
func (l *Links) id() (string, error) {
	b := make([]byte, idBytes)
	if _, err := io.ReadFull(l.random, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// write returns the text of a link that begins now. It gives the link an id of its own.
func (l *Links) write(link *Link) (text string, err error) {
	if link.ID, err = l.id(); err != nil {
		return "", err
	}
	link.Issued = l.now().Unix()
	body, err := json.Marshal(link)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(l.mac(body), body...)), nil
}

// Read reads the text of a link. Its error is ErrLink.
func (l *Links) Read(text string) (link Link, err error) {
	if len(text) > maxLink {
		return Link{}, ErrLink
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < sha256.Size || strings.ContainsAny(text, "\r\n") { // the decoder skips these two
		return Link{}, ErrLink
	}
	mac, body := b[:sha256.Size], b[sha256.Size:]
	if !hmac.Equal(mac, l.mac(body)) || json.Unmarshal(body, &link) != nil || !l.now().Before(link.Readable()) {
		return Link{}, ErrLink
	}
	return link, nil
}

func (l *Links) mac(body []byte) []byte {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte("contact-link/1 "))
	h.Write(body)
	return h.Sum(nil)
}
