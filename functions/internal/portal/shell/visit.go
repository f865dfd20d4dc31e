package shell

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"consent-receipts/shared/api"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/door"
	"consent-receipts/shared/wording"
)

// Visit is one request to a page of a realm, and the person who makes it.
type Visit struct {
	*mounted
	W       http.ResponseWriter
	R       *http.Request
	Session *Session // nil: signed out
	Seq     uint64   // number of the receipt that the page is about
	Words   *wording.Words

	renewed string // the refresh token that the issuer gave just now
	sent    bool   // the API was sent something that may change what it keeps
}

// frame is what the layout needs around a page.
type frame struct {
	W         *wording.Words
	Title     string
	Brand     brand.Brand
	Style     string // path of the style sheet
	Path      string // path of the page, which marks it among the links
	Prefix    string // prefix of the paths of all pages of the realm
	Start     string // path of its first page
	SignedIn  bool
	Name      string
	Initials  string
	Role      string // role of a member of the staff; empty for people
	Person    string // pseudonym of the person whom a page of the desk is about
	Base      string // prefix of the paths of the pages about a person
	Case      string // the case in hand
	CSRF      string
	GPC       bool // the browser sends Global Privacy Control
	Languages []languageLink
	Enter     string // of a page that Carries: what Enter does
	Page      any
}

// Here marks a link of the navigation: as that of the page itself, or as that of the pages among
// which it is (WAI-ARIA 1.2, aria-current).
func (f frame) Here(link string) template.HTMLAttr {
	switch {
	case f.Path == link:
		return ` aria-current="page"`
	case link != "/" && strings.HasPrefix(f.Path, link+"/"):
		return ` aria-current="true"`
	}
	return ""
}

// Carries is a page whose form, with the id "answers", goes along when the person changes the
// language, so that nothing that they have filled in is lost. The button of a language is go=language.
type Carries interface {
	// Enter is the value of go that Enter in a field sends, or "" if the page carries nothing.
	// Without it, Enter would press the button of a language, which is the first one of the form.
	Enter() string
}

type languageLink struct {
	Language, Name, URL string
	Current             bool
}

// Render writes a page. If its template fails, nothing is written.
func (v *Visit) Render(status int, name, title string, page any) error {
	worn := v.brand()
	_, version := sheet(worn)
	f := frame{
		W: v.Words, Title: title, Brand: worn, Style: StylePath + "?v=" + version, Path: v.R.URL.Path, Prefix: v.Prefix, Start: v.start(),
		SignedIn: v.Session != nil, Person: v.R.PathValue("person"), Base: v.pathTo(), Case: v.CaseInHand(),
		GPC: v.GPC(), Languages: v.languageLinks(page), Page: page,
	}
	if form, ok := page.(Carries); ok {
		f.Enter = form.Enter()
	}
	if v.Session != nil {
		f.Name, f.Initials, f.Role, f.CSRF = v.Session.Name, initials(v.Session.Name), v.Session.Role, v.keys.csrfToken(v.Session)
	}
	t, err := v.templates[name+".html"]()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", f); err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.WriteHeader(status)
	_, _ = v.W.Write(b.Bytes()) // if this fails, the reader has gone
	return nil
}

// GPC reports whether the browser sends a Global Privacy Control signal.
func (v *Visit) GPC() bool { return v.R.Header.Get(api.SecGPC) == "1" }

// chooseLanguage takes the language that the address asks for, else the one that the person
// asked for before, else the one that their browser prefers.
func (v *Visit) chooseLanguage() {
	asked := v.R.URL.Query().Get("language")
	if slices.Contains(v.languages, asked) {
		setCookie(v.W, languageCookie, asked, languageLifetime)
	} else if kept, err := v.R.Cookie(languageCookie); err == nil && slices.Contains(v.languages, kept.Value) {
		asked = kept.Value
	} else {
		_, i := language.MatchStrings(v.matcher, v.R.Header.Get("Accept-Language"))
		asked = v.languages[i]
	}
	v.Words = v.Texts.In(asked)
}

// names has the names of the languages, without the other words of the pages in each of them.
var names = wording.Load()

// languageLinks lead to the same page in each language. The answer to a form links to the
// page that has the form.
func (v *Visit) languageLinks(page any) (links []languageLink) {
	path, query := v.R.URL.Path, v.R.URL.Query()
	if _, failed := page.(ProblemPage); failed && v.R.Method != http.MethodGet {
		path, query = v.start(), url.Values{} // some forms are sent to an address that has no page
	}
	for _, l := range v.languages {
		query.Set("language", l)
		links = append(links, languageLink{
			Language: l, Name: names.In(l).Say("language.name"), URL: path + "?" + query.Encode(),
			Current: l == v.Words.Language,
		})
	}
	return links
}

// SeeOther sends the browser to another page after a form, so that a reload repeats nothing.
func (v *Visit) SeeOther(path string) error {
	http.Redirect(v.W, v.R, path, http.StatusSeeOther)
	return nil
}

// pathTo is the prefix of the paths of the pages about the person whom this page is about.
func (v *Visit) pathTo() string {
	if person := v.R.PathValue("person"); person != "" {
		return v.Prefix + "/people/" + person
	}
	if link := v.R.PathValue("link"); link != "" {
		return door.PagePath + url.PathEscape(link)
	}
	return v.Prefix
}

// Ledger is the API's path of the person whom the page is about.
func (v *Visit) Ledger() api.Ledger {
	if person := v.R.PathValue("person"); person != "" {
		return api.Of(person)
	}
	if v.R.PathValue("link") != "" {
		return api.Contact
	}
	return api.Own
}

// CaseInHand is the case for which the staff looked up the person whom the page is about, or
// empty.
func (v *Visit) CaseInHand() string {
	if person := v.R.PathValue("person"); person == "" || v.Session == nil || v.Session.Person != person {
		return ""
	}
	return v.Session.Case
}

// CaseOfForm is the case that a posted form of the desk names. For a form that was not
// posted yet, it is the case in hand.
func (v *Visit) CaseOfForm() string {
	if v.R.Method != http.MethodPost || v.Prefix == "" {
		return v.CaseInHand()
	}
	return v.Text("case")
}
