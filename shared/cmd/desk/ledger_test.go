package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/cmd/cli/clitest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// The person whom the published vectors are about, and somebody else.
const (
	person   = "cGVyc29ucGVyc29ucGVyc29ucGVyc29ucGVyc29ucGU"
	somebody = "c29tZWJvZHlzb21lYm9keXNvbWVib2R5c29tZWJvZHk"
)

// TestLedger runs testdata/ledger against a table on this machine. Each script
// finds the ledger in $LEDGER, and in it what the command `append` put there. The command
// receipt is there too, for what was saved.
func TestLedger(t *testing.T) {
	engine := dynamotest.Dynoxide(t)
	vectors, err := filepath.Abs(filepath.Join("..", "..", "..", "events", "vectors"))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "consent-receipts/shared/cmd/receipt").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "ledger"),
		Setup: func(env *testscript.Env) error {
			table := engine.NewTable(t)
			store := dynamoledger.New(engine.Client(), table)
			env.Values["store"] = store
			env.Setenv("PATH", env.Getenv("PATH")+string(filepath.ListSeparator)+bin)
			env.Setenv("VECTORS", vectors)
			env.Setenv("PERSON", person)
			env.Setenv("SOMEBODY", somebody)
			env.Setenv("TABLE", table)
			env.Setenv("LEDGER", "dynamodb://"+table+"?region=eu-west-1&endpoint="+url.QueryEscape(engine.Endpoint))
			env.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
			env.Setenv("AWS_SECRET_ACCESS_KEY", "example")
			return putRoot(store, filepath.Join(vectors, "root.pem"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": clitest.Exits, "append": appendStory},
	})
}

// damaged is a store with one entry that cannot be read.
type damaged struct {
	store
	entries, at uint64
	calls       int
}

func (d *damaged) List(_ context.Context, subject ledger.Subject, from uint64, limit int) (list []ledger.Entry, err error) {
	d.calls++
	for seq := from; seq <= d.entries && len(list) < limit; seq++ {
		if seq == d.at {
			return nil, fmt.Errorf("%w: entry %d", ledger.ErrCorrupt, seq)
		}
		list = append(list, ledger.Entry{Subject: subject, Seq: seq, Receipt: "~"})
	}
	return list, nil
}

// TestEntries: a ledger is read page by page, up to an entry that cannot be read.
func TestEntries(t *testing.T) {
	for _, c := range []struct {
		entries, at uint64
		calls       int
	}{
		{0, 0, 1}, {49, 0, 1}, {50, 0, 2}, {120, 0, 3}, {120, 1, 2}, {120, 50, 51}, {120, 51, 3}, {120, 120, 22 + 1},
	} {
		d := &damaged{entries: c.entries, at: c.at}
		seq := uint64(0)
		for stored, err := range (&personLedger{d, ledger.Person(person)}).stored(t.Context()) {
			seq++
			if err != nil || stored.Seq != seq || (stored.Err != nil) != (seq == c.at) {
				t.Errorf("%+v: %+v, %v", c, stored, err)
			}
		}
		want := c.entries
		if c.at > 0 {
			want = c.at
		}
		if seq != want || d.calls != c.calls {
			t.Errorf("%+v: %d entries in %d calls", c, seq, d.calls)
		}
	}
}

func putRoot(store *dynamoledger.Store, name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(b)
	root, err := receipt.ParseRoot(block.Bytes)
	if err != nil {
		return err
	}
	return store.PutRoot(context.Background(), receipt.Fingerprint(root), root.Raw)
}

// append SUBJECT SEQ RECEIPT: puts one of the vectors, or any text, into a slot.
func appendStory(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: append SUBJECT SEQ RECEIPT")
	}
	var seq uint64
	_, err := fmt.Sscan(args[1], &seq)
	ts.Check(err)
	raw, err := os.ReadFile(filepath.Join(ts.Getenv("VECTORS"), "good", args[2]+".sd-jwt"))
	if os.IsNotExist(err) {
		raw = []byte(args[2])
	} else {
		ts.Check(err)
	}
	ts.Check(ts.Value("store").(ledger.Store).Append(context.Background(), ledger.Entry{
		Subject: ledger.Person(args[0]), Seq: seq, Receipt: strings.TrimSuffix(string(raw), "\n"),
		Key: [32]byte{byte(seq)}, Command: [32]byte{1},
	}))
}
