package dynamoledger_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/registrar"
)

type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
func blob(b []byte) types.AttributeValue   { return &types.AttributeValueMemberB{Value: b} }

// intruder can do anything to the table.
type intruder struct {
	t *testing.T
	d *desk
}

func (i intruder) put(it attributes) {
	i.t.Helper()
	_, err := i.d.client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &i.d.table, Item: it})
	must(i.t, err)
}

func (i intruder) remove(subject string, seqs ...uint64) {
	i.t.Helper()
	for _, seq := range seqs {
		_, err := i.d.client.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: &i.d.table, Key: slot(subject, seq)})
		must(i.t, err)
	}
}

func (i intruder) read(subject string, seq uint64) attributes {
	i.t.Helper()
	return itemAt(i.t, i.d, subject, seq)
}

// change rewrites attributes of an entry; nil removes one.
func (i intruder) change(subject string, seq uint64, changes attributes) {
	i.t.Helper()
	it := i.read(subject, seq)
	i.remove(subject, seq)
	for name, v := range changes {
		if it[name] = v; v == nil {
			delete(it, name)
		}
	}
	i.put(it)
}

// crime is one thing done to the table behind the service's back, to a person
// with three entries while another has one, and what becomes of the next command.
type crime struct {
	name string
	do   func(i intruder, alice, bob string)
	want error // nil: the command goes through, from a genuine entry of that person
}

// forged is a receipt of a deployment like ours, under another root.
func crimes(forged string) []crime {
	idem := func(it attributes) types.AttributeValue { return it["idem"] }
	plain := func(s string) attributes { return attributes{"v": number("1"), "r": blob([]byte(s))} }
	return []crime{
		{"r is forged", func(i intruder, alice, _ string) { i.change(alice, 3, plain(forged)) }, registrar.ErrCorrupt},
		{"r is another person's", func(i intruder, alice, bob string) {
			i.change(alice, 3, attributes{"r": i.read(bob, 1)["r"]})
		}, registrar.ErrCorrupt},
		{"r is an earlier one's", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"r": i.read(alice, 1)["r"]})
		}, registrar.ErrCorrupt},
		{"r lacks disclosures", func(i intruder, alice, _ string) {
			rec, err := i.d.Receipt(context.Background(), ledger.Person(alice), 3)
			must(i.t, err)
			bare, _, _ := strings.Cut(rec.Raw, "~")
			i.change(alice, 3, plain(bare+"~"))
		}, registrar.ErrCorrupt},
		{"r is cut off", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"r": blob(i.read(alice, 3)["r"].(*types.AttributeValueMemberB).Value[:500])})
		}, registrar.ErrCorrupt},
		{"r has one byte more", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"r": blob(append(i.read(alice, 3)["r"].(*types.AttributeValueMemberB).Value, 0))})
		}, registrar.ErrCorrupt},
		{"r is junk", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"r": blob([]byte("junk"))}) }, registrar.ErrCorrupt},
		{"r is text", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"r": text(forged)}) }, registrar.ErrCorrupt},
		{"r is gone", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"r": nil}) }, registrar.ErrCorrupt},
		{"v says verbatim", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"v": number("1")}) }, registrar.ErrCorrupt},
		{"v is unknown", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"v": number("4")}) }, registrar.ErrCorrupt},
		{"v is a fraction", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"v": number("2.5")}) }, registrar.ErrCorrupt},
		{"v is gone", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"v": nil}) }, registrar.ErrCorrupt},
		{"idem is another", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"idem": blob(make([]byte, 31))}) }, registrar.ErrCorrupt},
		{"idem is gone", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"idem": nil}) }, registrar.ErrCorrupt},
		{"idem is an earlier one's", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"idem": idem(i.read(alice, 1))})
		}, nil},
		{"cmd is another", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"cmd": blob(bytes.Repeat([]byte{1}, 32))})
		}, nil},
		{"cmd is too long", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"cmd": blob(make([]byte, 33))}) }, registrar.ErrCorrupt},
		{"cmd is gone", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"cmd": nil}) }, registrar.ErrCorrupt},
		{"due is gone", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"due": nil}) }, nil},
		{"due is in another shard", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"due": text("2027-11-23#16")})
		}, registrar.ErrCorrupt},
		{"due is no date", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"due": text("soon")}) }, registrar.ErrCorrupt},
		{"an attribute more", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"x": text("y")}) }, nil},
		{"sk: moved ahead", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"sk": text("receipt#0000000009")}) }, registrar.ErrCorrupt},
		{"sk: an earlier one moved to the end", func(i intruder, alice, _ string) {
			i.change(alice, 1, attributes{"sk": text("receipt#0000000004")})
		}, registrar.ErrCorrupt},
		{"sk: in another form", func(i intruder, alice, _ string) {
			i.change(alice, 3, attributes{"sk": text("receipt#0000000003 ")})
		}, registrar.ErrCorrupt},
		{"sk: not an entry's", func(i intruder, alice, _ string) {
			it := i.read(alice, 1)
			it["sk"] = text("receipt#")
			i.put(it)
		}, nil},
		{"sk: two swapped", func(i intruder, alice, _ string) {
			two, three := i.read(alice, 2), i.read(alice, 3)
			two["sk"], three["sk"] = three["sk"], two["sk"]
			i.put(two)
			i.put(three)
		}, registrar.ErrCorrupt},
		{"pk: another person's entry put first in line", func(i intruder, alice, bob string) {
			it := i.read(bob, 1)
			it["pk"], it["sk"] = text("subject#"+alice), text("receipt#0000000004")
			i.put(it)
		}, registrar.ErrCorrupt},
		{"pk: another person's entry in place of the newest", func(i intruder, alice, bob string) {
			it := i.read(bob, 1)
			maps.Copy(it, slot(alice, 3))
			i.put(it)
		}, registrar.ErrCorrupt},
		{"pk: moved away", func(i intruder, alice, _ string) { i.change(alice, 3, attributes{"pk": text("subject#nobody")}) }, nil},
		{"an earlier one is gone", func(i intruder, alice, _ string) { i.remove(alice, 2) }, nil},
		{"the newest is gone", func(i intruder, alice, _ string) { i.remove(alice, 3) }, nil},
		{"all are gone", func(i intruder, alice, _ string) { i.remove(alice, 1, 2, 3) }, nil},
	}
}

