package system_test

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/ledger"
)

// engine finds a program that `make test` installs. Without it the test is
// skipped with a clear line, and where CI=true it fails.
func engine(t *testing.T, path ...string) string {
	t.Helper()
	name, err := filepath.Abs(filepath.Join(append([]string{"..", "..", ".."}, path...)...))
	must(t, err)
	if _, err := os.Stat(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing", filepath.Join(path...))
		}
		t.Skipf("%s is missing: make test installs it", filepath.Join(path...))
	}
	return name
}

// TestContract has schemathesis attack every route, from the OpenAPI document,
// on the running local server: no 5xx, every answer as documented, and nothing
// written for a request that was refused, in nobody's ledger. The routes of a contact
// have a contact's link in place of the token.
func TestContract(t *testing.T) {
	t.Parallel()
	var written, refused atomic.Int64
	var token, link string
	h := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := &watcher{ResponseWriter: w}
			if r.Header.Get("Authorization") == "Bearer "+token && strings.HasPrefix(r.URL.Path+"/", string(api.Contact)+"/") {
				r.Header.Set("Authorization", "Bearer "+link)
			}
			next.ServeHTTP(seen, r)
			switch {
			case r.Method == http.MethodGet || w.Header().Get("Idempotency-Replayed") != "":
			case r.URL.Path == api.DoorPath: // it answers with links, and writes nothing
			case seen.status == http.StatusCreated || seen.status == http.StatusOK:
				written.Add(1)
			default:
				refused.Add(1)
			}
		})
	})
	token = h.token(t, alex)
	v := &visitor{h, map[string]string{}}
	v.do(t, "POST", "/ask", url.Values{"type": {"access"}, "how": {"mail"}, "email": {system.SampleMail}})
	link = path.Base(v.linked(t))
	attack(t, h, token, "--exclude-path-regex", "^/v1/operator")
	kinds := map[ledger.Kind]int64{}
	for mark := ""; ; {
		changes, err := h.sys.API.Registrar.Store.(ledger.Changes).ChangesAfter(t.Context(), mark, 100)
		must(t, err)
		if len(changes) == 0 {
			break
		}
		for _, c := range changes {
			kinds[c.Subject.Kind()]++
			mark = c.Mark
		}
	}
	if people, contacts := kinds[ledger.KindPerson], kinds[ledger.KindContact]; len(kinds) > 2 || contacts == 0 || people+contacts != written.Load() {
		t.Errorf("%d entries of people and %d of contacts, but %d requests were answered with a receipt: %v", people, contacts, written.Load(), kinds)
	}
	t.Logf("%d commands answered with a receipt, %d refused", written.Load(), refused.Load())
	if written.Load() == 0 || refused.Load() == 0 {
		t.Error("the attack did not reach the routes that write")
	}
}

// TestContractOfStaff does the same with the routes of the staff.
func TestContractOfStaff(t *testing.T) {
	t.Parallel()
	h := serve(t)
	attack(t, h, h.token(t, system.SampleOperator), "--include-path-regex", "^/v1/operator")
}

var examples = flag.Int("examples", 20, "how many requests of a kind schemathesis makes for each route")

// attack runs schemathesis with a token.
func attack(t *testing.T, h *here, token string, which ...string) {
	t.Helper()
	schemathesis := engine(t, ".venv", "bin", "schemathesis")
	log := new(strings.Builder)
	cmd := exec.Command(schemathesis, append([]string{"run", h.Base + "/openapi.yaml", "--url", h.Base,
		"-H", "Authorization: Bearer " + token, "--checks", "all",
		// An offer that is made up, or a purpose that nobody knows, is well-formed and still
		// refused. Every route that changes something is a POST. A request that was taken
		// back can still be read.
		"--exclude-checks", "positive_data_acceptance,use_after_free",
		"--max-examples", strconv.Itoa(*examples), "--seed", "1", "--no-color", "--request-timeout", "300", // seconds: for a machine that is busy
		"--continue-on-failure"}, which...)...)
	cmd.Dir = t.TempDir()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		t.Fatalf("schemathesis: %v\n%s", err, log)
	}
}

// watcher notes the status of an answer.
type watcher struct {
	http.ResponseWriter
	status int
}

func (w *watcher) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
