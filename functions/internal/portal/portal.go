// Package portal is the web pages: those of people, with what stands now, what is
// offered, every receipt, and the ways out; and those of the controller's staff, the
// desk. It is a relying party of its own (OpenID Connect, authorization code with PKCE)
// and a client of the HTTP API with the token of whoever is signed in: it has no right
// that they lack, and no business rule.
//
// The pages work without JavaScript, and there is none. The session is an
// encrypted cookie, so that nothing is kept here and no page can read a token.
package portal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/page"
)

// Paths below the base URL that others know.
const (
	CallbackPath     = "/callback"      // the issuer sends people back to it
	DeskPath         = "/desk"          // of the staff
	DeskCallbackPath = "/desk/callback" // the issuer sends the staff back to it
	VerifyPath       = page.VerifyPath  // the page that checks a receipt, or #r=<what somebody shows of one>
	TrustPath        = page.TrustPath   // by which root the controller's receipts are known
)

// maxForm bounds a posted form: an offer and its answers.
const maxForm = 128 << 10

// contentSecurityPolicy allows the one style sheet and forms to this site only.
// Signing in is a link, so that no form needs to reach the issuer.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

// Config is what a portal needs. All fields are set.
type Config struct {
	BaseURL    string       // http://localhost:8080, without a slash at the end
	People     Client       // asks for the scope of people who act for themselves
	Staff      Client       // asks for the scopes of the staff
	SessionKey []byte       // 32 bytes
	API        *http.Client // reaches BaseURL/v1/...
	OIDC       *http.Client // reaches the issuers
	Now        func() time.Time
	Rand       io.Reader
	Languages  []string // of the pages, as far as there are words; the first is the fallback
}

// Client is what pages are to the OpenID Connect issuer by which somebody signs in.
type Client struct {
	Issuer string   // for discovery
	ID     string   // of a public client
	Scopes []string // openid, and what the pages ask for
}

// Portal serves the pages of a realm. It is safe for concurrent use.
type Portal struct {
	Config
	realm
	base      *url.URL
	languages []string
	matcher   language.Matcher
	keys      keys
	documents *documents
}

// New returns the handler of the portal's pages. It asks nobody anything: the
// issuer is discovered when somebody signs in.
func New(c Config) (http.Handler, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || strings.Trim(base.Path, "/") != "" || base.RawQuery != "" {
		return nil, fmt.Errorf("portal: %q is not the URL of a host", c.BaseURL)
	}
	if c.People.Issuer == "" || c.People.ID == "" || c.Staff.Issuer == "" || c.Staff.ID == "" || c.API == nil || c.OIDC == nil || c.Now == nil || c.Rand == nil {
		return nil, errors.New("portal: the configuration is not complete")
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	p := &Portal{Config: c, base: base, documents: new(documents)}
	var tags []language.Tag
	for _, l := range c.Languages {
		if slices.Contains(texts.Languages(), l) {
			p.languages = append(p.languages, l)
			tags = append(tags, language.Make(l))
		}
	}
	if len(tags) == 0 {
		return nil, fmt.Errorf("portal: no words in any of %v", c.Languages)
	}
	p.matcher = language.NewMatcher(tags)
	return p.handler()
}

// handler puts the routes of all realms behind the checks that they share.
func (p *Portal) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/portal.css", serveStyle)
	person, err := p.mount(mux, personRealm(p.People), personRoutes)
	if err != nil {
		return nil, err
	}
	desk, err := p.mount(mux, deskRealm(p.Staff), deskRoutes)
	if err != nil {
		return nil, err
	}
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(p.base.Scheme + "://" + p.base.Host); err != nil {
		return nil, err
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := person
		if strings.HasPrefix(r.URL.Path+"/", DeskPath+"/") {
			at = desk
		}
		at.serve(w, r, func(*visit) error { return refusal(http.StatusForbidden, "cross-site") })
	}))
	return guard.Handler(mux), nil
}

