package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// reach says what a program or a package may link, through whatever it imports. What is
// allowed is named for packages of this module; what is forbidden, by a prefix, for all.
var reach = []struct {
	of     []string // packages, below the module
	tests  bool     // their tests too
	only   []string // the packages of this module that they may link; nil: any
	never  []string // prefixes
	reason string
}{
	{of: []string{"shared/statement"}, only: []string{"shared/period"}, never: network,
		reason: "what receipts state is plain data"},
	{of: []string{"shared/brand"}, only: []string{"shared/statement", "shared/period"}, never: network,
		reason: "what pages wear says nothing of consents"},
	{of: []string{"shared/wording"}, only: []string{"shared/period"}, never: network,
		reason: "words are asked for by everybody, and know nobody"},
	{of: []string{"shared/strictjson", "shared/freetext", "shared/pseudonym", "shared/period"}, tests: true, only: contracts, never: network,
		reason: "each is one rule, and stands alone"},
	{of: contracts, only: contracts, never: network,
		reason: "the published schemas, and what checks against them, know nobody"},
	{of: verifier, only: slices.Concat([]string{"shared/statement", "shared/period"}, contracts, verifier), never: network,
		reason: "what strangers must trust is small: it knows neither what decides, nor what keeps, nor what draws"},
	{of: []string{"shared/cmd/receipt", "shared/cmd/cli"}, never: network, reason: "the command that anybody checks with is offline by construction"},
	{of: []string{"shared/api"}, never: network, reason: "the API's types are plain data: its client alone asks"},
	{of: offline, never: network, reason: "decisions and verification are offline"},
	{of: slices.Concat(verifier, offline), tests: true, never: []string{"github.com/aws/"}, reason: "the domain knows no cloud"},
	{of: []string{"shared/consent", "shared/consent/catalogue", "shared/datarequest"}, never: []string{module + "shared/receipt", module + "shared/ledger", module + "shared/registrar"},
		reason: "decisions know neither their envelope nor their storage"},
	{of: []string{"functions/local"}, never: []string{"github.com/aws/aws-sdk-go-v2", module + "functions/testbed"},
		reason: "what runs on one machine asks no cloud, and needs no tests"},
	{of: []string{"shared/ledger"}, only: []string{"shared/statement", "shared/period"}, never: network,
		reason: "a port knows none of its stores"},
}

// network is what is linked by whatever speaks over one.
var network = []string{"net/http", "crypto/tls", "github.com/aws/"}

// contracts are the published schemas, and the packages that check against them.
var contracts = []string{"events", "shared/jsonschema", "shared/strictjson"}

// verifier are the packages that check what somebody has.
var verifier = []string{"shared/receipt", "shared/receipt/sdjwt", "shared/receipt/chained", "shared/receipt/looks", "shared/receipt/manifest", "shared/receipt/inside", "shared/receipt/check"}

// offline are packages that decide, make, keep and translate, on one machine.
var offline = []string{
	"shared/consent", "shared/consent/catalogue", "shared/consent/catalogue/source", "shared/consent/catalogue/draft", "shared/datarequest", "shared/exchange", "shared/exchange/inbound",
	"shared/receipt/page", "shared/receipt/pdf", "shared/receipt/bundle", "shared/ledger", "shared/ledger/bolt", "shared/journal", "shared/audit", "shared/casefile", "shared/docket",
	"shared/registrar", "shared/opendsr", "shared/drp", "shared/publicurl", "shared/counter",
}

// TestReach holds every package to what it may link, by the go command's own list.
func TestReach(t *testing.T) {
	imports := listed(t)
	for _, rule := range reach {
		for _, of := range rule.of {
			roots := []string{module + of}
			if rule.tests {
				roots = append(roots, module+of+".test")
			}
			if imports[roots[0]] == nil {
				t.Errorf("there is no package %s", of)
			}
			for _, linked := range linkedBy(imports, roots...) {
				house, ours := strings.CutPrefix(linked, module)
				if ours && rule.only != nil && house != of && !slices.Contains(rule.only, house) {
					t.Errorf("%s links %s: %s", of, house, rule.reason)
				}
				for _, prefix := range rule.never {
					if linked == prefix || strings.HasPrefix(linked, strings.TrimSuffix(prefix, "/")+"/") {
						t.Errorf("%s links %s: %s", of, linked, rule.reason)
					}
				}
			}
		}
	}
}

// listed maps each package, and each test of one, to what it imports.
func listed(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-test", "-json=ImportPath,Imports", "./events/...", "./shared/...", "./functions/local")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return imports
		}
		if err != nil {
			t.Fatal(err)
		}
		imports[p.ImportPath] = append(p.Imports, "")
	}
}

// linkedBy are all packages that the roots come to, by their plain paths.
func linkedBy(imports map[string][]string, roots ...string) (all []string) {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if path == "" || seen[path] {
			return
		}
		seen[path] = true
		plain, _, _ := strings.Cut(path, " [") // a package as a test has it compiled
		if !slices.Contains(roots, plain) && !strings.HasSuffix(plain, ".test") && !strings.HasSuffix(plain, "_test") {
			all = append(all, plain)
		}
		for _, next := range imports[path] {
			visit(next)
		}
	}
	for _, root := range roots {
		visit(root)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
