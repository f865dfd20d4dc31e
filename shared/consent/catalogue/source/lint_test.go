package source_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
)

const name = "first-example-bank.yaml"

// houseRule is a rule of the operator's own, and the holidays that it follows.
func houseRule(name, answer string) string {
	return "  holidays: [ES]\n  own:\n    " + name + `:
      law: Our promise
      read: "2026-11-24"
      advice: not legal advice
      complaint: Promise 9
      clauses:
        - types: [access]
          source: Promise 1
          answer: {` + answer + `}
          identity: clock-runs
          deny: [excessive]`
}

// TestMistakes makes one mistake at a time in the sample: the problem says
// where, what, and what to do.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		old, new string // the replaced text, and its replacement
		message  string // part of the problem
		at       string // text on the line that the problem names; "": the new text
	}{
		{"version: 1", "version: 2", "version is not 1", ""},
		{"issuer: https://consent.first-example-bank.example ", "issuer: http://bank.example ", "issuer is not an https origin", ""},
		{"issuer: https://consent.first-example-bank.example ", "issuer: https://bank.example/path ", "issuer is not an https origin", ""},
		{"namespace: first-example-bank ", "namespace: First Bank ", "identity has no namespace", ""},
		{"claim: sub ", "claim: '' ", "identity has no claim", ""},
		{"controller: bank\n", "controller: nobody\n", `the controller "nobody" is not among the parties`, ""},
		{"    email: privacy@first-example-bank.example\n", "", "the controller has no e-mail address", "  bank:"},
		{"    phone: \"+1 202 555 0111\"\n", "", "the controller has no phone number", "  bank:"},
		{"role: controller", "role: recipient", "the controller's role is not controller", ""},
		{"role: recipient", "role: friend", "party parley has no role, or an unknown one", ""},
		{"languages: [en, es]", "languages: [en, es, fr]", `label of data balances: no text in "fr"`, "label:"},
		{"languages: [en, es]", "languages: []", "no languages", ""},
		{"languages: [en, es]", "languages: [en, es, Klingon!]", "is no language tag", ""},
		{"label: {en: Checking-account balances, es: Saldos de la cuenta corriente}", "label: {en: Balances}", `label of data balances: no text in "es"`, ""},
		{"label: {en: Checking-account balances, es", "label: {en: Balances, de: Salden, es", `"de" is not among the languages`, ""},
		{"label: {en: Checking-account balances, es", `label: {en: "Checking\u202e-account balances", es`, "a text holds control characters, or", "label:"},
		{"label: {en: Checking-account balances, es", "label: {en: " + strings.Repeat("b", 81) + ", es", "the label of data balances has 81 characters, at most 80", "label:"},
		{"name: Parley Messenger", "name: " + strings.Repeat("é", 81), "the name of party parley has 81 characters, at most 80", ""},
		{"pii_type: pd:BankAccount", "pii_type: money", "data balances has no pii_type", ""},
		{"recipients: [bank]", "recipients: [bnak]", `nobody defined the recipient "bnak"`, ""},
		{"recipients: [bank]", "recipients: []", "has no recipients", ""},
		{"recipients: [bank]", "recipients: [bank, bank]", "the recipient is there twice", ""},
		{"recipients: [bank]", "recipients: [authority]", "an authority is no recipient", ""},
		{"data: {balances: required, card-transactions: optional}", "data: {balances: required, location: optional}", `nobody defined the data "location"`, ""},
		{"data: {balances: required, card-transactions: optional}", "data: {balances: maybe}", "data are required or optional", ""},
		{"data: {balances: required, card-transactions: optional}", "data: {}", "purpose account-alerts has no data", ""},
		{"    retention: {recipient: P90D, after_end: P30D, evidence: P6Y, backups: P35D}\n", "", "purpose account-alerts has no full retention", "  account-alerts:"},
		{"retention: {recipient: P90D,", "retention: {recipient: ninety days,", "is no duration", ""},
		{"    valid: P6M\n", "", "purpose card-offers has no end", "  card-offers:"},
		{"valid: P6M", "valid: 6 months", "is no duration", ""},
		{"lookback: P90D, every: P7D", "lookback: P90D", "recurring access without every", ""},
		{"kind: recurring, lookback: P90D, every: P7D", "kind: often, lookback: P90D", "access.kind is unknown", ""},
		{"after_withdrawal: {what: anonymise, within: P30D}", "after_withdrawal: {what: hide, within: P30D}", "does not say what happens after withdrawal", ""},
		{"minimum_evidence: {opt_in: claimed}", "minimum_evidence: {opt_in: hearsay}", "minimum_evidence.opt_in is unknown", ""},
		{"notice: card-offers", "notice: something", `there is no notice "something"`, ""},
		{"lawful_basis: eu-gdpr:A6-1-a\n    recipients: [bank]", "lawful_basis: because\n    recipients: [bank]", "has no lawful_basis", "because"},
		{"dpv: dpv:ServicePersonalisation", "dpv: fun", "has no dpv", ""},
		{"        title: Offers from Parley that fit how I pay\n", "", `no title or description in "en"`, "    text:"},
		{"card-offers: {en: notices/card-offers.en.md, es: notices/card-offers.es.md}", "card-offers: {en: notices/card-offers.en.md}", `notice card-offers: no text in "es"`, ""},
		{"notices/card-offers.en.md", "notices/nothing.md", `no file "notices/nothing.md"`, ""},
		{"notices/card-offers.en.md", "../secret.md", "leads out of the folder", ""},
		{"notices/card-offers.en.md", "/etc/passwd", "leads out of the folder", ""},
		{"notices/card-offers.en.md", "notices/empty.md", "is not 1 to 65536 bytes of UTF-8", ""},
		{"alternative: {en: \"Call +1 202 555 0111 or say it at any branch.\", es", "alternative: {es", `withdrawal: no second way in "en"`, ""},
		{"withdrawal:\n  url: https://", "withdrawal:\n  url: ftp://", "withdrawal: no https link", "ftp"},
		{"review:\n  url: https://consent.first-example-bank.example/\n", "review:\n", "review: no https link", "review:"},
		{"authority: authority\n", "authority: parley\n", "is not a party with the role authority", ""},
		{"jurisdictions: [ES, US-CA]", "jurisdictions: [Spain]", "is no ISO 3166 code", ""},
		{"jurisdictions: [ES, US-CA]", "jurisdictions: []", "no jurisdictions", ""},
		{"{right: access, dpv: eu-gdpr:A15, url", "{right: access, url", "right 1 lacks right or dpv", ""},
		{"storage_locations: [US, ES]", "storage_locations: []", "no storage_locations", ""},
		{"services: [Customer conversations in Parley Messenger]", "services: []", "no services", ""},
		{"services: [Customer conversations in Parley Messenger]", "services: [{en: Conversations}]", `the name of a service: no text in "es"`, ""},
		{"services: [Customer conversations in Parley Messenger]", "services: [[Conversations]]", "a list", ""},
		{"services: [Customer conversations in Parley Messenger]", "services: [7]", "a single value", ""},
		{"default: gdpr", "default: hammurabi", "unknown rule", ""},
		{"rules: {opt-out-of-sale: ccpa,", "rules: {revenge: ccpa,", `unknown type "revenge"`, ""},
		{"rules: {opt-out-of-sale: ccpa,", "rules: {objection: ccpa,", "the rule does not know this type of request", ""},
		{"  timezone: Europe/Madrid", "  authorities: {hammurabi: authority}\n  timezone: Europe/Madrid", `authorities: unknown rule: "hammurabi"`, "hammurabi"},
		{"  timezone: Europe/Madrid", "  authorities: {ccpa: parley}\n  timezone: Europe/Madrid", `"parley" is not a party with the role authority`, "ccpa: parley"},
		{"timezone: Europe/Madrid", "timezone: Mars/Olympus", "unknown time zone", "data_requests"},
		{"holidays: [ES]", "holidays: [XX]", "no holidays known", "data_requests"},
		{"  holidays: [ES]", houseRule("gdpr", "days: 20"), "gdpr is a built-in rule", "gdpr:"},
		{"  holidays: [ES]", houseRule("house", "days: 20, months: 1"), "a term has exactly one of", "house:"},
		{"  holidays: [ES]", houseRule("house", "weeks: 2"), "unknown member", "answer:"},
		{"gpc: true ", "gpc: perhaps ", "neither true nor false", ""},
		{"gpc: true ", "gcp: true ", "purposes/card-offers/gcp: unknown member", ""},
		{"version: 1", "version: 1\nversion: 1", "", "version"},
		{"purposes:\n", "purposes: [\n", "not YAML", "-"},
		{"languages: [en, es]", "languages: &x [en, es]", "anchors, aliases and tags are not allowed", ""},
		{"languages: [en, es]", "languages: en", "languages: it is a single value", ""},
	} {
		t.Run(c.message, func(t *testing.T) { mistaken(t, name, c.old, c.new, c.message, c.at) })
	}
}

