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

	tag "golang.org/x/text/language"
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

	matcher = tag.NewMatcher([]tag.Tag{tag.English, tag.Spanish})
)

// language picks the language of a page: the client's wish (OpenID Connect Core section
// 3.1.2.1), or else the browser's.
func language(uiLocales, accept string) string {
	_, at := tag.MatchStrings(matcher, strings.ReplaceAll(uiLocales, " ", ","), accept)
	return []string{"en", "es"}[at]
}

// page is what the template shows.
type page struct {
	Lang  string
	Text  text
	Style template.CSS

	Problem, Shown string // shown: what was refused, as text

	Client  string
	Scopes  []string
	Hidden  []parameter
	People  []Person
	OtherTo template.URL // the page in the other language
}

type parameter struct{ Name, Value string }

// maxShown bounds what a page quotes from a request, in bytes.
const maxShown = 200

// choose shows the sample people to choose from.
func (i *Issuer) choose(w http.ResponseWriter, lang string, form url.Values, granted []string) {
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
	again.Set("ui_locales", texts[lang].OtherLang)
	p.OtherTo = template.URL("?" + again.Encode())
	// A browser applies form-action to the redirect after the form, too.
	target, _ := url.Parse(form.Get("redirect_uri")) // one of Client.RedirectURIs
	i.show(w, http.StatusOK, lang, p, "'self' "+target.Scheme+"://"+target.Host)
}

// fail shows why a request cannot go on, and quotes the wrong value as plain text.
func (i *Issuer) fail(w http.ResponseWriter, lang, problem, shown string) {
	if len(shown) > maxShown {
		shown = strings.ToValidUTF8(shown[:maxShown], "") + "…"
	}
	i.show(w, http.StatusBadRequest, lang, page{Problem: problem, Shown: shown}, "'none'")
}

func (i *Issuer) show(w http.ResponseWriter, status int, lang string, p page, formAction string) {
	p.Lang, p.Text, p.Style = lang, texts[lang], template.CSS(pageStyle)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	h.Set("Content-Security-Policy", "default-src 'none'; "+stylePolicy+"; form-action "+formAction+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the caller may have gone
}

// text is what the pages say, in one language.
type text struct {
	Title, Warning, Intro, Asks, Choose, Continue, Cancel string
	OtherName, OtherLang                                  string
	FailTitle, FailHint                                   string
	Malformed, Foreign, UnknownClient, UnknownRedirect    string
}

var texts = map[string]text{
	"en": {
		Title:     "Sign in as a sample person",
		Warning:   "For development on this computer only. There are no passwords and no real people here, and it is never part of a deployed service.",
		Intro:     "wants to know who you are.",
		Asks:      "It asks for:",
		Choose:    "Who do you want to be?",
		Continue:  "Continue as",
		Cancel:    "Cancel",
		OtherName: "Español", OtherLang: "es",
		FailTitle:       "This sign-in cannot go on",
		FailHint:        "Nothing was sent to the application. Go back to it and start again; if you are building it, check its settings.",
		Malformed:       "The request is malformed.",
		Foreign:         "The choice was not made on this page.",
		UnknownClient:   "No application is registered under this name:",
		UnknownRedirect: "The application is not registered for this return address:",
	},
	"es": {
		Title:     "Entrar como persona de ejemplo",
		Warning:   "Solo para desarrollo en este ordenador. Aquí no hay contraseñas ni personas reales, y nunca forma parte de un servicio desplegado.",
		Intro:     "quiere saber quién es usted.",
		Asks:      "Pide:",
		Choose:    "¿Quién quiere ser?",
		Continue:  "Continuar como",
		Cancel:    "Cancelar",
		OtherName: "English", OtherLang: "en",
		FailTitle:       "No se puede seguir con este inicio de sesión",
		FailHint:        "No se ha enviado nada a la aplicación. Vuelva a ella y empiece de nuevo; si la está desarrollando, revise su configuración.",
		Malformed:       "La petición está mal formada.",
		Foreign:         "La elección no se hizo en esta página.",
		UnknownClient:   "No hay ninguna aplicación registrada con este nombre:",
		UnknownRedirect: "La aplicación no tiene registrada esta dirección de retorno:",
	},
}
