package shell

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
)

// Call asks the API as whoever is signed in, or on the page of a link as whoever has it. Headers are
// pairs of a name and a value.
func (v *Visit) Call(method, path string, body any, headers ...string) (*client.Answer, error) {
	c := client.Client{Base: v.BaseURL, HTTP: v.API, Header: map[string]string{
		"Accept-Language": v.Words.Language, api.SecGPC: v.R.Header.Get(api.SecGPC),
	}}
	if v.Session != nil {
		c.Token = v.Session.Token
	}
	if link := v.R.PathValue("link"); link != "" {
		c.Token = link
	}
	v.sent = v.sent || method != http.MethodGet
	return c.Do(v.R.Context(), method, path, body, headers...)
}

// Get reads a JSON answer of the API. At the desk, the request names the case in hand.
func Get[A any](v *Visit, path string) (out A, err error) {
	return Ask[A](v, http.MethodGet, path, nil, api.CaseReference, v.CaseInHand())
}

// Ask calls the API and reads the JSON answer.
func Ask[A any](v *Visit, method, path string, body any, headers ...string) (out A, err error) {
	a, err := v.Call(method, path, body, headers...)
	if err != nil {
		return out, err
	}
	return client.Read[A](a)
}

// Command carries something out and shows the receipt of it. At the desk, the request names
// the case that the form has.
func (v *Visit) Command(method, path string, body any, headers ...string) error {
	given, err := Ask[api.Given](v, method, path, body, append(headers, api.CaseReference, v.CaseOfForm())...)
	if err != nil {
		return err
	}
	return v.SeeOther(v.pathTo() + "/receipts/" + strconv.FormatUint(given.Seq, 10) + "?new=1")
}

// Download hands over what the API has at a path, as a file with this name; empty: with the name
// that the API gives it. Headers are pairs of a name and a value.
func (v *Visit) Download(path, mediaType, name string, headers ...string) error {
	a, err := v.Call(http.MethodGet, path, nil, headers...)
	if err != nil {
		return err
	}
	return v.HandFile(a, mediaType, name)
}

// HandFile hands over an answer of the API as a file.
func (v *Visit) HandFile(a *client.Answer, mediaType, name string) error {
	if name == "" {
		_, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
		if err != nil {
			return fmt.Errorf("reading the file name that the API gives: %w", err)
		}
		name = params["filename"]
	}
	return v.Hand(a.Body, mediaType, name)
}

// Hand answers with a document. If there is a name, the browser saves it as a file.
func (v *Visit) Hand(body []byte, mediaType, name string) error {
	v.W.Header().Set("Content-Type", mediaType)
	if name != "" {
		v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	_, _ = v.W.Write(body) // if this fails, the reader has gone
	return nil
}
