package verifypage_test

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// host is a program with a browser, which does what it is asked, one thing after the other. To
// start both takes longer than most visits, so that all tests share one.
type host struct {
	start   sync.Once
	command *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	err     error
}

var chromium host

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.in != nil {
		_ = chromium.in.Close() // which ends it
		_ = chromium.command.Wait()
	}
	os.Exit(code)
}

// do has a script of testdata do a task in the browser.
func (h *host) do(t *testing.T, script string, task, into any) {
	t.Helper()
	h.start.Do(func() {
		h.command = exec.Command("node", filepath.Join("testdata", "host.mjs"))
		h.command.Stderr = os.Stderr
		out, err := h.command.StdoutPipe()
		must(t, err)
		h.in, err = h.command.StdinPipe()
		must(t, err)
		h.out, h.err = json.NewDecoder(out), h.command.Start()
	})
	must(t, h.err)
	must(t, json.NewEncoder(h.in).Encode(map[string]any{"script": script, "task": task})) // a line
	var said struct {
		Answer json.RawMessage
		Error  string
	}
	must(t, h.out.Decode(&said))
	if said.Error != "" {
		t.Fatal(said.Error)
	}
	must(t, json.Unmarshal(said.Answer, into))
}
