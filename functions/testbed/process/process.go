// Package process says what a process has used. It reads what Linux knows of it.
package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// CPU returns the processor's time of all threads of a process, to the nanosecond:
// sum_exec_runtime, the first field of /proc/<pid>/task/<thread>/schedstat. A thread that has
// ended is not in it; the Go runtime keeps its threads.
func CPU(pid int) (sum time.Duration, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err == nil && len(threads) == 0 {
		err = fmt.Errorf("process %d: %w", pid, os.ErrNotExist)
	}
	for _, thread := range threads {
		b, readErr := os.ReadFile(thread)
		if readErr != nil {
			return 0, readErr
		}
		first, _, _ := strings.Cut(string(b), " ")
		n, parseErr := strconv.ParseInt(first, 10, 64)
		if parseErr != nil {
			return 0, parseErr
		}
		sum += time.Duration(n)
	}
	return sum, err
}

// Private returns the memory that a process alone uses, in bytes: Private_Clean and
// Private_Dirty of its private mappings, as /proc/<pid>/smaps has them. A file that is mapped to
// be shared, such as that of the embedded ledger, is not in it: the system takes its pages back
// when it needs them.
func Private(pid int) (sum int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return 0, err
	}
	shared := false // the present mapping
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		switch {
		case !strings.HasSuffix(f[0], ":"): // a mapping begins: its addresses and permissions
			shared = strings.HasSuffix(f[1], "s")
		case !shared && (f[0] == "Private_Clean:" || f[0] == "Private_Dirty:"):
			kb, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return 0, err
			}
			sum += kb << 10
		}
	}
	if sum == 0 {
		err = fmt.Errorf("process %d has no private memory", pid)
	}
	return sum, err
}
