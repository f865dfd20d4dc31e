package bench

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"testing"
	"time"

	"consent-receipts/functions/testbed/runtime"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/infra/functions"
)

const megabyte = 1e6

// These floors are functions of package floor.
const (
	empty        = "(empty function)"
	dynamodbOnly = "(DynamoDB client only)"
)

// maxZip is the largest allowed size of a function's package, in bytes. A package that draws,
// or speaks protocols, may be larger.
const maxZip int64 = 5 * megabyte

var heavier = map[string]int64{"portal": 8 * megabyte, "receipts": 8 * megabyte, "protocols": 6 * megabyte, "callbacks": 6 * megabyte}

var repository = filepath.Join("..", "..", "..")

// buildFloors builds the floors as `make package` builds the functions, and returns
// the binaries by name.
func buildFloors(t testing.TB, arch string) map[string]string {
	dir, built := t.TempDir(), map[string]string{}
	for name, folder := range map[string]string{empty: "empty", dynamodbOnly: "dynamodb"} {
		built[name] = filepath.Join(dir, folder, "bootstrap")
		command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=",
			"-o", built[name], "./floor/"+folder)
		command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return built
}

// packageSizes are the sizes of the packages for arm64, as ZIP files, in bytes.
func packageSizes(t testing.TB) map[string]int64 {
	dist := t.TempDir()
	command := exec.Command("make", "--no-print-directory", "package", "ARCH=arm64", "DIST="+dist)
	command.Dir = repository
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sizes := map[string]int64{}
	for name, binary := range buildFloors(t, "arm64") {
		sizes[name] = zipped(t, filepath.Dir(binary))
	}
	for _, name := range functions.Names() {
		sizes[name] = zipped(t, filepath.Join(dist, name))
	}
	return sizes
}

// counter counts what is written.
type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func zipped(t testing.TB, folder string) int64 {
	var size counter
	w := zip.NewWriter(&size)
	must(t, w.AddFS(os.DirFS(folder)))
	must(t, w.Close())
	return int64(size)
}

const initRounds = 30

// initTimes are the medians of the times that the functions need until they ask for
// their first event. All take turns, so that whatever else the machine does meets
// all alike.
func initTimes(t testing.TB, stack *runtimetest.Stack) map[string]time.Duration {
	binaries := buildFloors(t, goruntime.GOARCH)
	for _, name := range functions.Names() {
		binaries[name] = stack.Binary(name)
	}
	each := map[string][]time.Duration{}
	for range initRounds {
		for name, binary := range binaries {
			f, err := runtime.Start(t.Context(), binary, stack.Env(nil), io.Discard)
			must(t, err)
			each[name] = append(each[name], f.Init)
			must(t, f.Close())
		}
	}
	medians := map[string]time.Duration{}
	for name, times := range each {
		slices.Sort(times)
		medians[name] = times[len(times)/2]
	}
	return medians
}
