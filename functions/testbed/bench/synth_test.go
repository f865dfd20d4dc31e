package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
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
	missed := ""
	if took > time.Minute {
		missed = ", missed"
	}
	fmt.Printf("\nmake synth, made before: %.1f s, CPU %.1f s; target: under 60 s%s\n", took.Seconds(), cpu.Seconds(), missed)
}
