package portal

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"

	"consent-receipts/shared/receipt/page/wording"
)

var (
	//go:embed words.*.json
	wordFiles embed.FS
	//go:embed desk/words.*.json
	deskWordFiles embed.FS
	//go:embed templates
	templateFiles embed.FS
	//go:embed assets/portal.css
	stylesheet []byte

	texts = wording.MustLoad(wordFiles)
	// deskTexts are the portal's words and the desk's own, which may differ: a receipt
	// says "you" to the person alone.
	deskTexts = wording.MustLoad(wordFiles, inFolder(deskWordFiles, "desk"))

	personPages = parse("", "home", "welcome", "trust", "offer", "timeline", "receipt", "parts", "shown", "bundle", "narrow", "withdraw", "requests", "appeal", "looked", "problem")
	deskPages   = parse("desk/", "welcome", "home", "person", "timeline", "receipt", "looked", "requests", "request", "ask", "optout", "annul", "report", "problem")

	// stylePath changes with the content, so that browsers may keep it.
	stylePath = func() string {
		sum := sha256.Sum256(stylesheet)
		return "/assets/portal.css?v=" + hex.EncodeToString(sum[:6])
	}()
)

// realm is a set of pages with a sign-in, a session and words of its own. What belongs
// to one realm is nothing to another.
type realm struct {
	prefix         string // of the paths of its pages
	start          string // the path of its first page
	session, login string // names of its cookies
	secrets        string // what its keys are derived for
	client         Client
	provider       *provider // the client's issuer
	texts          wording.Set
	pages          map[string]*template.Template
	// admit says as what the owner of an access token is here, by its scopes, or why
	// they have nothing to do here.
	admit func(scopes []string) (role string, err error)
}

// personRealm is the pages of people who act for themselves. What they may do is the
// API's to say.
func personRealm(client Client) realm {
	return realm{
		start: "/", session: sessionCookie, login: loginCookie, secrets: "portal", client: client, provider: new(provider), texts: texts, pages: personPages,
		admit: func([]string) (string, error) { return "", nil },
	}
}

// inFolder is a folder of embedded files.
func inFolder(files embed.FS, name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// parse reads the templates of a folder, each within the layout, and with what pages of
// several folders share.
func parse(folder string, names ...string) map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range names {
		own := "templates/" + folder + name + ".html"
		if _, err := fs.Stat(templateFiles, own); err != nil {
			own = "templates/" + name + ".html"
		}
		out[name] = template.Must(template.ParseFS(templateFiles, "templates/layout.html", "templates/shared.html", "templates/"+folder+"nav.html", own))
	}
	return out
}

// mount puts the pages of a realm behind their patterns, and returns the portal in it.
func (p *Portal) mount(mux *http.ServeMux, r realm, pages map[string]func(*visit) error) (*Portal, error) {
	q := *p
	q.realm = r
	for pattern, page := range pages {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { q.serve(w, r, page) })
	}
	var err error
	q.keys, err = deriveKeys(p.SessionKey, r.secrets)
	return &q, err
}
