package intake_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"pgregory.net/rapid"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/registrar/registrartest"
)

// trusting is the sample catalogue, with a producer's word enough for every yes.
func trusting(t testing.TB) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	must(t, fs.WalkDir(sample.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(sample.FS, path)
		files[path] = &fstest.MapFile{Data: bytes.ReplaceAll(b, []byte("opt_in: authenticated"), []byte("opt_in: claimed"))}
		return err
	}))
	return files
}

// TestOrder: whatever happened before the first of a backlog is recorded, the
// order of delivery, the batches and repetitions make no difference to what is in
// force in the end.
func TestOrder(t *testing.T) {
	d := deskOn(t, registrartest.Ledger(t), trusting(t))
	purposes := []string{"account-alerts", "card-offers", "service-improvement"}
	person := 0
	rapid.Check(t, func(r *rapid.T) {
		person++
		// seconds before opening at which the opt-ins count, no two the same
		moments := rapid.SliceOfNDistinct(rapid.IntRange(1, 3600), 1, 8, rapid.ID[int]).Draw(r, "moments")
		backlog := func(name string) (out []events.SQSMessage) {
			for i, before := range moments {
				counts := opened.Add(-time.Duration(before) * time.Second)
				happened, sent := counts, opened
				if i%2 == 0 { // a clock ahead: the queue's counts
					happened, sent = opened.Add(30*time.Second), counts
				}
				answers := ""
				for n, p := range purposes {
					switch (before + i*n) % 3 {
					case 0:
						answers += fmt.Sprintf(`,{"purpose":%q,"answer":"yes","until":"2027-%02d-01"}`, p, 1+before%4)
					case 1:
						answers += fmt.Sprintf(`,{"purpose":%q,"answer":"yes","resources":[{"id":"a%d"}]}`, p, before)
					}
				}
				if answers == "" {
					continue
				}
				m := message(name, envelopeAt(fmt.Sprint("yes", i), "opt-in", name,
					`{"choices":[`+answers[1:]+`],"evidence":{"claimed":{"acr":"card"}}}`, happened))
				m.Attributes["SentTimestamp"] = millis(sent)
				out = append(out, m)
			}
			return out
		}
		nos := rapid.SliceOfN(rapid.SampledFrom([]string{
			`opt-out {"purposes":["card-offers"]}`, `opt-out {"purposes":["account-alerts","telepathy"]}`, `opt-out {"all":true}`,
			`opt-in {"choices":[{"purpose":"service-improvement","answer":"no"}]}`, `data-request {"type":"access"}`,
		}), 0, 2).Draw(r, "nos")

		var inForce [2]string
		for side := range inForce {
			name := fmt.Sprintf("person-%d-%d", person, side)
			all := backlog(name)
			for i, no := range nos {
				var kind, data string
				_, err := fmt.Sscanf(no, "%s %s", &kind, &data)
				must(t, err)
				all = append(all, message(name, envelope(fmt.Sprint("no", i), kind, name, data)))
			}
			again := rapid.IntRange(0, len(all)).Draw(r, "again")
			all = rapid.Permutation(append(all, all[:again]...)).Draw(r, "order")
			for batch := range slices.Chunk(all, rapid.IntRange(1, 10).Draw(r, "batch")) {
				if back := d.deliver(t, batch...); back != nil {
					r.Fatalf("%v come back", back)
				}
			}
			inForce[side] = d.inForce(t, name)
		}
		if inForce[0] != inForce[1] {
			r.Errorf("one order gave %s\nanother one     %s", inForce[0], inForce[1])
		}
	})
	if len(d.dead.sent) > 0 {
		t.Errorf("refused: %+v", d.dead.sent[0])
	}
}