// mistaken replaces a text of a sample: one problem has this message and its path, is at this
// text, or else at the replacement, and says what to do.
func mistaken(t *testing.T, name, old, new, message, at string) {
	t.Helper()
	text := change(t, name, old, new)
	_, problems := source.Compile(overlay(t, name, text), name)
	lines := strings.Split(text, "\n")
	if at == "" {
		at = strings.Split(strings.TrimSpace(new), "\n")[0]
	}
	for _, p := range problems {
		if !strings.Contains(p.Path+": "+p.Message, message) {
			continue
		}
		if p.File != name || p.Line < 1 || p.Line > len(lines) || p.Fix == "" || p.Path == "" && message != "" && at != "-" {
			t.Fatalf("no place, or nothing to do: %s", p)
		}
		if at != "-" && !strings.Contains(lines[p.Line-1], at) {
			t.Errorf("%s\npoints at %q, want a line with %q", p, lines[p.Line-1], at)
		}
		return
	}
	t.Errorf("want %q, got %v", message, problems)
}

// TestLawMistakes makes one mistake at a time in what the law, or the standard of notices,
// wants a catalogue to say.
func TestLawMistakes(t *testing.T) {
	const hospital, shop = "sample-general-hospital.yaml", "sample-street-shop.yaml"
	for _, c := range []struct{ name, old, new, message, at string }{
		{name, "special_categories: [pd:Health, pd:Religion", "special_categories: [pd:Health, pd:BankAccount", `"pd:BankAccount" is no special category`, ""},
		{name, "    special_categories: [pd:Health, pd:Religion, pd:TradeUnionMembership]\n", "", "data card-transactions has only one of special and special_categories", "card-transactions:"},
		{name, "    special: may-reveal\n", "", "data card-transactions has only one of special and special_categories", "card-transactions:"},
		{hospital, "    special_basis: eu-gdpr:A9-2-a\n", "", "purpose sleep-research uses special data without a special_basis", "sleep-research:"},
		{hospital, "special_basis: eu-gdpr:A9-2-a", "special_basis: explicit", "special_basis is no term", ""},
		{hospital, "after_withdrawal: {what: delete, within: P7D}", "special_basis: eu-gdpr:A9-2-a\n    after_withdrawal: {what: delete, within: P7D}", "purpose newsletter has a special_basis, and uses no special data", ""},
		{hospital, "after_withdrawal: {what: delete, within: P7D}", "own_use: true\n    after_withdrawal: {what: delete, within: P7D}", "purpose newsletter has own_use, and the controller alone", ""},
		{hospital, "if_not_given: {en: Your treatment stays the same., es", "if_not_given: {es", `if_not_given: no text in "en"`, ""},
		{hospital, "storage_locations: [ES]", "storage_locations: [ES, US]", "data go to US, and nothing says what protects them there", "processing:"},
		{hospital, "addressLocality: Valencia, postalCode: \"46001\", addressCountry: ES", "addressLocality: London, postalCode: \"46001\", addressCountry: GB", "data go to GB, and nothing says", "processing:"},
		{name, "transfers:                      # beyond the reach of the GDPR\n    - {place: US, ", "transfers:\n    - {place: BR, ", `transfers: no data go to "BR"`, "BR"},
		{name, "safeguard: {en: Standard contractual clauses of the European Commission., es", "safeguard: {es", `the safeguard in "US": no text in "en"`, ""},
		{name, "      name: First Example Bank Europe\n", "", "the representative of party bank lacks a name", "representative:"},
		{name, "{streetAddress: Calle Ejemplo 9, addressLocality: Madrid, postalCode: \"28001\", addressCountry: ES}", "{streetAddress: Calle Ejemplo 9, addressLocality: Lima, addressCountry: PE}", "is neither in the European Economic Area nor in the United Kingdom", ""},
		{name, "title: Offers from Parley that fit how I pay", "title: Offers of Parley that fit how I pay", "notice card-offers in \"en\" does not name the purpose card-offers (ISO/IEC 29184, 5.3.2)", "card-offers: {en"},
		{name, "name: First Example Bank\n", "name: Second Example Bank\n", "does not name the controller (ISO/IEC 29184, 5.3.4)", "account-alerts: {en"},
		{name, "label: {en: Card transactions", "label: {en: Payments by card", "does not name the data card-transactions (ISO/IEC 29184, 5.3.5)", "account-alerts: {en"},
		{name, "name: Parley Messenger", "name: Sermo Messenger", "does not name the recipient parley (ISO/IEC 29184, 5.3.10)", "account-alerts: {en"},
		{name, "withdrawal:\n  url: https://consent.first-example-bank.example/", "withdrawal:\n  url: https://consent.first-example-bank.example/stop", "does not name where to withdraw (ISO/IEC 29184, 5.3.12)", "account-alerts: {en"},
		{shop, "phone: \"+1 202 555 0155\"", "phone: \"+1 202 555 0156\"", "does not name whom to ask (ISO/IEC 29184, 5.3.13)", "price-alerts: {en"},
		{shop, "name: Example Privacy Agency\n    role: authority\n    address: {streetAddress: 3 Sample Square, addressLocality: Sacramento, addressRegion: CA, postalCode: \"95814\", addressCountry: US}\n    email: complaints@privacy-agency.example\n    url: https://www.privacy-agency.example",
			"name: Privacy Office\n    role: authority\n    address: {streetAddress: 3 Sample Square, addressLocality: Sacramento, addressCountry: US}\n    email: complaints@privacy-agency.example", "does not name to whom to complain (ISO/IEC 29184, 5.3.13)", "price-alerts: {en"},
		{name, "name: First Example Bank Europe", "name: First Example Bank Ireland", "does not name the controller's representative (GDPR Art. 13(1)(a))", "account-alerts: {en"},
	} {
		t.Run(c.message, func(t *testing.T) { mistaken(t, c.name, c.old, c.new, c.message, c.at) })
	}
}

