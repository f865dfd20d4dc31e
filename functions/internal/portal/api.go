package portal

import (
	"errors"
	"net/http"

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

// command carries something out and shows the receipt of it.
func (v *visit) command(method, path string, body any, headers ...string) error {
	given, err := ask[api.Given](v, method, path, body, headers...)
	if err != nil {
		return err
	}
	return v.toReceipt(given.Seq)
}

// submit carries out what a form says, once however often it is sent.
func (v *visit) submit(path string, body any, headers ...string) error {
	key, err := v.formKey()
	if err != nil {
		return err
	}
	return v.command(http.MethodPost, path, body, append(headers, api.IdempotencyKey, key)...)
}

// formKey is the idempotency key that a form carries: random when it is shown,
// the same however often it is sent.
func (v *visit) formKey() (string, error) {
	if key := v.r.PostForm.Get("key"); key != "" {
		return key, nil
	}
	return v.random()
}
