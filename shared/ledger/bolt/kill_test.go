package bolt

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

const (
	killEnv      = "LEDGER_BOLT_WRITE_INTO" // makes the test binary the process to be killed
	killRounds   = 8
	killWrites   = 1000
	killSubjects = 8
)

func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		if err := appendUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// killEntry is the entry that any process writes into this slot.
func killEntry(subject int, seq uint64) ledger.Entry {
	digest := func(what string) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "%s %d %d", what, subject, seq)) }
	pseudonym := sha256.Sum256(fmt.Appendf(nil, "subject %d", subject))
	receipt := digest("receipt")
	return ledger.Entry{
		Subject: ledger.Person(base64.RawURLEncoding.EncodeToString(pseudonym[:])),
		Seq:     seq,
		Receipt: strings.Repeat(base64.RawURLEncoding.EncodeToString(receipt[:]), 1+int(receipt[0])),
		Key:     digest("key"),
		Command: digest("command"),
	}
}

// appendUntilKilled continues after the last killed process, with a goroutine per subject,
// and prints the acknowledged writes.
func appendUntilKilled(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	var wg sync.WaitGroup
	var errs [killSubjects]error
	for subject := range killSubjects {
		wg.Go(func() { errs[subject] = appendAndPrint(s, subject) })
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

func appendAndPrint(s *Store, subject int) error {
	ctx := context.Background()
	newest, err := s.Newest(ctx, killEntry(subject, 1).Subject)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	for n := range uint64(killWrites / killSubjects) {
		seq := newest.Seq + 1 + n
		if err := s.Append(ctx, killEntry(subject, seq)); err != nil {
			return err
		}
		fmt.Fprintf(os.Stdout, "%d %d\n", subject, seq) // one write, not buffered
	}
	return nil
}

// TestKill kills a process in the middle of 1,000 writes, and then the next one. Every
// acknowledged write must be there, and the changes must match the entries exactly. The test
// cannot imitate a power failure: the system's cache outlives the process.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped with -short: a process that is killed tells nobody what the race detector saw")
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var acknowledged [killSubjects]uint64
	for range killRounds {
		writeAndKill(t, path, 1+r.IntN(killWrites-1), time.Duration(r.IntN(2000))*time.Microsecond, &acknowledged)
		checkAfterKill(t, path, &acknowledged)
	}
}

// writeAndKill kills the process some time after so many acknowledgements.
func writeAndKill(t *testing.T, path string, after int, delay time.Duration, acknowledged *[killSubjects]uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	read := 0
	for { // includes the output that the pipe still holds after the process ended
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var subject int
		var seq uint64
		if _, err := fmt.Sscanf(line, "%d %d\n", &subject, &seq); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		acknowledged[subject] = seq
		if read++; read == after {
			time.Sleep(delay)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if read < after {
		t.Fatalf("the process ended after %d writes by itself: %v", read, err)
	}
	t.Logf("killed after %d acknowledged writes (%v)", read, err)
}

func checkAfterKill(t *testing.T, path string, acknowledged *[killSubjects]uint64) {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	told := changesOf(t, s)
	for subject := range acknowledged {
		last := acknowledged[subject]
		next := killEntry(subject, last+1) // the one that was under way
		list, err := s.List(t.Context(), next.Subject, 1, killRounds*killWrites)
		if err != nil {
			t.Fatal(err)
		}
		if n := uint64(len(list)); n != last && n != last+1 {
			t.Fatalf("subject %d: %d entries after %d were acknowledged", subject, n, last)
		}
		if !slices.Equal(told[next.Subject], list) {
			t.Fatalf("subject %d: %d entries, and told are others, %d", subject, len(list), len(told[next.Subject]))
		}
		for i, e := range list {
			if e != killEntry(subject, uint64(i)+1) {
				t.Fatalf("subject %d: entry %d is not the one that was written", subject, i+1)
			}
			if got, err := s.ByKey(t.Context(), e.Subject, e.Key); err != nil || got != e {
				t.Fatalf("subject %d: entry %d is not found by its key: %v", subject, i+1, err)
			}
		}
		if err := s.Append(t.Context(), next); err != nil {
			t.Fatalf("subject %d: entry %d again: %v", subject, next.Seq, err)
		}
		if err := s.Append(t.Context(), ledgertest.Entry(next.Subject, next.Seq)); !errors.Is(err, ledger.ErrConflict) {
			t.Fatalf("subject %d: another entry %d: %v", subject, next.Seq, err)
		}
		acknowledged[subject] = next.Seq
	}
}

// changesOf are the entries that the changes tell of, in their order.
func changesOf(t *testing.T, s *Store) map[ledger.Subject][]ledger.Entry {
	t.Helper()
	all := map[ledger.Subject][]ledger.Entry{}
	for mark := ""; ; {
		page, err := s.ChangesAfter(t.Context(), mark, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		for _, c := range page {
			mark, all[c.Subject] = c.Mark, append(all[c.Subject], c.Entry)
		}
	}
}
