package devissuer

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"consent-receipts/shared/wording"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed page.css
	pageStyle string

	pageTemplate = template.Must(template.New("page").Parse(pageSource))
	// stylePolicy lets the page's own style in, and nothing else.
	stylePolicy = func() string {
		sum := sha256.Sum256([]byte(pageStyle))
		return "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}()

	texts     = wording.Load(wording.Devissuer)
	languages = wording.Languages()
	matcher   = func() language.Matcher {
		var tags []language.Tag
		for _, l := range languages {
			tags = append(tags, language.Make(l))
		}
		return language.NewMatcher(tags)
	}()
)

// wordsFor are the words in which a page is: in the language that the client wishes (OpenID
// Connect Core section 3.1.2.1), or else the browser.
func wordsFor(uiLocales, accept string) *wording.Words {
	_, at := language.MatchStrings(matcher, strings.ReplaceAll(uiLocales, " ", ","), accept)
	return texts.In(languages[at])
}

// page is what the template shows.
type page struct {
	W     *wording.Words
	Style template.CSS

	Problem, Shown string // shown: what was refused, as text

	Client string
	Scopes []string
	Hidden []parameter
	People []Person
	Others []translation
}

// translation is the page in another language.
type translation struct {
	W  *wording.Words
	To template.URL
}

type parameter struct{ Name, Value string }

// maxShown bounds what a page quotes from a request, in bytes.
const maxShown = 200

// choose shows the sample people to choose from.
func (i *Issuer) choose(w http.ResponseWriter, words *wording.Words, form url.Values, granted []string) {
	p := page{Client: form.Get("client_id"), Scopes: granted}
	for _, person := range i.config.People {
		if slices.ContainsFunc(i.config.scopes(person, granted), func(s string) bool { return s != scopeOpenID || len(granted) == 1 }) {
			p.People = append(p.People, person)
		}
	}
	again := url.Values{}
	for _, name := range requestParameters {
		if form.Has(name) {
			p.Hidden = append(p.Hidden, parameter{name, form.Get(name)})
			again.Set(name, form.Get(name))
		}
	}
	for _, l := range languages {
		if l != words.Language {
			again.Set("ui_locales", l)
			p.Others = append(p.Others, translation{texts.In(l), template.URL("?" + again.Encode())})
		}
	}
	// A browser applies form-action to the redirect after the form, too.
	target, _ := url.Parse(form.Get("redirect_uri")) // one of Client.RedirectURIs
	i.show(w, http.StatusOK, words, p, "'self' "+target.Scheme+"://"+target.Host)
}

// fail shows why a request cannot go on (a key of the words), and quotes the wrong value as plain text.
func (i *Issuer) fail(w http.ResponseWriter, words *wording.Words, problem, shown string) {
	if len(shown) > maxShown {
		shown = strings.ToValidUTF8(shown[:maxShown], "") + "…"
	}
	i.show(w, http.StatusBadRequest, words, page{Problem: words.Say(problem), Shown: shown}, "'none'")
}

func (i *Issuer) show(w http.ResponseWriter, status int, words *wording.Words, p page, formAction string) {
	p.W, p.Style = words, template.CSS(pageStyle)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", words.Language)
	h.Set("Content-Security-Policy", "default-src 'none'; "+stylePolicy+"; form-action "+formAction+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the caller may have gone
}
