// Package process says what a process has used. It reads what Linux knows of it.
package process

import (
	"bufio"
	"bytes"
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
// Private_Dirty of /proc/<pid>/smaps_rollup. Files that are mapped to be shared, such as that of
// the embedded ledger, are not in it, because the system takes their pages back when it needs
// them.
func Private(pid int) (bytesUsed int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) == 3 && (f[0] == "Private_Clean:" || f[0] == "Private_Dirty:") {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return 0, err
			}
			bytesUsed += kb << 10
		}
	}
	if bytesUsed == 0 {
		err = fmt.Errorf("process %d: smaps_rollup has no private memory", pid)
	}
	return bytesUsed, err
}
