package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/measured"
)

// TestSynth measures how long the packages and the template take when they were made before.
// There is nothing to compare it to, so that it counts on a machine that does nothing else.
func TestSynth(t *testing.T) {
	if !*table {
		t.Skip("measures for a minute: make bench")
	}
	dir := t.TempDir()
	synth := func() (took, cpu time.Duration) {
		cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "synth", "DIST="+filepath.Join(dir, "dist"), "SYNTH="+filepath.Join(dir, "cdk.out"))
		cmd.Dir = filepath.Join("..", "..", "..")
		begin := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return time.Since(begin), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	synth()
	took, cpu := synth()
	measured.Row{What: "make synth, made before", Figure: fmt.Sprintf("%.1f s, CPU %.1f s", took.Seconds(), cpu.Seconds())}.
		Want("under 60 s", took < time.Minute).Print(t.Output())
}
