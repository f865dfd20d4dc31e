package check_test

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/measured"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
)

var vectors = filepath.Join("..", "..", "..", "events", "vectors")

var must = errtest.None

func trusted(t testing.TB) check.Options {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, "root.pem"))
	must(t, err)
	roots, err := receipt.ParseRoots(b)
	must(t, err)
	return check.Options{Roots: roots}
}

func genuine(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, "good", name+".sd-jwt"))
	must(t, err)
	return string(b)
}

// TestMemory: of each receipt little is held until all are known: its head, and where it was.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped with -short: the race detector keeps memory of its own")
	}
	peak := func(n int) (most uint64) {
		name := filepath.Join(t.TempDir(), "many.sd-jwts")
		f, err := os.Create(name)
		must(t, err)
		w := bufio.NewWriter(f)
		line := genuine(t, "03-opt-out") + "\n"
		for range n {
			_, err := w.WriteString(line)
			must(t, err)
		}
		must(t, w.Flush())
		must(t, f.Close())
		o := trusted(t)
		done := 0
		o.Each = func(r check.Result) {
			if done++; done%(n/10) == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		report, err := check.Run(context.Background(), []string{name}, o)
		must(t, err)
		if report.Checked != n || report.Refused != 0 {
			t.Fatalf("%+v", report)
		}
		return most
	}
	few, many := peak(500), peak(5000)
	each := (float64(many) - float64(few)) / 4500
	const most = 200
	measured.Row{What: "memory of checking a folder, for each receipt", Figure: fmt.Sprintf("%.0f bytes: at its peak %d KB for 500, %d KB for 5,000", each, few>>10, many>>10)}.
		Want(fmt.Sprintf("at most %d bytes", most), each <= most).Print(t.Output())
	if each > most {
		t.Errorf("%.0f bytes are held of each receipt, want at most %d", each, most)
	}
}

// TestHostileBundles are refused, or read within bounds.
func TestHostileBundles(t *testing.T) {
	write := func(name string, fill func(*zip.Writer)) string {
		path := filepath.Join(t.TempDir(), name)
		f, err := os.Create(path)
		must(t, err)
		z := zip.NewWriter(f)
		fill(z)
		must(t, z.Close())
		must(t, f.Close())
		return path
	}
	entry := func(z *zip.Writer, name, content string) {
		w, err := z.Create(name)
		must(t, err)
		_, err = w.Write([]byte(content))
		must(t, err)
	}
	bomb := write("bomb.zip", func(z *zip.Writer) {
		entry(z, "receipts/0000000001.sd-jwt", strings.Repeat("A", 64<<20))
		entry(z, "root.pem", "")
	})
	report, err := check.Run(context.Background(), []string{bomb}, trusted(t))
	must(t, err)
	if report.Verdict != receipt.Refused || report.Checked != 0 || report.Files[0].Err == nil {
		t.Errorf("bomb: %+v", report)
	}
	climbing := write("climbing.zip", func(z *zip.Writer) { entry(z, "../../receipts/0000000001.sd-jwt", genuine(t, "01-opt-in")) })
	if report, err := check.Run(context.Background(), []string{climbing}, trusted(t)); err != nil || report.Verdict != receipt.Refused {
		t.Errorf("climbing: %+v, %v", report, err)
	}
	notZip := filepath.Join(t.TempDir(), "not.zip")
	must(t, os.WriteFile(notZip, []byte("PK\x03\x04"), 0o600))
	if report, err := check.Run(context.Background(), []string{notZip}, trusted(t)); err != nil || report.Verdict != receipt.Refused {
		t.Errorf("not a zip: %+v, %v", report, err)
	}
	foreign := write("foreign.zip", func(z *zip.Writer) {
		entry(z, "1.sd-jwt", genuine(t, "01-opt-in"))
		entry(z, "tls/fullchain.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	})
	report, err = check.Run(context.Background(), []string{foreign}, trusted(t))
	must(t, err)
	if report.Verdict != receipt.Genuine || len(report.Unchecked) != 1 {
		t.Errorf("certificates of something else: %+v", report)
	}
	badRoot := write("bad-root.zip", func(z *zip.Writer) {
		entry(z, "root.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	})
	if _, err := check.Run(context.Background(), []string{badRoot}, trusted(t)); !errors.Is(err, receipt.ErrRoot) {
		t.Errorf("a bad root: %v", err)
	}
}

// TestCancelled: an interrupted check ends at once.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := trusted(t)
	o.Each = func(check.Result) { cancel() }
	if _, err := check.Run(ctx, []string{filepath.Join(vectors, "good")}, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestPipe: a page from a pipe can be read only once, and its visible text is available
// nevertheless.
func TestPipe(t *testing.T) {
	page := "<html>" + genuine(t, "01-opt-in")
	r, w, err := os.Pipe()
	must(t, err)
	defer func() { must(t, r.Close()) }()
	go func() {
		_, err := w.WriteString(page)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Error(err)
		}
	}()
	var shown string
	options := trusted(t)
	options.Each = func(result check.Result) { shown = string(result.Shown) }
	report, err := check.Run(context.Background(), []string{fmt.Sprintf("/dev/fd/%d", r.Fd())}, options)
	must(t, err)
	if report.Verdict != receipt.Genuine || shown != page {
		t.Errorf("%+v, and of the page %d bytes", report, len(shown))
	}
}
