package dynamoledger_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/drill"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
)

// restored is a live table with two people, and a copy of it, made as DynamoDB's recovery makes
// one: every item, byte for byte.
type restored struct {
	*desk
	live, copied intruder
	anna, ben    string
	config       aws.Config
}

func restore(t *testing.T, e *dynamotest.Engine) *restored {
	t.Helper()
	r := &restored{desk: newDesk(t, e), anna: newSubject(), ben: newSubject()}
	r.config = aws.Config{Region: "eu-west-1", BaseEndpoint: &e.Endpoint, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example", "")}
	for _, person := range []string{r.anna, r.ben} {
		r.optIn(t, person)
		r.optOut(t, person, "first")
		r.optIn(t, person)
	}
	r.live, r.copied = intruder{t, r.desk}, intruder{t, &desk{table: e.NewTable(t), client: r.client}}
	pages := dynamodb.NewScanPaginator(r.client, &dynamodb.ScanInput{TableName: &r.table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		for _, item := range page.Items {
			r.copied.put(item)
		}
	}
	return r
}

// drill compares the two, and returns the findings too.
func (r *restored) drill(t *testing.T, at time.Time) (drill.Result, string) {
	t.Helper()
	verifier := receipt.NewVerifier(r.root)
	var findings []string
	d := drill.Drill{
		Live: dynamoledger.OpenWhole(r.config, r.table), Copy: dynamoledger.OpenWhole(r.config, r.copied.d.table),
		Verifier: verifier, Issuer: receipt.Roots{r.root}.Issuer(), At: at,
		Finding: func(what string) { findings = append(findings, what) },
	}
	result, err := d.Run(t.Context())
	must(t, err)
	if result.Findings != len(findings) {
		t.Errorf("%d findings, and %q", result.Findings, findings)
	}
	return result, strings.Join(findings, "\n")
}

// drills runs the restore drill on an engine: a whole copy has no finding, and each way in which
// a copy can be wrong has one.
func drills(t *testing.T, e *dynamotest.Engine) {
	t.Run("whole", func(t *testing.T) {
		r := restore(t, e)
		if got, said := r.drill(t, registrartest.Begin); got != (drill.Result{People: 2, Receipts: 6, Documents: 1}) {
			t.Errorf("%+v: %s", got, said)
		}
		r.optOut(t, r.anna, "second")
		r.optIn(t, newSubject())
		if got, said := r.drill(t, registrartest.Begin); got.Newer != 2 || got.Findings != 0 {
			t.Errorf("receipts that came after the copy: %+v: %s", got, said)
		}
		if got, said := r.drill(t, registrartest.Begin.Add(time.Hour)); got.Newer != 2 || got.Findings != 2 || strings.Count(said, "and not in the copy") != 2 {
			t.Errorf("receipts that a copy of a later moment lacks: %+v: %s", got, said)
		}
	})
	for _, c := range []struct {
		what, said string
		do         func(*restored)
	}{
		{"a receipt of somebody else", "its person is not that of its place", func(r *restored) {
			r.copied.change(r.anna, 2, attributes{"r": r.copied.read(r.ben, 2)["r"]})
		}},
		{"an earlier receipt is missing", "receipts are missing before it", func(r *restored) { r.copied.remove(r.anna, 2) }},
		{"the command of the newest was changed", "another entry in its place", func(r *restored) {
			r.copied.change(r.anna, 3, attributes{"cmd": blob(bytes.Repeat([]byte{1}, 32))})
		}},
		{"the live table was cut off", "the live table has no such entry", func(r *restored) { r.live.remove(r.anna, 3) }},
		{"the copy was cut off", "and not in the copy", func(r *restored) { r.copied.remove(r.ben, 3) }},
		{"a person is missing in the copy", "and not in the copy", func(r *restored) { r.copied.remove(r.ben, 1, 2, 3) }},
		{"no catalogue in the copy", "its catalogue is not in the copy", func(r *restored) {
			_, err := r.client.DeleteItem(r.copied.t.Context(), &dynamodb.DeleteItemInput{TableName: &r.copied.d.table, Key: attributes{
				"pk": text("document#" + r.catalogue(r.copied.t)), "sk": text("document"),
			}})
			must(r.copied.t, err)
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := restore(t, e)
			c.do(r)
			if got, said := r.drill(t, registrartest.Begin.Add(time.Hour)); got.Findings != 1 || !strings.Contains(said, c.said) {
				t.Errorf("%+v: %s", got, said)
			}
		})
	}
}

func (r *restored) optOut(t *testing.T, person, key string) {
	t.Helper()
	_, err := r.Do(t.Context(), ledger.Person(person), key, consent.OptOut{All: true}, asPerson)
	must(t, err)
}

// catalogue is the digest of the one that receipts cite.
func (r *restored) catalogue(t *testing.T) string {
	t.Helper()
	for e, err := range dynamoledger.OpenWhole(r.config, r.table).Entries(t.Context()) {
		must(t, err)
		verifier := receipt.NewVerifier(r.root)
		rec, err := verifier.Verify(e.Receipt)
		must(t, err)
		return rec.Catalogue
	}
	t.Fatal("no entry")
	return ""
}

// TestRestore restores a table of moto, which imitates the call: it copies what there is.
func TestRestore(t *testing.T) {
	config := mototest.Config(mototest.Start(t))
	client, table, copied := dynamodb.NewFromConfig(config), "ledger", "ledger-copy"
	_, err := client.CreateTable(t.Context(), dynamoledger.TableInput(table))
	must(t, err)
	item := attributes{"pk": text("roots"), "sk": text("root#1"), "der": blob([]byte{1})}
	_, err = client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
	must(t, err)
	live := dynamoledger.OpenWhole(config, table)
	at, err := live.Restore(t.Context(), copied)
	must(t, err)
	if age := time.Since(at); age < 0 || age > time.Hour {
		t.Errorf("restored as of %s", at)
	}
	if roots, err := live.Beside(copied).Roots(t.Context()); err != nil || len(roots) != 1 {
		t.Errorf("the copy has the roots %v, %v", roots, err)
	}
	if _, err := live.Restore(t.Context(), copied); err == nil {
		t.Error("a copy was restored over")
	}
	must(t, live.Beside(copied).Remove(t.Context()))
	if err := live.Beside(copied).Remove(t.Context()); err == nil {
		t.Error("the copy is still there")
	}
}
