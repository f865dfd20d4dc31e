// Package samples plays the sample invocations under events/invocations, in the order of the
// story. It serves everything that runs the functions: in this process, as real binaries, or
// in containers.
package samples

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/sweep"
)

// Sample is one event for a function, and the expected answer.
type Sample struct {
	Name   string // the name of the file without its ending: optin/get-offers
	Status int    // of a function behind the HTTP API; else 0
	Answer string // part of the answer of another function
}

// Function is the name of the function that the sample is for.
func (s Sample) Function() string { return path.Dir(s.Name) }

// Other samples need the answers of these: the offer that a later sample answers, and the
// pseudonym of the person whom others are about.
const (
	offers = "optin/get-offers"
	people = "operator/post-people"
)

var all = []Sample{
	{"provision/create", 0, `"RootFingerprint":"sha256:`},
	{"selfsign/root", 0, `"certificate":"MII`},
	{"certify/leaf", 0, `"certificate":"MII`},
	{"receipts/get-catalogue", 200, ""},
	{"receipts/get-jwks", 200, ""},
	{offers, 200, ""},
	{"optin/post-opt-in", 201, ""},
	{"receipts/get-receipt", 200, ""},
	{"receipts/get-standing", 200, ""},
	{"optout/post-signals", 201, ""},
	{"optout/post-opt-out-purpose", 201, ""},
	{"optout/post-opt-out-all", 201, ""},
	{"datarequest/post-data-requests", 201, ""},
	{"datarequest/get-data-requests", 200, ""},
	{"door/get-contact-requests", 200, ""},
	{"door/post-contact-requests", 201, ""},
	{people, 200, ""},
	{"operator/get-standing", 200, ""},
	{"operator/get-receipts", 200, ""},
	{"operator/get-receipt", 200, ""},
	{"operator/post-data-requests", 201, ""},
	{"operator/post-opt-out", 201, ""},
	{"operator/get-audit", 200, ""},
	{"receipts/get-audit", 200, ""},
	{"protocols/get-discovery", 200, ""},
	{"protocols/post-requests", 201, ""},
	{"protocols/get-request", 200, ""},
	{"protocols/delete-request", 202, ""},
	{"receipts/get-receipts", 200, ""},
	{"receipts/get-bundle", 200, ""},
	{"portal/get-home", 200, ""},
	{"portal/get-style", 200, ""},
	{"intake/opt-in", 0, `"batchItemFailures":null`},
	{"intake/opt-out", 0, `"batchItemFailures":null`},
	{"intake/data-request", 0, `"batchItemFailures":null`},
	{"intake/import", 0, `"batchItemFailures":null`},
	{"intake/batch", 0, `"batchItemFailures":null`},
	{"publish/insert", 0, `"batchItemFailures":null`},
	{"callbacks/news", 0, `"batchItemFailures":null`},
	{"sweep/tasks", 0, `"batchItemFailures":null`},
	{"republish/segment", 0, `"batchItemFailures":null`},
	{"report/day", 0, `"batchItemFailures":null`},
	{"staff/auditor", 0, `"scopesToSuppress":["consent-receipts/operator"]`},
	{"provision/delete", 0, "null"},
}

// Of lists the samples of some functions, in the order to be played in.
func Of(functions ...string) (of []Sample) {
	for _, s := range all {
		if slices.Contains(functions, s.Function()) {
			of = append(of, s)
		}
	}
	return of
}

// All lists every sample under files: those of the story in their order, then the others. Of
// these it is only known that no function fails at them.
func All(files fs.FS) ([]Sample, error) {
	names, err := fs.Glob(files, "*/*.json")
	every := slices.Clone(all)
	for _, file := range names {
		name := strings.TrimSuffix(file, ".json")
		if !slices.ContainsFunc(all, func(s Sample) bool { return s.Name == name }) {
			every = append(every, Sample{Name: name})
		}
	}
	return every, err
}

// Agenda is the event by which sweep attends to everybody with something due on the day of a
// moment: a task for each shard.
func Agenda(moment time.Time) []byte {
	var batch events.SQSEvent
	for shard := range ledger.Shards {
		task, _ := json.Marshal(sweep.Task{Work: sweep.Agenda, Day: moment.UTC().Format(time.DateOnly), Shard: shard}) // texts and numbers: cannot fail
		batch.Records = append(batch.Records, events.SQSMessage{
			MessageId: fmt.Sprint(shard), Body: string(task), EventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:ConsentReceipts-sweep",
		})
	}
	b, _ := json.Marshal(batch)
	return b
}

// Player plays samples one after the other.
type Player struct {
	Files     fs.FS  // events/invocations
	Catalogue string // digest of the catalogue in use
	// Entry returns an entry of the ledger, as sandbox.Entry does.
	Entry func(context.Context) (keys, image string, err error)

	offer, person string
}

// Play hands a sample to a function and checks the answer.
func (p *Player) Play(ctx context.Context, s Sample, invoke func(ctx context.Context, function string, event []byte) ([]byte, error)) error {
	event, err := p.event(ctx, s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	answer, err := invoke(ctx, s.Function(), event)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if s.Status == 0 {
		return s.contains(answer)
	}
	var res events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(answer, &res); err != nil || res.StatusCode != s.Status {
		return fmt.Errorf("%s: want status %d, got %.1000s", s.Name, s.Status, answer)
	}
	if s.Name != offers && s.Name != people {
		return nil
	}
	var body struct{ Offer, Person string }
	if err := json.Unmarshal([]byte(res.Body), &body); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	p.offer, p.person = cmp.Or(body.Offer, p.offer), cmp.Or(body.Person, p.person)
	return nil
}

// event returns the event of a sample, with its placeholders replaced.
func (p *Player) event(ctx context.Context, s Sample) ([]byte, error) {
	event, err := fs.ReadFile(p.Files, s.Name+".json")
	if err != nil {
		return nil, err
	}
	replaced := []string{"REPLACE-WITH-THE-OFFER", p.offer, "REPLACE-WITH-THE-PERSON", p.person, "REPLACE-WITH-THE-DIGEST", p.Catalogue}
	if s.Function() == "publish" {
		keys, image, err := p.Entry(ctx)
		if err != nil {
			return nil, err
		}
		replaced = append(replaced, `"REPLACE-WITH-THE-KEYS"`, keys, `"REPLACE-WITH-THE-ENTRY"`, image)
	}
	return []byte(strings.NewReplacer(replaced...).Replace(string(event))), nil
}

// contains looks for the expected part, however the JSON is spaced.
func (s Sample) contains(answer []byte) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, answer); err != nil {
		return fmt.Errorf("%s: %w: %.1000s", s.Name, err, answer)
	}
	if !strings.Contains(compact.String(), s.Answer) {
		return fmt.Errorf("%s: want %s, got %.1000s", s.Name, s.Answer, answer)
	}
	return nil
}
