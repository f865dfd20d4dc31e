package portal

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/text/language"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt/page/wording"
)

// visit is one request and who makes it.
type visit struct {
	*Portal
	w       http.ResponseWriter
	r       *http.Request
	session *session // nil: signed out
	seq     uint64   // of the receipt that the page is about
	words   *wording.Words
}

// frame is what the layout needs around a page.
type frame struct {
	W         *wording.Words
	Title     string
	Style     string
	Path      string // of the page, to mark it among the links
	Prefix    string // of the paths of all pages of the realm
	Start     string // the path of its first page
	SignedIn  bool
	Name      string
	Role      string // of the staff; "" for people
	Person    string // whom a page of the desk is about
	Base      string // of the paths of the pages about a person
	Case      string // for which case
	CSRF      string
	GPC       bool // the browser sends Global Privacy Control
	Languages []languageLink
	Page      any
}

type languageLink struct {
	Language, Name, URL string
	Current             bool
}

// render writes a page. Nothing is written of one that fails.
func (v *visit) render(status int, name, title string, page any) error {
	f := frame{
		W: v.words, Title: title, Style: stylePath, Path: v.r.URL.Path, Prefix: v.prefix, Start: v.start,
		SignedIn: v.session != nil, Person: v.r.PathValue("person"), Base: v.pathTo(), Case: v.caseInHand(),
		GPC: v.r.Header.Get("Sec-GPC") == "1", Languages: v.languageLinks(page), Page: page,
	}
	if v.session != nil {
		f.Name, f.Role, f.CSRF = v.session.Name, v.session.Role, v.keys.csrfToken(v.session)
	}
	var b bytes.Buffer
	if err := v.pages[name].ExecuteTemplate(&b, "layout", f); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // a reader that has gone gets nothing
	return nil
}

// choice is one of a list to tick, or to select from.
type choice struct {
	ID, Label, Explained string
	Checked              bool
}

// choices are ids and their labels, of which some are ticked.
func choices(ids, labels, ticked []string) (list []choice) {
	for i, id := range ids {
		list = append(list, choice{ID: id, Label: labels[i], Checked: slices.Contains(ticked, id)})
	}
	return list
}

// tick ticks those of a list that were chosen, and returns their ids.
func tick(list []choice, chosen []string) (ids []string) {
	for i := range list {
		if list[i].Checked = slices.Contains(chosen, list[i].ID); list[i].Checked {
			ids = append(ids, list[i].ID)
		}
	}
	return ids
}

// form is what every page with a form has. renderForm fills in what is not said before.
type form struct {
	Error, Field string // what is wrong, and the id of the field that it is in
	Key          string // it does what it does once, however often it is sent
	Max          int    // characters of a text
	Case         string // for which the staff acts

	status int // of the page
}

func (f *form) common() *form { return f }

// formPage is a page with a form.
type formPage interface{ common() *form }

// wrong says what is wrong with a field, if it is. The first fault counts.
func (f *form) wrong(is bool, field, message string) {
	if is && f.Error == "" {
		f.Error, f.Field = message, field
	}
}

// renderForm writes a page with a form. Where that was filled in wrongly, the title says
// so first.
func (v *visit) renderForm(name, title string, page formPage) (err error) {
	f := page.common()
	f.Max, f.Case = consent.MaxText, v.caseOfForm()
	if f.Key == "" {
		if f.Key, err = v.formKey(); err != nil {
			return err
		}
	}
	if f.Error != "" {
		f.status = http.StatusUnprocessableEntity
	}
	if f.status == 0 {
		return v.render(http.StatusOK, name, title, page)
	}
	return v.render(f.status, name, v.words.Say("error.prefix", "title", title), page)
}

// chooseLanguage takes the language that the person asks for, or asked for before,
// or that of their browser.
func (v *visit) chooseLanguage() {
	asked := v.r.URL.Query().Get("language")
	if slices.Contains(v.languages, asked) {
		setCookie(v.w, languageCookie, asked, languageLifetime)
	} else if kept, err := v.r.Cookie(languageCookie); err == nil && slices.Contains(v.languages, kept.Value) {
		asked = kept.Value
	} else {
		_, i := language.MatchStrings(v.matcher, v.r.Header.Get("Accept-Language"))
		asked = v.languages[i]
	}
	v.words = v.texts.In(asked)
}

// languageLinks point at the same page in each language; after a form, at the
// page that the form is on.
func (v *visit) languageLinks(page any) (links []languageLink) {
	path, query := v.r.URL.Path, url.Values{}
	if v.r.Method == http.MethodGet {
		query = v.r.URL.Query()
	} else if _, failed := page.(problemPage); failed {
		path = v.start // not every form has a page at its own address
	}
	for _, l := range v.languages {
		query.Set("language", l)
		links = append(links, languageLink{
			Language: l, Name: v.texts.In(l).Say("language.name"), URL: path + "?" + query.Encode(),
			Current: l == v.words.Language,
		})
	}
	return links
}

// seeOther sends the browser on after a form, so that reloading repeats nothing.
func (v *visit) seeOther(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// problemPage says what went wrong and what to do about it.
type problemPage struct {
	Title, Detail, Next string
	Foreign             string // the language of Detail, where it is the API's own
	Instance            string
	SignIn              string // where to sign in, when that is what to do
	Start               string
}

// fail shows an error. Whoever the API no longer knows is signed out.
func (v *visit) fail(err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		slog.ErrorContext(v.r.Context(), "portal", "problem", p.Slug(), "status", p.Status, "instance", p.Instance, "error", err)
	}
	page := v.explain(p)
	if p.Status == http.StatusUnauthorized {
		if v.session != nil {
			setCookie(v.w, v.realm.session, "", 0)
			v.session = nil
		}
		page.SignIn = v.signInURL()
	}
	if err := v.render(p.Status, "problem", page.Title, page); err != nil {
		slog.ErrorContext(v.r.Context(), "portal", "error", err)
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// explain says a problem in the person's language, or in the API's own words
// where there are no others.
func (v *visit) explain(p *api.Problem) problemPage {
	page := problemPage{Title: p.Title, Detail: p.Detail, Foreign: "en", Next: v.words.Say("problem.next"), Instance: p.Instance, Start: v.BaseURL + v.start}
	if key := "problem." + p.Slug(); v.words.Has(key + ".title") {
		page.Title, page.Detail, page.Foreign, page.Next = v.words.Say(key+".title"), v.words.Say(key+".detail"), "", v.words.Say(key+".next")
	}
	return page
}

// signInURL leads through the issuer back to this page.
func (v *visit) signInURL() string {
	back := v.start
	if v.r.Method == http.MethodGet {
		back = v.r.URL.RequestURI()
	}
	return v.prefix + "/login?" + url.Values{"language": {v.words.Language}, "return": {back}}.Encode()
}
