package published_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/published/publishedtest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var update = flag.Bool("update", false, "rewrite the samples of published events")

// top is the folder of the contracts.
var top = filepath.Join("..", "..", "events")

// never are the types of event that no command leads to.
var never = []string{"reconfirmation", "reminder", "revocation", "retention"}

// life plays a person's life, in which everything happens that can be published.
type life struct {
	*publishedtest.Desk
	t *testing.T
}

func (l *life) do(role statement.Role, cmd consent.Command) {
	l.t.Helper()
	l.Now = l.Now.Add(time.Hour)
	c := consent.Context{
		Actor:    statement.Actor{Role: role},
		Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web", Copied: &statement.Copied{System: "old-crm", Record: "r-17", Attests: statement.AttestedClaimed}},
	}
	if _, err := l.Registrar.Do(l.t.Context(), ledger.Person(publishedtest.Alex), l.Now.String(), cmd, c); err != nil {
		l.t.Fatalf("%+v: %v", cmd, err)
	}
}

// choose answers purposes: "yes account-alerts no card-offers".
func choose(answers string) (choices []consent.Choice) {
	words := strings.Fields(answers)
	for i := 0; i < len(words); i += 2 {
		choices = append(choices, consent.Choice{Answer: words[i], Purpose: words[i+1]})
	}
	return choices
}

// request opens a request and takes it through acts: "deny/excessive".
func (l *life) request(kind statement.RequestType, acts ...string) {
	l.t.Helper()
	l.do(statement.RoleSubject, consent.RequestData{Type: string(kind)})
	standing, err := l.Registrar.Standing(l.t.Context(), ledger.Person(publishedtest.Alex))
	must(l.t, err)
	id := standing.Requests[len(standing.Requests)-1].ID
	for _, text := range acts {
		act, reason, _ := strings.Cut(text, "/")
		switch datarequest.Act(act) {
		case "part":
			l.do(statement.RoleAgent, consent.AddPart{ID: id, Case: "DR-1", Part: statement.Part{
				Name: "payments.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("0a", 32), Where: "at the branch",
			}})
		case "file-out":
			cmd := consent.AddPart{ID: id, Case: "DR-1", Part: statement.Part{
				Name: "letters.pdf", MediaType: "application/pdf", Digest: "sha256:" + strings.Repeat("0b", 32), Size: 7, Attached: true, Where: "here",
			}}
			l.do(statement.RoleAgent, cmd)
			l.do(statement.RoleAgent, consent.RemoveFile(cmd))
		case datarequest.Withdraw:
			l.do(statement.RoleSubject, consent.TakeBack{ID: id})
		case datarequest.Miss, datarequest.Expire:
			l.Now = l.Now.AddDate(0, 2, 0)
			l.do(statement.RoleSystem, consent.AdvanceRequest{ID: id, Act: datarequest.Act(act)})
		default:
			cmd := consent.AdvanceRequest{ID: id, Act: datarequest.Act(act), Reason: reason, Case: "DR-1", NothingHeld: act == "complete" && kind.HasParts()}
			if cmd.Act == datarequest.CompletePartly {
				cmd.Withheld = []statement.Withheld{{What: "the notes of a call", Why: reason}}
			}
			l.do(statement.RoleAgent, cmd)
		}
	}
}

// live plays it and returns the entries.
func (l *life) live() []ledger.Entry {
	l.do(statement.RoleSubject, consent.OptIn{Choices: choose("no card-offers")})
	l.do(statement.RoleSubject, consent.OptIn{Choices: choose("yes account-alerts yes card-offers no service-improvement")})
	standing, err := l.Registrar.Standing(l.t.Context(), ledger.Person(publishedtest.Alex))
	must(l.t, err)
	balances := []string{"balances"}
	for _, line := range standing.Lines {
		if line.Purpose == "account-alerts" {
			l.do(statement.RoleSubject, consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: line.ConsentID, Data: &balances}}})
		}
	}
	l.do(statement.RoleSubject, consent.Signal{})
	l.request(statement.Access, "ask-identity", "give-identity", "acknowledge", "part", "start", "extend/complexity", "complete-partly/rights-of-others")
	l.request(statement.Portability, "complete")
	l.request(statement.Rectification, "deny/not-applicable")
	l.request(statement.AccessCategories, "file-out", "withdraw")
	l.request(statement.AccessCategories, "ask-identity", "expire")
	l.request(statement.Access, "miss")
	l.Now = l.Now.AddDate(1, 0, 0)
	l.do(statement.RoleSystem, consent.Expire{})
	l.do(statement.RoleSubject, consent.Import{Language: "en", Choices: choose("yes service-improvement")})
	l.do(statement.RoleSubject, consent.OptIn{Choices: choose("yes account-alerts")})
	standing, err = l.Registrar.Standing(l.t.Context(), ledger.Person(publishedtest.Alex))
	must(l.t, err)
	newest, err := l.Registrar.Receipts(l.t.Context(), ledger.Person(publishedtest.Alex), standing.Seq, 1)
	must(l.t, err)
	annul, err := l.Registrar.Annulment(l.t.Context(), ledger.Person(publishedtest.Alex), consent.Annul{Seq: standing.Seq, Digest: newest[0].Digest, Reason: "Another customer's call."})
	must(l.t, err)
	l.do(statement.RoleAgent, annul)
	l.do(statement.RoleSubject, consent.OptOut{All: true})
	l.request(statement.Erasure, "complete")
	l.do(statement.RoleSystem, consent.Erase{})
	entries, err := l.Registrar.Store.List(l.t.Context(), ledger.Person(publishedtest.Alex), 1, 100)
	must(l.t, err)
	return entries
}

