package handler_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"html"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/banktest"
	"consent-receipts/shared/api"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/registrar/registrartest"
)

// branded opens a bank whose catalogue has a brand: the hospital's.
func branded(t *testing.T) *desk {
	t.Helper()
	files := fstest.MapFS{}
	errtest.None(t, fs.WalkDir(sample.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := fs.ReadFile(sample.FS, path)
		files[path] = &fstest.MapFile{Data: body}
		return err
	}))
	files["first-example-bank.yaml"] = files["sample-general-hospital.yaml"]
	return at(banktest.On(t, registrartest.Ledger(t), files))
}

// TestBrand: copies of a receipt wear the brand of the catalogue that it names, in the
// person's language, and are served under a policy that lets them.
func TestBrand(t *testing.T) {
	d := branded(t)
	if w := d.ask(t, alex, "POST /v1/data-requests", "", consent.RequestData{Type: "access"}, api.IdempotencyKey+": request-1"); w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	logo := d.Compiled.Logo
	picture := base64.StdEncoding.EncodeToString(logo.PNG)
	for language, service := range map[string]string{"en": "My permissions", "es": "Mis permisos"} {
		w := d.ask(t, alex, "GET /v1/receipts/{seq}", "format=html&language="+language, nil, "seq=1")
		worn := d.Compiled.Catalogue.BrandIn(language, logo.PNG)
		for _, part := range []string{picture, service, worn.CSS(), worn.Links[0].Label, worn.Links[0].URL} {
			if !strings.Contains(html.UnescapeString(w.Body.String()), part) {
				t.Errorf("%s: the page lacks %.60q", language, part)
			}
		}
		if policy := w.Header().Get("Content-Security-Policy"); policy != page.PolicyFor(worn) {
			t.Errorf("%s: %s", language, policy)
		}
	}
	w := d.ask(t, alex, "GET /v1/receipts/bundle", "language=en", nil)
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	errtest.None(t, err)
	for _, name := range []string{bundle.IndexFile, bundle.LookedFile, bundle.PagesDir + "0000000001.html"} {
		text := html.UnescapeString(string(unzipped(t, z, name)))
		if !strings.Contains(text, picture) || !strings.Contains(text, "My permissions") {
			t.Errorf("%s wears no brand", name)
		}
	}
	if beside := unzipped(t, z, "catalogues/"+strings.TrimPrefix(logo.Digest, "sha256:")+".png"); !bytes.Equal(beside, logo.PNG) {
		t.Error("the bundle lacks the logo")
	}
}

// damaged has documents, of which one cannot be read. It counts how often that was tried.
type damaged struct {
	ledger.Documents
	digest string
	err    error
	tried  int
}

func (d *damaged) Document(ctx context.Context, digest string) (ledger.Document, error) {
	if digest == d.digest {
		d.tried++
		return ledger.Document{}, d.err
	}
	return d.Documents.Document(ctx, digest)
}

// TestLostLogo: no copy of a receipt fails for want of the logo. A copy that wears none does not
// read it.
func TestLostLogo(t *testing.T) {
	for _, err := range []error{ledger.ErrNotFound, ledger.ErrUnavailable} {
		d := branded(t)
		if w := d.ask(t, alex, "POST /v1/data-requests", "", consent.RequestData{Type: "access"}, api.IdempotencyKey+": request-1"); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		documents := &damaged{d.api.Documents, d.Compiled.Logo.Digest, err, 0}
		d.api.Documents = documents
		for _, format := range []string{"text", "sd-jwt", "json"} {
			if w := d.ask(t, alex, "GET /v1/receipts/{seq}", "format="+format, nil, "seq=1"); w.Code != http.StatusOK || documents.tried > 0 {
				t.Errorf("%v: %s: %d, the logo was read %d times", err, format, w.Code, documents.tried)
			}
		}
		for _, format := range []string{"html", "pdf"} {
			if w := d.ask(t, alex, "GET /v1/receipts/{seq}", "format="+format, nil, "seq=1"); w.Code != http.StatusOK {
				t.Errorf("%v: %s: %d %s", err, format, w.Code, w.Body)
			}
		}
		w := d.ask(t, alex, "GET /v1/receipts/bundle", "language=en", nil)
		z, zipErr := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
		errtest.None(t, zipErr)
		for _, name := range []string{bundle.IndexFile, bundle.PagesDir + "0000000001.html"} {
			if text := string(unzipped(t, z, name)); !strings.Contains(text, "My permissions") || strings.Contains(text, "image/png") {
				t.Errorf("%v: %s wears a logo, or nothing", err, name)
			}
		}
		if documents.tried < 3 || !strings.Contains(d.log.String(), "a copy wears no logo") {
			t.Errorf("%v: the logo was read %d times: %s", err, documents.tried, d.log.String())
		}
	}
}

// TestLogo: anybody gets a logo by its digest, and no other document.
func TestLogo(t *testing.T) {
	d := branded(t)
	const route = "GET /v1/logos/{digest}"
	w := d.ask(t, nobody, route, "", nil, "digest="+d.Compiled.Logo.Digest)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != brand.LogoMediaType || !bytes.Equal(w.Body.Bytes(), d.Compiled.Logo.PNG) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := d.ask(t, nobody, route, "", nil, "digest="+d.Compiled.Digest); w.Code != http.StatusNotFound {
		t.Errorf("a catalogue as a logo: %d", w.Code)
	}
}

func unzipped(t *testing.T, z *zip.Reader, name string) []byte {
	t.Helper()
	f, err := z.Open(name)
	errtest.None(t, err)
	body, err := io.ReadAll(f)
	errtest.None(t, err)
	return body
}
