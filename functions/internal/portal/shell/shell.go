// Package shell is what the pages of all realms have in common: signing in, the session, the
// language, rendering, forms, and calls of the HTTP API. A realm is the set of pages for people,
// or for the staff. The only page of the shell itself says what went wrong.
//
// The pages work without JavaScript, and there is none. The session is an encrypted cookie,
// so that nothing is kept here and no page can read a token.
package shell

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"consent-receipts/shared/wording"
)

// CallbackPath is the path below that of a realm to which the issuer sends people back.
const CallbackPath = "/callback"

// Config is what the pages of all realms need. All fields are set.
type Config struct {
	BaseURL    string       // http://localhost:8080, without a slash at the end
	SessionKey []byte       // 32 bytes
	API        *http.Client // reaches BaseURL/v1/...
	OIDC       *http.Client // reaches the issuers
	Now        func() time.Time
	Rand       io.Reader
	Languages  []string // languages of the pages; those without words are left out, and the first is the fallback
}

// Shell has the pages of all realms. It is safe for concurrent use.
type Shell struct {
	Config
	base      *url.URL
	languages []string
	matcher   language.Matcher
	documents *documents
}

// New returns a shell without pages. Realms are mounted on it.
func New(c Config) (*Shell, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || strings.Trim(base.Path, "/") != "" || base.RawQuery != "" {
		return nil, fmt.Errorf("portal: %q is not the URL of a host", c.BaseURL)
	}
	if c.API == nil || c.OIDC == nil || c.Now == nil || c.Rand == nil {
		return nil, errors.New("portal: the configuration is not complete")
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	s := &Shell{Config: c, base: base, documents: new(documents)}
	var tags []language.Tag
	for _, l := range c.Languages {
		if slices.Contains(wording.Languages(), l) {
			s.languages = append(s.languages, l)
			tags = append(tags, language.Make(l))
		}
	}
	if len(tags) == 0 {
		return nil, fmt.Errorf("portal: there are words in none of the languages %v", c.Languages)
	}
	s.matcher = language.NewMatcher(tags)
	return s, nil
}

// Host is the host of the pages, in lower case, as browsers write it.
func (s *Shell) Host() string { return strings.ToLower(s.base.Host) }

// Origin is the origin of the pages (RFC 6454).
func (s *Shell) Origin() string { return s.base.Scheme + "://" + s.base.Host }