// digests are the members that differ each time, because they depend on keys that are made
// anew.
var digests = regexp.MustCompile(`"(id|prev)": "sha256:[0-9a-f]{64}"`)

// TestSamples: every type of event that can happen is published as the schema says, and
// as events/published shows it, but for the receipts' digests.
func TestSamples(t *testing.T) {
	d := publishedtest.NewDesk(t)
	d.Registrar.Rand = rand.NewChaCha8([32]byte{7})
	folder := filepath.Join(top, "published")
	shown := map[string]bool{}
	for _, e := range (&life{d, t}).live() {
		text, err := d.Events.Of(e)
		must(t, err)
		must(t, contracts.CheckJSON("published/1", text))
		var event publishedtest.Event
		must(t, json.Unmarshal(text, &event))
		if shown[event.Data.Event] {
			continue
		}
		shown[event.Data.Event] = true
		var b bytes.Buffer
		must(t, json.Indent(&b, append(text, '\n'), "", "  "))
		sample := digests.ReplaceAllStringFunc(b.String(), func(member string) string {
			seq := event.Data.Seq
			if strings.HasPrefix(member, `"prev"`) {
				seq--
			}
			name, _, _ := strings.Cut(member, ":")
			return fmt.Sprintf(`%s: "sha256:%x"`, name, sha256.Sum256([]byte(fmt.Sprint("receipt ", seq))))
		})
		must(t, contracts.CheckJSON("published/1", []byte(sample)))
		file := filepath.Join(folder, event.Data.Event+".json")
		if *update {
			must(t, os.MkdirAll(folder, 0o755))
			must(t, os.WriteFile(file, []byte(sample), 0o644))
		}
		if want, err := os.ReadFile(file); err != nil || string(want) != sample {
			t.Errorf("%s is not what is published; go test ./shared/published -update makes it anew: %v\n%s", file, err, sample)
		}
	}
	b, err := contracts.Schema("receipt/1")
	must(t, err)
	var known struct {
		Defs struct{ EventType struct{ Enum []string } } `json:"$defs"`
	}
	must(t, json.Unmarshal(b, &known))
	for _, kind := range known.Defs.EventType.Enum {
		if shown[kind] == slices.Contains(never, kind) {
			t.Errorf("%s: published %v", kind, shown[kind])
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) != len(shown) {
		t.Errorf("%d samples of %d types (%v)", len(files), len(shown), err)
	}
}

// TestVectors: an event can be made of every genuine receipt among the test vectors, and of
// no partial one.
func TestVectors(t *testing.T) {
	certificate, err := os.ReadFile(filepath.Join(top, "vectors", "root.pem"))
	must(t, err)
	block, _ := pem.Decode(certificate)
	root, err := receipt.ParseRoot(block.Bytes)
	must(t, err)
	verifier := receipt.NewVerifier(root)
	files, err := filepath.Glob(filepath.Join(top, "vectors", "good", "*.sd-jwt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		must(t, err)
		r, err := verifier.Verify(string(raw))
		must(t, err)
		events := &published.Events{Verifier: verifier, Issuer: r.Issuer}
		event, err := events.Of(ledger.Entry{Subject: ledger.Person(r.Subject), Seq: r.Seq, Receipt: string(raw)})
		if (err == nil) != r.Complete() {
			t.Errorf("%s: %v", file, err)
		}
		if err == nil {
			if err := contracts.CheckJSON("published/1", event); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