// TestTampering: whatever was done to the table, nothing is signed but what
// follows from a genuine entry of that very person.
func TestTampering(t *testing.T) {
	e := dynamotest.Dynoxide(t)
	stranger, d := newDesk(t, e), newDesk(t, e)
	for _, c := range crimes(stranger.optIn(t, newSubject()).Receipt) {
		t.Run(c.name, func(t *testing.T) {
			ctx, alice, bob := t.Context(), newSubject(), newSubject()
			genuine := map[string]*registrar.Result{"": {}}
			for range 2 {
				first := d.optIn(t, alice)
				genuine[first.Digest] = first
			}
			third, err := d.Do(ctx, ledger.Person(alice), "k3", consent.OptOut{Purposes: []string{"service-improvement"}}, asPerson)
			must(t, err)
			genuine[third.Digest] = third
			d.optIn(t, bob)

			c.do(intruder{t, d}, alice, bob)

			result, err := d.Do(ctx, ledger.Person(alice), "next", consent.OptOut{Purposes: []string{"card-offers"}}, asPerson)
			if !errors.Is(err, c.want) {
				t.Fatalf("the next command: %v, want: %v", err, c.want)
			}
			_, err = d.Standing(ctx, ledger.Person(alice))
			if !errors.Is(err, c.want) {
				t.Errorf("the standing: %v, want: %v", err, c.want)
			}
			d.optIn(t, bob) // nobody else is affected
			if result == nil {
				return
			}
			before, ok := genuine[result.Claims.Prev]
			if !ok || result.Seq != before.Seq+1 {
				t.Fatalf("entry %d was built on %q, which is not genuine", result.Seq, result.Claims.Prev)
			}
			if got, want := others(t, result), others(t, before); !slices.Equal(got, want) {
				t.Errorf("the standing became %q, from %q", got, want)
			}
		})
	}
}

// others returns the lines that the next command does not touch.
func others(t *testing.T, r *registrar.Result) (lines []string) {
	t.Helper()
	for _, e := range r.Claims.Standing {
		if !bytes.Contains(e.Value, []byte(`"card-offers"`)) {
			lines = append(lines, string(e.Value))
		}
	}
	return lines
}

