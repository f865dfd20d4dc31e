// Package layout holds the test of the rules that keep the tree easy to read: who may import
// what, and how a package may be named.
package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "consent-receipts/"

// rules say where an import may stand. A file breaks a rule when the import
// begins with the prefix and the file lies in none of the folders, or in one of
// those that are closed.
var rules = []struct {
	prefix string
	only   []string // folders that may import it; empty: any
	never  []string // folders that may not
	why    string
}{
	{"github.com/aws/aws-lambda-go", []string{"functions/"}, nil, "the Lambda runtime is a transport"},
	{"github.com/aws/aws-sdk-go-v2", []string{"shared/aws/", "functions/internal/boot/", "functions/testbed/bench/", "functions/testbed/scale/", "infra/prove/"}, nil, "adapters and wiring alone speak to AWS, and what tries an account"},
	{"github.com/aws/aws-sdk-go-v2/config", []string{"shared/aws/keys/operator/", "shared/aws/ledgerurl/", "infra/prove/"}, nil, "a function reads its environment: the loader's packages would cost it start-up time"},
	{module + "shared/aws/keys/operator", []string{"functions/protocols/csr/"}, nil, "an operator's command is no function"},
	{"github.com/aws/aws-cdk-go", []string{"infra/"}, []string{"infra/functions/"}, "the stack is defined in one place"},
	{"github.com/aws/constructs-go", []string{"infra/"}, []string{"infra/functions/"}, "the stack is defined in one place"},
	{module + "functions/", []string{"functions/", "infra/deploytest/"}, nil, "shared code knows nothing of its functions"},
	{module + "functions/local", []string{"functions/local/", "functions/testbed/"}, nil, "nothing of the laptop is deployed"},
	{module + "functions/testbed", []string{"functions/testbed/", "infra/deploytest/"}, nil, "nothing of the testbed is deployed, nor needed by serve and demo"},
	{module + "infra", []string{"infra/", "functions/testbed/"}, nil, "what is deployed knows nothing of its deployment"},
	{module + "shared/registrar", nil, []string{"shared/consent/", "shared/datarequest/", "shared/receipt/", "shared/ledger/", "shared/exchange/"}, "the domain does not know its service"},
	{module + "shared/ledger", nil, []string{"shared/consent/", "shared/datarequest/", "shared/receipt/", "shared/exchange/"}, "the domain does not know storage"},
	{module + "shared/receipt", nil, []string{"shared/consent/", "shared/datarequest/", "shared/ledger/"}, "decisions do not know their envelope"},
	{module + "shared/exchange", nil, []string{"shared/consent/", "shared/datarequest/", "shared/receipt/", "shared/ledger/", "shared/registrar/"}, "receipts do not know other systems' formats"},
	{"github.com/piprate/json-gold", nil, []string{"shared/", "functions/", "infra/"}, "a JSON-LD processor checks what is written; it is not needed to write it"},
	{"github.com/santhosh-tekuri/jsonschema", nil, []string{"events/", "shared/", "functions/", "infra/"}, "another implementation of JSON Schema is the oracle of tests; nothing that runs links it"},
	{"net/http", nil, []string{"shared/consent/", "shared/datarequest/", "shared/receipt/", "shared/ledger/", "shared/registrar/", "shared/exchange/", "shared/opendsr/", "shared/drp/", "shared/publicurl/"}, "verification and decisions are offline"},
}

var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "base"}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		if d.IsDir() {
			if base := d.Name(); strings.HasPrefix(base, ".") && base != ".." || base == "node_modules" || base == "cdk.out" {
				return fs.SkipDir
			}
			if slices.Contains(vague, d.Name()) {
				t.Errorf("%s: a package is named for what it is about", rel)
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		files++
		checkFile(t, name, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files seen: the walk went wrong", files)
	}
}

func checkFile(t *testing.T, name, rel string) {
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(source), "\n"); lines > 400 && !strings.HasSuffix(rel, "_test.go") {
		t.Errorf("%s: %d lines are usually two files", rel, lines)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	test := strings.HasSuffix(rel, "_test.go")
	for _, spec := range file.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		for _, r := range rules {
			if imported != r.prefix && !strings.HasPrefix(imported, strings.TrimSuffix(r.prefix, "/")+"/") {
				continue
			}
			in := func(folder string) bool { return strings.HasPrefix(path.Dir(rel)+"/", folder) }
			if (r.only != nil && !slices.ContainsFunc(r.only, in)) || (!test && slices.ContainsFunc(r.never, in)) {
				t.Errorf("%s imports %s: %s", rel, imported, r.why)
			}
		}
	}
}
