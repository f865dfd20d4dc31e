package provision_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-lambda-go/cfn"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/provision"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// fixture is a deployment: a table, a packaged catalogue and a root key.
type fixture struct {
	*provision.Handler
	store  *dynamoledger.Store
	digest string
	day    time.Time
}

func newFixture(t *testing.T) *fixture {
	engine := dynamotest.Dynoxide(t)
	store := dynamoledger.New(engine.Client(), engine.NewTable(t))
	compiled, problems := source.Compile(sample.FS, "sample-general-hospital.yaml") // it has a logo
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	files := fstest.MapFS{provision.CatalogueFile: {Data: compiled.Canonical}}
	for digest, text := range compiled.Notices {
		files[provision.NoticesFolder+"/"+strings.TrimPrefix(digest, "sha256:")] = &fstest.MapFile{Data: text}
	}
	files[provision.LogoFile] = &fstest.MapFile{Data: compiled.Logo.PNG}
	f := &fixture{store: store, digest: compiled.Digest, day: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	f.Handler = &provision.Handler{Ledger: store, Files: files, Log: slog.New(slog.DiscardHandler)}
	f.newRootKey(t, compiled.Catalogue.Issuer)
	return f
}

// newRootKey has certify use another root key from now on.
func (f *fixture) newRootKey(t *testing.T, issuer string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	f.Root = func(context.Context) ([]byte, error) {
		f.day = f.day.AddDate(0, 0, 1) // certificates made on different days differ
		cert, err := receipt.NewRoot(key, issuer, f.day)
		if err != nil {
			return nil, err
		}
		return cert.Raw, nil
	}
}

func (f *fixture) run(t *testing.T, previous ...string) *provision.Result {
	t.Helper()
	result, err := f.Provision(t.Context(), provision.Properties{CatalogueDigest: f.digest, PreviousRoots: previous})
	must(t, err)
	return result
}

func TestProvision(t *testing.T) {
	f := newFixture(t)
	first := f.run(t)
	for name := range f.Files.(fstest.MapFS) {
		body := f.Files.(fstest.MapFS)[name].Data
		d, err := f.store.Document(t.Context(), statement.Digest(body))
		must(t, err)
		if !bytes.Equal(d.Body, body) {
			t.Errorf("%s came back with other bytes", name)
		}
	}
	if again := f.run(t); *again != *first {
		t.Errorf("another result the second time:\n%+v\n%+v", first, again)
	}
}

// TestNewRootKey: a changed root key is listed first and replaces nothing.
func TestNewRootKey(t *testing.T) {
	f := newFixture(t)
	first := f.run(t)
	f.newRootKey(t, "https://consent.sample-general-hospital.example")
	_, err := f.Provision(t.Context(), provision.Properties{CatalogueDigest: f.digest})
	if !errors.Is(err, provision.ErrRoots) || !strings.Contains(err.Error(), first.RootFingerprint) {
		t.Errorf("an earlier root that nobody named: %v", err)
	}
	second := f.run(t, first.RootFingerprint)
	if second.RootFingerprint == first.RootFingerprint || !strings.HasSuffix(second.Roots, ","+first.Roots) {
		t.Errorf("roots are now %s\nwere %s", second.Roots, first.Roots)
	}
	der, err := base64.StdEncoding.DecodeString(strings.Split(second.Roots, ",")[0])
	must(t, err)
	root, err := receipt.ParseRoot(der)
	must(t, err)
	if receipt.Fingerprint(root) != second.RootFingerprint {
		t.Error("the first of the roots is not the present one")
	}
}

// TestForeignRoot: who can write the table cannot name a root.
func TestForeignRoot(t *testing.T) {
	f := newFixture(t)
	f.run(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	forged, err := receipt.NewRoot(key, "https://consent.sample-general-hospital.example", f.day)
	must(t, err)
	must(t, f.store.PutRoot(t.Context(), receipt.Fingerprint(forged), forged.Raw))
	if _, err := f.Provision(t.Context(), provision.Properties{CatalogueDigest: f.digest}); !errors.Is(err, provision.ErrRoots) {
		t.Errorf("a forged root: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fixture)
		want   error
	}{
		"another catalogue packaged": {func(f *fixture) { f.digest = "sha256:" + strings.Repeat("0", 64) }, provision.ErrCatalogue},
		"a notice missing": {func(f *fixture) {
			for name := range f.Files.(fstest.MapFS) {
				if strings.HasPrefix(name, provision.NoticesFolder) {
					delete(f.Files.(fstest.MapFS), name)
					return
				}
			}
		}, provision.ErrCatalogue},
		"the logo missing": {func(f *fixture) { delete(f.Files.(fstest.MapFS), provision.LogoFile) }, fs.ErrNotExist},
		"another logo": {func(f *fixture) {
			f.Files.(fstest.MapFS)[provision.LogoFile] = &fstest.MapFile{Data: []byte("another")}
		}, provision.ErrCatalogue},
		"certify of another issuer": {func(f *fixture) { f.newRootKey(t, "https://other.example") }, provision.ErrCatalogue},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			test.change(f)
			if _, err := f.Provision(t.Context(), provision.Properties{CatalogueDigest: f.digest}); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// TestCloudFormation: the answer goes where CloudFormation asked for it.
func TestCloudFormation(t *testing.T) {
	f := newFixture(t)
	var answer cfn.Response
	address := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			t.Error(err)
		}
	}))
	defer address.Close()
	event := cfn.Event{
		RequestType: cfn.RequestCreate, RequestID: "1", ResponseURL: address.URL,
		ResourceProperties: map[string]any{"CatalogueDigest": f.digest, "PreviousRoots": []string{}},
	}
	_, err := f.Handle(t.Context(), event)
	must(t, err)
	if answer.Status != cfn.StatusSuccess || answer.Data["Roots"] == "" || answer.PhysicalResourceID == "" {
		t.Errorf("created: %+v", answer)
	}
	event.ResourceProperties["CatalogueDigest"] = "sha256:other"
	_, err = f.Handle(t.Context(), event)
	must(t, err)
	if answer.Status != cfn.StatusFailed || !strings.Contains(answer.Reason, "sha256:other") {
		t.Errorf("another catalogue: %+v", answer)
	}
	event.RequestType = cfn.RequestDelete
	_, err = f.Handle(t.Context(), event)
	must(t, err)
	if answer.Status != cfn.StatusSuccess {
		t.Errorf("deleted: %+v", answer)
	}
}

var must = errtest.None
