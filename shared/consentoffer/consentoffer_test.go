package consentoffer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/consentoffer"
)

// maxScript bounds the script, in bytes.
const maxScript = 20 << 10

// TestBuilt: the script is what its sources make, it is small, and it has nothing that a
// strict policy forbids or that reads text as HTML.
func TestBuilt(t *testing.T) {
	if len(consentoffer.Script) > maxScript {
		t.Errorf("the script has %d bytes, and may have %d", len(consentoffer.Script), maxScript)
	}
	forbidden := regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|parseFromString|eval|localStorage|sessionStorage|cookie|import)\b|document\.write|new Function|\.style\b|setAttribute\("style`)
	if found := forbidden.Find(consentoffer.Script); found != nil {
		t.Errorf("the script contains %s", found)
	}
	if _, err := os.Stat("../../node_modules/esbuild"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("esbuild is missing: make test installs it")
		}
		t.Skip("esbuild is missing: make test installs it")
	}
	built, err := exec.Command("node", "build.mjs", "--stdout").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(built, consentoffer.Script) {
		t.Error("consent-offer.js is not what its sources make: node shared/consentoffer/build.mjs")
	}
}

// TestDays: a person chooses among the days of the catalogue's time zone, up to the last whole one.
// An end is said as the day that it ends, an old one's in UTC.
func TestDays(t *testing.T) {
	if _, err := os.Stat("../../node_modules/esbuild"); err != nil {
		t.Skip("esbuild is missing: make test installs it")
	}
	node := exec.Command("node", "--input-type=module")
	node.Stdin = strings.NewReader(`
import { build } from 'esbuild';
const { outputFiles: [{ text }] } = await build({ entryPoints: ['src/words.js'], bundle: true, write: false, format: 'esm' });
const { dayIn, endDay, lastDay } = await import('data:text/javascript,' + encodeURIComponent(text));
for (const zone of ['America/Los_Angeles', 'UTC', 'Europe/Madrid']) console.log(dayIn(zone, new Date('2026-11-30T23:30:00Z')));
for (const [day, period] of [['2026-11-30', 'P3M'], ['2026-11-30', 'P1Y'], ['2026-12-01', 'P1W2D']]) console.log(lastDay(day, period));
for (const end of ['2027-11-28T23:00:00Z', '2027-11-29T00:00:00Z', '2027-11-29T10:00:00Z']) console.log(endDay('Europe/Madrid', end));
`)
	got, err := node.Output()
	const want = "2026-11-30\n2026-11-30\n2026-12-01\n2027-02-27\n2027-11-29\n2026-12-09\n2027-11-28\n2027-11-28\n2027-11-29\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, %q, want %q", err, got, want)
	}
}

// TestIntegrity: the documents state the digest of the script that is served.
func TestIntegrity(t *testing.T) {
	doc, err := os.ReadFile("../../docs/embed.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(doc, []byte(`integrity="`+consentoffer.Integrity()+`"`)) {
		t.Errorf("docs/embed.md does not state integrity=%q", consentoffer.Integrity())
	}
}

// TestWordsIn: the words come in the nearest language, and as English where there is none.
func TestWordsIn(t *testing.T) {
	for wanted, want := range map[string]string{"es": "es", "es-MX": "es", "en-GB": "en", "xx": "en", "": "en", "../en": "en"} {
		w := consentoffer.WordsIn(wanted)
		var texts map[string]string
		if err := json.Unmarshal(w.Texts, &texts); err != nil || w.Language != want || w.Direction != "ltr" || w.Quoted != map[string]string{"en": "“{text}”", "es": "«{text}»"}[want] || texts["offer.yes"] == "" {
			t.Errorf("%q: %s, %s, %d texts, %v", wanted, w.Language, w.Direction, len(texts), err)
		}
	}
}
