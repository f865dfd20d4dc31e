package shell

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// languageCookie names a language and says nothing else of the person.
const languageCookie = "__Host-language"

// languageLifetime is how long a browser remembers the language.
const languageLifetime = 365 * 24 * time.Hour

// maxCookie is how many bytes of a cookie's value browsers keep.
const maxCookie = 4000

var errCookieSize = errors.New("the session does not fit into cookies: a token is too long")

// Session says who is signed in. It lives in the cookie alone.
type Session struct {
	ID      string `json:"id"` // random; CSRF tokens are derived from it
	Token   string `json:"token"`
	Fresh   int64  `json:"fresh,omitempty"` // until when the token counts; 0: its issuer does not say
	Name    string `json:"name,omitempty"`
	Expires int64  `json:"exp"`

	// At the desk: the role of the member of the staff, the pseudonym of the person whom they
	// looked up last, and the case for which they did.
	Role   string `json:"role,omitempty"`
	Person string `json:"person,omitempty"`
	Case   string `json:"case,omitempty"`
}

// keys are derived from the one session key. So a value that is sealed for one use, or in one
// realm, cannot be opened for another.
type keys struct{ session, refresh, login, csrf []byte }

func deriveKeys(secret []byte, purpose string) (k keys, err error) {
	if len(secret) != 32 {
		return k, fmt.Errorf("portal: the session key has %d bytes, want 32", len(secret))
	}
	for use, key := range map[string]*[]byte{"session": &k.session, "refresh": &k.refresh, "login": &k.login, "csrf": &k.csrf} {
		if *key, err = hkdf.Key(sha256.New, secret, nil, "consent-receipts "+purpose+" "+use, 32); err != nil {
			return k, err
		}
	}
	return k, nil
}

// seal encrypts a value for a cookie: a JWE, dir with A256GCM.
func seal(key []byte, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: key}, nil)
	if err != nil {
		return "", err
	}
	sealed, err := encrypter.Encrypt(b)
	if err != nil {
		return "", err
	}
	return sealed.CompactSerialize()
}

// unseal reads what seal made with the same key.
func unseal(key []byte, raw string, v any) error {
	sealed, err := jose.ParseEncryptedCompact(raw, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return err
	}
	b, err := sealed.Decrypt(key)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// readSession returns the session of a request. It returns nil if there is no cookie, if the
// cookie is not ours, or if the session has expired.
func (m *mounted) readSession(r *http.Request) *Session {
	cookie, err := r.Cookie(m.cookie("session"))
	if err != nil {
		return nil
	}
	s := new(Session)
	if unseal(m.keys.session, cookie.Value, s) != nil || m.Now().Unix() >= s.Expires {
		return nil
	}
	return s
}

// KeepSession sends a session to the browser.
func (v *Visit) KeepSession(s *Session) error {
	return v.keepSealed("session", v.keys.session, s, s)
}

// keepSealed sends a value in a cookie that the browser keeps as long as the session.
func (v *Visit) keepSealed(name string, key []byte, value any, of *Session) error {
	sealed, err := seal(key, value)
	if err != nil {
		return err
	}
	if len(sealed) > maxCookie {
		return errCookieSize
	}
	setCookie(v.W, v.cookie(name), sealed, time.Unix(of.Expires, 0).Sub(v.Now()))
	return nil
}

// endSession signs the person out here.
func (v *Visit) endSession() {
	v.Session = nil
	for _, name := range []string{"session", "refresh"} {
		setCookie(v.W, v.cookie(name), "", 0)
	}
}

// setCookie sets a cookie for a while; an empty value removes it.
func setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// csrfToken is the token that each form of a session has.
func (k keys) csrfToken(s *Session) string {
	mac := hmac.New(sha256.New, k.csrf)
	mac.Write([]byte(s.ID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (k keys) validCSRF(s *Session, token string) bool {
	return hmac.Equal([]byte(k.csrfToken(s)), []byte(token))
}
