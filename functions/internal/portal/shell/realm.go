package shell

import (
	"cmp"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"sync"

	"consent-receipts/shared/wording"
)

//go:embed templates
var files embed.FS

// Realm is a set of pages with a sign-in, a session and words of its own. What belongs to
// one realm is nothing to another.
type Realm struct {
	Prefix  string // of the paths of its pages; empty for people who act for themselves
	Cookies string // what the names of its cookies begin with, after "__Host-"
	Secrets string // what its keys are derived for
	Client  Client
	Files   []fs.FS // the folders with its templates/*.html, beside the shell's own
	Words   []fs.FS // its rooms of package wording, beside the shell's own; a later one overrides an earlier one
	Pages   []Pages
	// Admit says as what the owner of an access token is here, by its scopes, or why they
	// have nothing to do here.
	Admit func(scopes []string) (role string, err error)
}

// Pages are pages by their patterns (http.ServeMux).
type Pages map[string]Page

// Client is what pages are to the OpenID Connect issuer by which somebody signs in.
type Client struct {
	Issuer string   // for discovery
	ID     string   // of a public client
	Scopes []string // openid, and what the pages ask for
}

// start is the path of the first page.
func (r *Realm) start() string { return cmp.Or(r.Prefix, "/") }

// cookie is the full name of one of the realm's cookies. The prefix makes browsers insist
// on Secure, Path=/ and this very host.
func (r *Realm) cookie(name string) string { return "__Host-" + r.Cookies + name }

// mounted is a realm with its pages in place.
type mounted struct {
	*Shell
	Realm
	keys      keys
	provider  provider // the client's issuer
	Texts     wording.Set
	templates templates
}

// Mount puts the pages of a realm behind their patterns, and those by which people sign in
// and out. It asks nobody anything: the issuer is discovered when somebody signs in. The
// answer makes a handler of any page of the realm.
func (s *Shell) Mount(mux *http.ServeMux, r Realm) (func(Page) http.Handler, error) {
	if r.Client.Issuer == "" || r.Client.ID == "" {
		return nil, errors.New("portal: the configuration is not complete")
	}
	m := &mounted{Shell: s, Realm: r}
	var err error
	if m.keys, err = deriveKeys(s.SessionKey, r.Secrets); err != nil {
		return nil, err
	}
	m.Texts = wording.Load(append([]fs.FS{wording.Shell}, r.Words...)...)
	if m.templates, err = find(append([]fs.FS{files}, r.Files...)); err != nil {
		return nil, err
	}
	serve := func(page Page) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, page) })
	}
	for _, pages := range r.Pages {
		for pattern, page := range pages {
			mux.Handle(pattern, serve(page))
		}
	}
	mux.Handle("GET "+r.Prefix+"/login", serve((*Visit).login))
	mux.Handle("GET "+r.Prefix+CallbackPath, serve((*Visit).callback))
	mux.Handle("POST "+r.Prefix+"/logout", serve(Posted((*Visit).logout)))
	mux.Handle(r.Prefix+"/", serve(Refuse(http.StatusNotFound, "not-found")))
	return serve, nil
}

// templates are those of the pages by the names of their files. Each is parsed when it is first
// needed, because a function that starts has one page to show. A test parses all.
type templates map[string]func() (*template.Template, error)

// find finds the pages of several folders: each file templates/<page>.html within the layout,
// and with what templates/shared/*.html of all folders define.
func find(folders []fs.FS) (templates, error) {
	shared := sync.OnceValues(func() (*template.Template, error) { return parseShared(folders) })
	pages := templates{}
	for _, folder := range folders {
		names, err := fs.Glob(folder, "templates/*.html")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			pages[path.Base(name)] = sync.OnceValues(func() (*template.Template, error) {
				with, err := shared()
				if err != nil {
					return nil, err
				}
				t, err := with.Clone()
				if err != nil {
					return nil, err
				}
				return t.ParseFS(folder, name)
			})
		}
	}
	return pages, nil
}

// parseShared parses what the pages of several folders share.
func parseShared(folders []fs.FS) (*template.Template, error) {
	shared := template.New("")
	for _, folder := range folders {
		names, err := fs.Glob(folder, "templates/shared/*.html")
		if err != nil {
			return nil, err
		}
		if len(names) == 0 { // it has words alone
			continue
		}
		if _, err := shared.ParseFS(folder, names...); err != nil {
			return nil, err
		}
	}
	return shared, nil
}