// TestReplay is what an intruder can do with the keys, which are not signed: have
// a genuine receipt given in answer to another command. Nothing is signed.
func TestReplay(t *testing.T) {
	ctx, d := t.Context(), newDesk(t, dynamotest.Dynoxide(t))
	alice, cmd := newSubject(), consent.OptOut{Purposes: []string{"card-offers"}}
	i := intruder{t, d}
	given := d.optIn(t, alice)
	withdrawn, err := d.Do(ctx, ledger.Person(alice), "key", cmd, asPerson)
	must(t, err)
	// the key of the command, without its digest, says that they do not belong together
	i.change(alice, 1, attributes{"idem": i.read(alice, 2)["idem"]})
	i.change(alice, 2, attributes{"idem": blob(bytes.Repeat([]byte{7}, 32))})
	if _, err := d.Do(ctx, ledger.Person(alice), "key", cmd, asPerson); !errors.Is(err, registrar.ErrMismatch) {
		t.Errorf("key moved: %v", err)
	}
	i.change(alice, 1, attributes{"cmd": i.read(alice, 2)["cmd"]})
	result, err := d.Do(ctx, ledger.Person(alice), "key", cmd, asPerson)
	must(t, err)
	if !result.Replayed || result.Receipt != given.Receipt || result.Receipt == withdrawn.Receipt {
		t.Errorf("key and command moved: %+v", result)
	}
	d.wholeChain(t, alice, 2)
}

// TestRollback: whoever deletes the newest entries takes a person back, and the
// ledger alone does not show it. The person's own receipts do.
func TestRollback(t *testing.T) {
	ctx, d := t.Context(), newDesk(t, dynamotest.Dynoxide(t))
	alice := newSubject()
	var own []string // what the person was given
	own = append(own, d.optIn(t, alice).Receipt)
	out, err := d.Do(ctx, ledger.Person(alice), "k2", consent.OptOut{All: true}, asPerson)
	must(t, err)
	own = append(own, out.Receipt)

	intruder{t, d}.remove(alice, 2)
	standing, err := d.Standing(ctx, ledger.Person(alice))
	must(t, err)
	if line := standing.Line("account-alerts", "parley"); line == nil || !line.InForce(d.Clock()) {
		t.Fatal("the withdrawal still counts")
	}
	d.wholeChain(t, alice, 1) // looks as it should

	// verify is what the command receipt verify does with files.
	verify := func(raws ...string) receipt.Verdict {
		t.Helper()
		var paths []string
		for i, raw := range raws {
			paths = append(paths, filepath.Join(t.TempDir(), fmt.Sprint(i, ".sd-jwt")))
			must(t, os.WriteFile(paths[i], []byte(raw), 0o600))
		}
		report, err := check.Run(ctx, paths, check.Options{Roots: []*x509.Certificate{d.root}})
		must(t, err)
		return report.Verdict
	}
	if got := verify(own...); got != receipt.Genuine {
		t.Errorf("the person's own receipts: %s", got)
	}
	if newest, err := d.Store.Newest(ctx, ledger.Person(alice)); err != nil || newest.Seq >= 2 {
		t.Errorf("the ledger ends at %d, the person's receipts at 2: %v", newest.Seq, err)
	}
	again, err := d.Do(ctx, ledger.Person(alice), "k3", consent.OptOut{Purposes: []string{"card-offers"}}, asPerson)
	must(t, err)
	if got := verify(append(own, again.Receipt)...); got != receipt.Refused {
		t.Errorf("two receipts with one number: %s", got)
	}
	next, err := d.Do(ctx, ledger.Person(alice), "k4", consent.OptOut{Purposes: []string{"card-offers"}}, asPerson)
	must(t, err)
	if got := verify(append(own, next.Receipt)...); got != receipt.Refused {
		t.Errorf("a receipt that does not follow from one's own: %s", got)
	}
}

// TestConcurrentWriters: 16 who write for one person at once, with and without a
// network that fails. No entry is lost, doubled or forked.
func TestConcurrentWriters(t *testing.T) {
	const writers, commands = 16, 6
	e := dynamotest.Dynoxide(t)
	for name, f := range map[string]*fault{"": nil, "answers lost": lostAnswer, "throttled": throttling} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork()
			count := 0
			n.set(func(string) *fault {
				if count++; count%5 == 0 {
					return f
				}
				return nil
			})
			d := newDesk(t, e, n.options, hasty(2))
			subject := newSubject()
			var seqs sync.Map
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := range commands {
						key := fmt.Sprint(w, "/", i)
						result, err := d.insist(t.Context(), subject, key, consent.OptOut{Purposes: []string{"card-offers"}, Reason: consent.Reason(key)})
						if err != nil {
							t.Error(err)
							return
						}
						if other, twice := seqs.LoadOrStore(result.Seq, key); twice {
							t.Errorf("%s and %s were given receipt %d", other, key, result.Seq)
						}
					}
				})
			}
			wg.Wait()
			d.wholeChain(t, subject, writers*commands)
		})
	}
}