// TestWhereTheLawReaches: what the GDPR wants is asked for where it holds, and nowhere else.
func TestWhereTheLawReaches(t *testing.T) {
	const hospital = "sample-general-hospital.yaml"
	text := change(t, hospital, "    special_basis: eu-gdpr:A9-2-a\n", "")
	for place, want := range map[string]int{"ES": 1, "NO": 1, "GB-SCT": 2, "US-CA": 0, "CH": 0} { // in Scotland, Spain is abroad
		_, problems := source.Compile(overlay(t, hospital, strings.Replace(text, "jurisdictions: [ES]", "jurisdictions: ["+place+"]", 1)), hospital)
		if len(problems) != want {
			t.Errorf("%s: %v", place, problems)
		}
	}
}

// TestBrandMistakes makes one mistake at a time in a brand.
func TestBrandMistakes(t *testing.T) {
	const hospital = "sample-general-hospital.yaml"
	for _, c := range []struct{ old, new, message string }{
		{"logo: logos/sample-general-hospital.png", "logo: logos/nothing.png", `brand/logo: the logo: no file "logos/nothing.png"`},
		{"logo: logos/sample-general-hospital.png", "logo: notices/newsletter.en.md", "brand/logo: \"notices/newsletter.en.md\" is not a logo: it is not a PNG"},
		{"logo: logos/sample-general-hospital.png", "logo: ../logo.png", "leads out of the folder"},
		{`accent: "#274b8f"`, `accent: "#ffcc00"`, "brand/accent: the accent \"#ffcc00\" has a contrast of 1.3:1 against its own tint"},
		{`accent: "#274b8f"`, `accent: "#b7410e"`, "is so red that people take it for an error"},
		{`accent: "#274b8f"`, `accent: teal`, "is not #rrggbb"},
		{`accent: "#274b8f"`, `accent: #274b8f`, "brand/accent: it is no text"},
		{"service: {en: My permissions, es: Mis permisos, ", "service: {en: My permissions, ", `brand/service: the name of the service: no text in "es"`},
		{"{en: Privacy, es: Privacidad, ", "{en: Privacy, ", `brand/links/0/label: the label of link 1 of the brand: no text in "es"`},
		{"hospital.example/help", "hospital.example/help" + strings.Repeat("}\n    - {label: {en: a, es: b, de: c}, url: https://a.example", 7), "9 links, at most 8"},
		{"https://www.sample-general-hospital.example/help", "http://www.sample-general-hospital.example/help", "brand/links/1/url: link 2 of the brand: no https link"},
	} {
		at := ""
		if strings.Contains(c.message, "9 links") {
			at = "links:"
		}
		t.Run(c.message, func(t *testing.T) { mistaken(t, hospital, c.old, c.new, c.message, at) })
	}
}

