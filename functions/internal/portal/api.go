package portal

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
)

// refusal is a problem of the portal's own, which words.*.json says in words.
func refusal(status int, slug string) *api.Problem {
	return &api.Problem{Type: slug, Title: http.StatusText(status), Status: status}
}

// problemOf is what a person is told of an error.
func problemOf(err error) *api.Problem {
	p, ok := errors.AsType[*api.Problem](err)
	switch {
	case errors.Is(err, client.ErrUnreachable):
		return refusal(http.StatusBadGateway, "unreachable")
	case !ok:
		return refusal(http.StatusInternalServerError, "internal")
	case p.Type != "about:blank":
		return p
	case p.Status == http.StatusUnauthorized, p.Status == http.StatusForbidden: // by the gateway's authorizer
		return refusal(http.StatusUnauthorized, "unauthenticated")
	}
	return refusal(p.Status, "internal")
}

// call asks the API as whoever is signed in. Headers come in pairs.
func (v *visit) call(method, path string, body any, headers ...string) (*client.Answer, error) {
	c := client.Client{Base: v.BaseURL, HTTP: v.API, Header: map[string]string{
		"Accept-Language": v.words.Language, api.SecGPC: v.r.Header.Get(api.SecGPC),
	}}
	if v.session != nil {
		c.Token = v.session.Token
	}
	return c.Do(v.r.Context(), method, path, body, headers...)
}

// get reads a JSON answer of the API. The staff says for which case it looks.
func get[A any](v *visit, path string) (out A, err error) {
	return ask[A](v, http.MethodGet, path, nil, api.CaseReference, v.caseInHand())
}

// ask calls the API and reads the JSON answer.
func ask[A any](v *visit, method, path string, body any, headers ...string) (out A, err error) {
	a, err := v.call(method, path, body, headers...)
	if err != nil {
		return out, err
	}
	return client.Read[A](a)
}

// refused is the problem with one of these names that an error is, or nil.
func refused(err error, slugs ...string) *api.Problem {
	if p, ok := errors.AsType[*api.Problem](err); ok && slices.Contains(slugs, p.Slug()) {
		return p
	}
	return nil
}

// command carries something out and shows the receipt of it. The staff says for which case.
func (v *visit) command(method, path string, body any, headers ...string) error {
	given, err := ask[api.Given](v, method, path, body, append(headers, api.CaseReference, v.caseOfForm())...)
	if err != nil {
		return err
	}
	return v.seeOther(v.pathTo() + "/receipts/" + strconv.FormatUint(given.Seq, 10) + "?new=1")
}

// submit carries out what a form says, once however often it is sent.
func (v *visit) submit(path string, body any) error {
	key, err := v.formKey()
	if err != nil {
		return err
	}
	return v.command(http.MethodPost, path, body, api.IdempotencyKey, key)
}

// submitOr carries out what a form says, or shows it again with what is wrong.
func submitOr[P formPage](v *visit, page P, again func(*visit, P) error, path string, body any) error {
	if page.common().Error != "" {
		return again(v, page)
	}
	return v.submit(path, body)
}

// formKey is the idempotency key that a form carries: random when it is shown,
// the same however often it is sent.
func (v *visit) formKey() (string, error) {
	if key := v.r.PostForm.Get("key"); key != "" {
		return key, nil
	}
	return v.random()
}