// personRoutes are the pages of people who act for themselves.
var personRoutes = map[string]func(*visit) error{
	"GET /{$}":                     (*visit).home,
	"GET " + TrustPath:             with((*visit).roots, (*visit).showTrust),
	"GET " + VerifyPath:            with((*visit).roots, (*visit).verify),
	"GET /login":                   (*visit).login,
	"GET " + CallbackPath:          (*visit).callback,
	"/":                            (*visit).nowhere,
	"POST /logout":                 posted((*visit).logout),
	"GET /offer":                   signedIn(with((*visit).freshOffer, (*visit).renderOffer)),
	"POST /offer":                  posted((*visit).answerOffer),
	"GET /receipts":                signedIn((*visit).showTimeline),
	"GET /receipts/{seq}":          signedIn(with((*visit).receipt, (*visit).showReceipt)),
	"GET /receipts/bundle":         signedIn((*visit).bundle),
	"POST /withdraw":               posted((*visit).withdraw),
	"GET /withdraw-all":            signedIn(with((*visit).overview, (*visit).confirmWithdrawAll)),
	"POST /withdraw-all":           posted((*visit).withdrawAll),
	"GET /looked":                  signedIn((*visit).showLooked),
	"GET /requests":                signedIn((*visit).showRequests),
	"POST /requests":               posted((*visit).ask),
	"POST /requests/{id}":          posted((*visit).takeBack),
	"GET /requests/{id}/manifest":  signedIn((*visit).downloadManifest),
	"GET /requests/{id}/appeal":    signedIn((*visit).showAppeal),
	"POST /requests/{id}/appeal":   posted((*visit).appeal),
	"GET /consents/{id}/narrow":    signedIn(with((*visit).narrowPage, (*visit).renderNarrow)),
	"POST /consents/{id}/narrow":   posted(with((*visit).narrowPage, (*visit).narrow)),
	"GET /consents/{id}/withdraw":  signedIn((*visit).confirmWithdraw),
	"GET /receipts/{seq}/print":    signedIn((*visit).printReceipt),
	"GET /receipts/{seq}/download": signedIn((*visit).downloadReceipt),
	"GET /receipts/{seq}/part":     signedIn(with((*visit).receipt, (*visit).chooseParts)),
	"POST /receipts/{seq}/part":    posted(with((*visit).receipt, (*visit).showParts)),
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "portal.css", time.Time{}, bytes.NewReader(stylesheet))
}

// serve answers one request: the headers that every page has, the session, the
// page, or what went wrong.
func (p *Portal) serve(w http.ResponseWriter, r *http.Request, page func(*visit) error) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // "no-referrer" would make the Origin of our own forms null
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	v := &visit{Portal: p, w: w, r: r, session: p.readSession(r)}
	v.chooseLanguage()
	if err := page(v); err != nil {
		v.fail(err)
	}
}

// signedIn wraps a page that needs a session. The person and the receipt that its address
// may name must be such as there can be.
func signedIn(page func(*visit) error) func(*visit) error {
	return func(v *visit) (err error) {
		if v.session == nil {
			return refusal(http.StatusUnauthorized, "unauthenticated")
		}
		if seq := v.r.PathValue("seq"); seq != "" {
			v.seq, err = strconv.ParseUint(seq, 10, 64)
		}
		if person := v.r.PathValue("person"); person != "" {
			err = errors.Join(err, ledger.CheckID(person))
		}
		if err != nil {
			return refusal(http.StatusNotFound, "not-found")
		}
		return page(v)
	}
}

// with wraps a page that is about something that is read first.
func with[A any](read func(*visit) (A, error), page func(*visit, A) error) func(*visit) error {
	return func(v *visit) error {
		a, err := read(v)
		if err != nil {
			return err
		}
		return page(v, a)
	}
}

// posted wraps what a form does: it needs a session, and the token that our own
// page put into the form.
func posted(do func(*visit) error) func(*visit) error {
	return signedIn(func(v *visit) error {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return refusal(http.StatusBadRequest, "invalid-body")
		}
		if !v.keys.validCSRF(v.session, v.r.PostForm.Get("csrf")) {
			return refusal(http.StatusForbidden, "csrf")
		}
		return do(v)
	})
}

func (v *visit) nowhere() error { return refusal(http.StatusNotFound, "not-found") }
