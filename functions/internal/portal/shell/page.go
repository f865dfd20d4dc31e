package shell

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"consent-receipts/shared/ledger"
)

// maxForm bounds a posted form, in bytes. The largest is an offer with its answers.
const maxForm = 128 << 10

// ContentSecurityPolicy is the policy of all pages: it allows the one style sheet, and forms to
// this site only. Signing in is a link, so no form has to reach the issuer.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

// AllowFormTo lets the forms of this page reach the origin of an address too.
func (v *Visit) AllowFormTo(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("the address of a form: %w", err)
	}
	v.W.Header().Set("Content-Security-Policy", strings.Replace(ContentSecurityPolicy, "form-action 'self'", "form-action 'self' "+u.Scheme+"://"+u.Host, 1))
	return nil
}

// Page answers one request, or says why it cannot.
type Page func(*Visit) error

// serve answers one request with a page, or with the page that says what went wrong.
func (m *mounted) serve(w http.ResponseWriter, r *http.Request, page Page) {
	h := w.Header()
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // "no-referrer" would make the Origin of our own forms null
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	v := &Visit{mounted: m, W: w, R: r, Session: m.readSession(r)}
	v.chooseLanguage()
	err := v.refresh()
	if err == nil {
		err = page(v)
	}
	if err != nil {
		v.fail(err)
	}
}

// SignedIn wraps a page that needs a session. If the address names a person or a receipt, their
// id or number must be well-formed.
func SignedIn(page Page) Page {
	return func(v *Visit) (err error) {
		if v.Session == nil {
			return Refusal(http.StatusUnauthorized, "unauthenticated")
		}
		if seq := v.R.PathValue("seq"); seq != "" {
			v.Seq, err = strconv.ParseUint(seq, 10, 64)
		}
		if person := v.R.PathValue("person"); person != "" {
			_, wrong := ledger.ParseWhom(person)
			err = errors.Join(err, wrong)
		}
		if err != nil {
			return Refusal(http.StatusNotFound, "not-found")
		}
		return page(v)
	}
}

// With wraps a page about something that has to be read first.
func With[A any](read func(*Visit) (A, error), page func(*Visit, A) error) Page {
	return func(v *Visit) error {
		a, err := read(v)
		if err != nil {
			return err
		}
		return page(v, a)
	}
}

// Posted wraps what a form does. The request needs a session, and the token that the portal's own
// page put into the form.
func Posted(do Page) Page {
	return SignedIn(PostedByAnybody(func(v *Visit) error {
		if !v.keys.validCSRF(v.Session, v.R.PostForm.Get("csrf")) {
			return Refusal(http.StatusForbidden, "csrf")
		}
		return do(v)
	}))
}

// PostedByAnybody wraps what a form does without a session. The form of another site gains nothing
// by it: the browser sends nothing along that proves who somebody is.
func PostedByAnybody(do Page) Page {
	return func(v *Visit) error {
		v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
		if err := v.R.ParseForm(); err != nil {
			return Refusal(http.StatusBadRequest, "invalid-body")
		}
		return do(v)
	}
}

// Refuse makes a page that refuses every request.
func Refuse(status int, slug string) Page {
	return func(*Visit) error { return Refusal(status, slug) }
}
