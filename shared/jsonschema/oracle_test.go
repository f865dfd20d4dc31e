package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	reference "github.com/santhosh-tekuri/jsonschema/v6"

	"consent-receipts/events"
	"consent-receipts/shared/jsonschema"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/strictjson"
)

var documents = flag.Int("documents", 5000, "how many random documents TestRandom makes of each schema")

// hot are the schemas that commands are checked against. TestRandom makes fewer documents of
// the others.
var hot = []string{"receipt/1", "presentation/1", "offer/1", "opt-in/1", "opt-out/1", "data-request/1", "signal/1", "envelope/1"}

const address = "https://schemas.invalid/schema/"

// loader gives the reference the published schemas.
type loader struct{}

func (loader) Load(url string) (any, error) {
	b, err := events.Schema(strings.TrimSuffix(strings.TrimPrefix(url, address), ".json"))
	if err != nil {
		return nil, err
	}
	return reference.UnmarshalJSON(bytes.NewReader(b))
}

// published returns the names of the published schemas.
func published(t testing.TB) (names []string) {
	t.Helper()
	files, err := fs.Glob(events.FS, "schema/*/*.json")
	must(t, err)
	for _, file := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(file, "schema/"), ".json"))
	}
	return names
}

// oracle is a schema as another, complete implementation of the specification reads it.
type oracle struct {
	name   string
	check  func(strictjson.Value) error // as this package reads it
	schema *reference.Schema
}

func oracleOf(t testing.TB, name string) *oracle {
	t.Helper()
	c := reference.NewCompiler()
	c.UseLoader(loader{})
	schema, err := c.Compile(address + name + ".json")
	must(t, err)
	return &oracle{name, func(v strictjson.Value) error { return events.Check(name, v) }, schema}
}

// first returns the first violation that the reference reports, or "". Among the members of one
// object it takes them in random order.
func (o *oracle) first(t testing.TB, document string) string {
	t.Helper()
	v, err := reference.UnmarshalJSON(strings.NewReader(document))
	must(t, err)
	err = o.schema.Validate(v)
	if err == nil {
		return ""
	}
	bad := err.(*reference.ValidationError)
	for len(bad.Causes) > 0 {
		bad = bad.Causes[0]
	}
	return fmt.Sprintf("at /%s (%s)", strings.Join(bad.InstanceLocation, "/"), strings.Join(bad.ErrorKind.KeywordPath(), "/"))
}

// compare fails unless both find the same in a strict JSON text. It returns whether it is
// valid. What this package alone refuses must be a number that is not written as an integer.
func (o *oracle) compare(t testing.TB, v strictjson.Value, document string) (valid bool) {
	t.Helper()
	ours := o.check(v)
	theirs := o.first(t, document)
	if ours == nil {
		if theirs != "" {
			t.Fatalf("%s: passed, the reference says %s, of %.2000s", o.name, theirs, document)
		}
		return true
	}
	bad, ok := ours.(*jsonschema.Violation)
	if !ok {
		t.Fatal(ours)
	}
	if excepted(v, bad) {
		return false
	}
	if place := find(v, bad.Place); place.Kind() == strictjson.Object && (bad.Keyword == "pattern" || bad.Keyword == "minLength") {
		bad = &jsonschema.Violation{Keyword: bad.Keyword} // the name of a member: the reference tells no place
	}
	for range 1000 {
		if theirs == bad.Error() {
			return false
		}
		if theirs == "" {
			break
		}
		theirs = o.first(t, document)
	}
	t.Fatalf("%s: %v, the reference says %q, of %.2000s", o.name, bad, theirs, document)
	return false
}

// excepted reports whether a violation is the named exception.
func excepted(v strictjson.Value, bad *jsonschema.Violation) bool {
	v = find(v, bad.Place)
	return (bad.Keyword == "type" || bad.Keyword == "const") &&
		v.Kind() == strictjson.Number && (v.Raw() == "-0" || strings.ContainsAny(v.Raw(), ".eE"))
}

// find returns the value at a place.
func find(v strictjson.Value, place string) strictjson.Value {
	for _, part := range strings.Split(place, "/")[1:] {
		v = at(v, part)
	}
	return v
}

// at returns the member or the element of a value.
func at(v strictjson.Value, part string) strictjson.Value {
	if member, ok := v.Member(part); ok {
		return member
	}
	i := 0
	for element := range v.Elements() {
		if fmt.Sprint(i) == part {
			return element
		}
		i++
	}
	panic("there is no " + part)
}

// TestRandom compares with the reference what becomes of random documents of every schema, as
// they are and after changes that break them in all ways.
func TestRandom(t *testing.T) {
	for _, name := range published(t) {
		n := *documents
		if testing.Short() {
			n /= 20
		}
		if !slices.Contains(hot, name) {
			n /= 5
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, g := oracleOf(t, name), newGenerator(t, 1)
			made, valid := 0, 0
			for range n {
				doc := g.document(name)
				changes := g.IntN(4) - 1 // none in half of all
				for range changes {
					g.change(doc, g.document(name))
				}
				text := doc.String()
				v, err := strictjson.Parse(text)
				if err != nil {
					if changes <= 0 {
						t.Fatalf("%v in %s", err, text)
					}
					continue
				}
				passes := o.compare(t, v, text)
				if changes <= 0 {
					made++
					if passes {
						valid++
					} else if testing.Verbose() {
						t.Log(events.Check(name, v))
					}
				}
			}
			if valid*10 < made*4 {
				t.Errorf("only %d of %d documents are valid: the generator does not follow the schema", valid, made)
			}
		})
	}
}

// TestVectors compares what becomes of the test vectors, of catalogues and of samples, each as
// every schema.
func TestVectors(t *testing.T) {
	var texts []string
	for _, folder := range []string{"vectors", "catalogue", "invocations", "published"} {
		must(t, filepath.WalkDir(filepath.Join("..", "..", "events", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			texts = append(texts, contents(string(b))...)
			return err
		}))
	}
	whole := receipts(t)
	if len(texts) < 1000 || len(whole) < 20 {
		t.Fatalf("only %d documents, and %d receipts", len(texts), len(whole))
	}
	texts = append(texts, whole...)
	for _, name := range published(t) {
		o, valid := oracleOf(t, name), 0
		for _, text := range texts {
			if v, err := strictjson.Parse(text); err == nil && o.compare(t, v, text) {
				valid++
			}
		}
		t.Logf("%s: %d of %d", name, valid, len(texts))
	}
}

// receipts returns the claims of the genuine vectors, with what they disclose in its place.
func receipts(t testing.TB) (claims []string) {
	t.Helper()
	verifier := receipt.NewVerifier()
	files, err := filepath.Glob(filepath.Join("..", "..", "events", "vectors", "good", "*.sd-jwt"))
	must(t, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		must(t, err)
		rec, err := verifier.Verify(string(raw))
		must(t, err)
		b, err := json.Marshal(rec.Claims)
		must(t, err)
		claims = append(claims, string(b))
	}
	return claims
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newGenerator(t testing.TB, seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0)), t: t, files: map[string]object{}, expressions: map[string]*syntax.Regexp{}}
}
