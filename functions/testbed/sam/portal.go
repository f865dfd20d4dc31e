package sam

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"consent-receipts/functions/local/system"
)

// The visitor reads these on a page: the fields of its form, and its questions.
var (
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
	question    = regexp.MustCompile(`<input type="radio" name="(answer-\d+)" value="yes"`)
	receiptPath = regexp.MustCompile(`^(?:http://[^/]+)?/receipts/\d+`)
)

// portal visits the portal as a person without a browser does: signs in at the issuer, opens
// the offer, answers its questions, and reads the receipt.
func (s *Stack) portal(ctx context.Context) error {
	v := &visitor{ctx: ctx, site: s.Site, cookies: map[string]string{}}
	authorize, err := v.follow(http.MethodGet, "/login", nil)
	if err != nil {
		return err
	}
	there, err := url.Parse(authorize)
	if err != nil {
		return err
	}
	form := there.Query()
	form.Set("person", system.SamplePerson)
	back, err := v.follow(http.MethodPost, there.Path, form)
	if err != nil {
		return err
	}
	if _, err := v.follow(http.MethodGet, strings.TrimPrefix(back, s.Site.Base), nil); err != nil {
		return err
	}
	if v.cookies["__Host-session"] == "" {
		return errors.New("no session after signing in")
	}
	page, err := v.page("/offer")
	if err != nil {
		return err
	}
	to, err := v.answer(page)
	if err != nil {
		return err
	}
	if !receiptPath.MatchString(to) {
		return fmt.Errorf("the answer led to %q and to no receipt", to)
	}
	_, err = v.page(strings.TrimPrefix(to, s.Site.Base))
	return err
}

// mostPages bounds the pages of an offer.
const mostPages = 100

// answer fills in the pages of an offer, says yes to the first question and no to the others,
// sends the answers, and returns the address to which this leads.
func (v *visitor) answer(page string) (string, error) {
	said := "yes"
	for range mostPages {
		form := url.Values{}
		for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
			form.Add(field[1], html.UnescapeString(field[2]))
		}
		if field := question.FindStringSubmatch(page); field != nil {
			form.Set(field[1], said)
			said = "no"
		} else {
			form.Set("go", "send")
			return v.follow(http.MethodPost, "/offer", form)
		}
		res, next, err := v.ask(http.MethodPost, "/offer", form)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("POST /offer: status %d: %.1000s", res.StatusCode, next)
		}
		if err != nil {
			return "", err
		}
		page = next
	}
	return "", errors.New("the offer has no end")
}

// visitor keeps cookies as a browser does for whom http://*.localhost is a secure
// context.
type visitor struct {
	ctx     context.Context
	site    *system.Site
	cookies map[string]string
}

// follow sends a request and returns the address to which the answer redirects.
func (v *visitor) follow(method, path string, form url.Values) (string, error) {
	res, body, err := v.ask(method, path, form)
	if err == nil && (res.StatusCode/100 != 3 || res.Header.Get("Location") == "") {
		err = fmt.Errorf("%s %s: status %d: %.1000s", method, path, res.StatusCode, body)
	}
	if err != nil {
		return "", err
	}
	return res.Header.Get("Location"), nil
}

// page reads a page.
func (v *visitor) page(path string) (string, error) {
	res, body, err := v.ask(http.MethodGet, path, nil)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d: %.1000s", path, res.StatusCode, body)
	}
	return body, err
}

func (v *visitor) ask(method, path string, form url.Values) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(v.ctx, method, v.site.Base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Origin", v.site.Base)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := v.site.Client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}
