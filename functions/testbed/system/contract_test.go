package system_test

import (
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"consent-receipts/functions/local/system"
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
// written for a request that was refused.
func TestContract(t *testing.T) {
	t.Parallel()
	var written, refused atomic.Int64
	h := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := &watcher{ResponseWriter: w}
			next.ServeHTTP(seen, r)
			switch {
			case r.Method == http.MethodGet || w.Header().Get("Idempotency-Replayed") != "":
			case strings.HasPrefix(r.URL.Path, "/v1/contact-request"): // of nobody with an account
			case seen.status == http.StatusCreated || seen.status == http.StatusOK:
				written.Add(1)
			default:
				refused.Add(1)
			}
		})
	})
	token := h.token(t, alex)
	attack(t, h, token, "--exclude-path-regex", "^/v1/operator")
	if got := h.standing(t, token).Seq; int64(got) != written.Load() {
		t.Errorf("%d entries, but %d requests were answered with a receipt", got, written.Load())
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
