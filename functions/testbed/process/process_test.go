package process

import (
	"os"
	"testing"
	"time"
)

// TestProcess: what this process does is seen.
func TestProcess(t *testing.T) {
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Skip("this system is not Linux, or has no /proc: ", err)
	}
	held, err := Private(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const more = 32 << 20
	block, n := make([]byte, more), 0
	for spent := before; spent < before+50*time.Millisecond; n++ {
		block[n*4096%more] = 1
		if n > more/4096 {
			if spent, err = CPU(os.Getpid()); err != nil {
				t.Fatal(err)
			}
		}
	}
	after, err := Private(os.Getpid())
	if err != nil || after < held+more/2 {
		t.Errorf("%d bytes, and with %d more %d, %v", held, more, after, err)
	}
	if _, err := CPU(-1); err == nil {
		t.Error("a process that does not exist has used the processor")
	}
	if _, err := Private(-1); err == nil {
		t.Error("a process that does not exist has memory")
	}
	_ = block[0]
}
