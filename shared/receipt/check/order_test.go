package check_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/registrar/registrartest"
)

// stories are receipts of the vectors: a chain, two that contradict it, parts of one, and
// one that was changed.
func stories(t testing.TB) (all []string, o check.Options) {
	o = trusted(t)
	for _, name := range []string{"01-opt-in", "02-narrow", "03-opt-out", "04-request", "05-take-back", "07-erasure", "09-refusal", "one-change-disclosed"} {
		all = append(all, genuine(t, name))
	}
	return append(all, strings.Replace(all[0], "~", "~e30~", 1), second(t, all[2], &o)), o
}

// second is another receipt of the same number, under a root of its own that is trusted too.
func second(t testing.TB, raw string, o *check.Options) string {
	verifier := receipt.NewVerifier(o.Roots...)
	rec, err := verifier.Verify(raw)
	must(t, err)
	of := registrartest.NewSigning(t, rec.Issuer, rec.Time, rand.Reader)
	issued, err := of.Issuer.Issue(t.Context(), &rec.Claims)
	must(t, err)
	o.Roots = append(o.Roots, of.Root)
	return issued.Raw
}

// asFiles writes receipts into files and folders: which is in which is drawn.
func asFiles(t *rapid.T, folder string, receipts []string) (paths []string) {
	n := rapid.IntRange(1, 4).Draw(t, "files")
	content := make([][]string, n)
	for _, raw := range rapid.Permutation(receipts).Draw(t, "order") {
		i := rapid.IntRange(0, n-1).Draw(t, "file")
		content[i] = append(content[i], raw)
	}
	write := func(path, content string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, raws := range content {
		path := filepath.Join(folder, fmt.Sprint(i))
		switch {
		case len(raws) == 0:
			continue
		case len(raws) == 1:
			path += ".sd-jwt"
			write(path, raws[0])
		case rapid.Bool().Draw(t, "folder"):
			for n, raw := range raws {
				write(filepath.Join(path, fmt.Sprintf("%d.sd-jwt", n)), raw)
			}
		default:
			path += ".sd-jwts"
			write(path, strings.Join(raws, "\n")+"\n")
		}
		paths = append(paths, path)
	}
	return paths
}

// judged is what of a report does not depend on files.
func judged(t *rapid.T, paths []string, o check.Options) check.Report {
	report, err := check.Run(context.Background(), paths, o)
	if err != nil {
		t.Fatal(err)
	}
	worst := receipt.NoReceipt
	for _, file := range report.Files {
		worst = receipt.Worst(worst, file.Verdict)
	}
	if worst != report.Verdict {
		t.Fatalf("%s, and of its files %s", report.Verdict, worst)
	}
	out := *report
	out.Files, out.Contradicting, out.Unchecked = nil, nil, nil
	return out
}

// TestOrderAndFiles: the verdict, and all that is said with it, is the same for every order
// of the same receipts, in whichever files they are. Files of no known kind change nothing.
func TestOrderAndFiles(t *testing.T) {
	all, root := stories(t)
	dir := t.TempDir()
	verdicts := map[receipt.Verdict]int{}
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		receipts := rapid.SliceOfN(rapid.SampledFrom(all), 1, 6).Draw(t, "receipts")
		o := rapid.SampledFrom([]check.Options{root, {}}).Draw(t, "roots")
		n++
		folder := filepath.Join(dir, fmt.Sprint(n))
		first := judged(t, asFiles(t, filepath.Join(folder, "a"), receipts), o)
		paths := asFiles(t, filepath.Join(folder, "b"), receipts)
		if second := judged(t, paths, o); !reflect.DeepEqual(first, second) {
			t.Fatalf("%+v\nin other files %+v", first, second)
		}
		picture := filepath.Join(folder, "picture.jpg")
		if err := os.WriteFile(picture, []byte("JFIF"), 0o600); err != nil {
			t.Fatal(err)
		}
		if third := judged(t, rapid.Permutation(append(paths, picture)).Draw(t, "with a picture"), o); !reflect.DeepEqual(first, third) {
			t.Fatalf("%+v\nwith a picture %+v", first, third)
		}
		verdicts[first.Verdict]++
	})
	for _, v := range []receipt.Verdict{receipt.Genuine, receipt.NotContiguous, receipt.Consistent, receipt.Refused, receipt.Changed} {
		if verdicts[v] == 0 && !testing.Short() { // a few draws need not find each
			t.Errorf("nothing was %s: %v", v, verdicts)
		}
	}
}