// TestNearestColour: what is proposed for a colour that people cannot read is taken.
func TestNearestColour(t *testing.T) {
	const hospital = "sample-general-hospital.yaml"
	_, problems := source.Compile(overlay(t, hospital, change(t, hospital, "#274b8f", "#00a3e0")), hospital)
	if len(problems) != 1 || !strings.HasPrefix(problems[0].Fix, `write "#`) {
		t.Fatal(problems)
	}
	nearest := strings.Split(problems[0].Fix, `"`)[1]
	if _, problems := source.Compile(overlay(t, hospital, change(t, hospital, "#274b8f", nearest)), hospital); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestRuleAtFault: a type that a rule of data requests does not know is a mistake that names
// that rule and no other, and the rules that know the type.
func TestRuleAtFault(t *testing.T) {
	for _, c := range []struct{ old, new, rule, path, fix string }{
		{"default: gdpr", "default: us-va", "us-va", "data_requests/default", "rules: {objection: RULE}"},
		{"rules: {opt-out-of-sale: ccpa,", "rules: {objection: us-tx,", "us-tx", "data_requests/rules/objection", "rules: {objection: RULE}"},
		{"rules: {opt-out-of-sale: ccpa,", "rules: {access: us-xx,", "us-xx", "data_requests/rules/access", "rules: {access: RULE}"},
		{"  holidays: [ES]", houseRule("house", "days: 20, months: 1"), "house", "data_requests/own/house", "docs/data-requests.md"},
	} {
		_, problems := source.Compile(overlay(t, name, change(t, name, c.old, c.new)), name)
		found := false
		for _, p := range problems {
			if p.Path == c.path && strings.Contains(p.Fix, c.fix) {
				found = true
			}
			if !strings.Contains(p.Message, c.rule) {
				t.Errorf("%s: another rule is named: %s", c.new, p)
			}
			if c.rule != "house" && strings.Contains(p.Fix, c.rule) {
				t.Errorf("%s: the rule at fault is proposed: %s", c.new, p)
			}
		}
		if !found {
			t.Errorf("%s: %v", c.new, problems)
		}
	}
}

// TestAllAtOnce: one run names every mistake, in the order of lines.
func TestAllAtOnce(t *testing.T) {
	text := change(t, name, "recipients: [bank]", "recipients: [nobody]")
	text = strings.Replace(text, "notice: card-offers", "notice: nothing", 1)
	text = strings.Replace(text, "    phone: \"+1 202 555 0111\"\n", "", 1)
	_, problems := source.Compile(overlay(t, name, text), name)
	if len(problems) != 3 {
		t.Fatalf("%d problems: %v", len(problems), problems)
	}
	for i := 1; i < len(problems); i++ {
		if problems[i].Line < problems[i-1].Line {
			t.Errorf("not in order: %v", problems)
		}
	}
}

func change(t *testing.T, name, old, new string) string {
	t.Helper()
	b, err := fs.ReadFile(sample.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("the sample has no %q", old)
	}
	return strings.Replace(string(b), old, new, 1)
}

// overlay is the sample with another catalogue text.
func overlay(t *testing.T, name, text string) fs.FS {
	t.Helper()
	out := fstest.MapFS{name: {Data: []byte(text)}, "notices/empty.md": {}}
	for _, pattern := range []string{"notices/*", "logos/*"} {
		names, err := fs.Glob(sample.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			b, err := fs.ReadFile(sample.FS, n)
			if err != nil {
				t.Fatal(err)
			}
			out[n] = &fstest.MapFile{Data: b}
		}
	}
	return out
}

// TestParseIsExact: the canonical form is read back, and nothing else is.
func TestParseIsExact(t *testing.T) {
	c, problems := source.Compile(sample.FS, name)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if _, err := catalogue.Parse(c.Canonical); err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string]string{
		"white space": string(c.Canonical) + "\n", "unknown member": `{"x":1,` + string(c.Canonical[1:]),
		"empty": "", "other order": `{"issuer":"x",` + strings.Replace(string(c.Canonical[1:]), `"issuer"`, `"issuer2"`, 1),
		"huge": strings.Repeat(" ", catalogue.MaxBytes+1),
	} {
		if _, err := catalogue.Parse([]byte(b)); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

func FuzzCompile(f *testing.F) {
	b, err := fs.ReadFile(sample.FS, name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("version: 1\nparties: {a: {name: b}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, problems := source.Compile(fstest.MapFS{name: {Data: b}}, name)
		if (c == nil) == (len(problems) == 0) {
			t.Fatalf("a catalogue and problems, or neither: %v", problems)
		}
		for _, p := range problems {
			_ = fmt.Sprint(p)
		}
	})
}

func FuzzParse(f *testing.F) {
	c, _ := source.Compile(sample.FS, name)
	f.Add(c.Canonical)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := catalogue.Parse(b); err == nil {
			if again, err := c.Canonical(); err != nil || string(again) != string(b) {
				t.Fatalf("read, and written otherwise: %v", err)
			}
		}
	})
}

// TestLintOnce: one mistake is one problem.
func TestLintOnce(t *testing.T) {
	_, problems := source.Compile(overlay(t, name, change(t, name, "default: gdpr", "default: hammurabi")), name)
	if len(problems) != 1 {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
}
