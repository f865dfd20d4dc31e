package inside

import (
	"bytes"
	"testing"

	"consent-receipts/shared/receipt/inside/hostile"
)

// steps reads a file and counts the bytes that were looked at or made.
func steps(file []byte) int64 {
	w := newWork(int64(len(file)))
	_, _ = read("", bytes.NewReader(file), int64(len(file)), w, func(Kind, Part) error { return nil })
	return w.done + w.scanned
}

// TestWork: for every hostile file, twice the size takes less than 2.5 times the steps, and
// the steps are bounded. It ends with the first that fails, because the next ones may take minutes. A
// test of verify.html uses the same files.
func TestWork(t *testing.T) {
	for _, file := range hostile.Files() {
		const size = 20_000
		once, twice := file.Make(size), file.Make(2*size)
		few, many := steps(once), steps(twice)
		if few > 0 && float64(many)/float64(few) > 2.5*float64(len(twice))/float64(2*len(once)) {
			t.Fatalf("%s: %d steps for %d bytes, %d for %d", file.Name, few, len(once), many, len(twice))
		}
		if most := 40 * (freeSteps + stepsPerByte*int64(len(once))); few > most {
			t.Fatalf("%s: %d steps for %d bytes, at most %d", file.Name, few, len(once), most)
		}
	}
}
