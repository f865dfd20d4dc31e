package verifypage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/events"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/period"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
	"consent-receipts/shared/statement"
)

// everyMember is a receipt that carries every member that the format has of consents and of
// data requests, also those that no command writes yet.
func everyMember(t *testing.T, o *office) *receipt.Receipt {
	t.Helper()
	l := o.life()
	l.optIn("en", yes("account-alerts"), yes("card-offers"))
	l.do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.alerts(), Data: &[]string{"balances"}}}})
	l.do(consent.RequestData{Type: "objection", Details: "Please stop.", Scope: statement.Scope{Purposes: []string{"card-offers"}, Data: []string{"card-transactions"}}})
	claims := l.verified(l.receipts[len(l.receipts)-1]).Claims
	claims.Event.Late = true

	changes := decoded[statement.Change](t, claims.Changes)
	changes[0].Effect.StopBy, changes[0].Effect.GoesOn = "2026-12-08", []string{"card-transactions"}
	changes[0].Removed = statement.Delta{Data: []string{"card-transactions"}, Resources: []statement.Resource{{Type: "account", ID: "a1", Label: "••••4321"}}}
	changes[0].Binding = &statement.Binding{Grant: "gr~9f2", Details: statement.Digest([]byte("details"))}
	set(t, &claims.Changes, changes)

	records := decoded[statement.Record](t, claims.Records)
	records[0].Resources = []statement.Resource{{Type: "account", ID: "a1", Label: "••••4321"}}
	p := &records[0].Purposes[0]
	p.SpecialBasis = "eu-gdpr:A9-2-a"
	p.Transfers = []statement.Transfer{{Place: "BR", Safeguard: "Standard clauses of the Commission."}}
	p.IfNotGiven = "Then Parley cannot choose offers."
	p.CodesOfConduct, p.ImpactAssessment = []string{"Cloud code"}, "Ask the officer."
	p.PIIInformation[0].Special, p.PIIInformation[0].SpecialCategories = "may-reveal", []string{"pd:Health", "pd:TradeUnionMembership"}
	for i := range records[0].Parties {
		party := &records[0].Parties[i]
		party.Email, party.URL, party.Phone = "privacy@party.example", "https://www.party.example", "+1 202 555 0111"
		party.Address.Region, party.Address.PostalCode = "Region", "10001"
		if party.OwnUse = party.Role == "recipient"; party.OwnUse {
			party.Representative = &statement.Representative{Name: "Parley Europe", Address: statement.Address{Street: "Calle 1", Locality: "Madrid", Country: "ES"}, Email: "eu@parley.example"}
		}
	}
	for i := range records[0].Events {
		records[0].Events[i].Validity = period.Period{Months: 6}
	}
	set(t, &claims.Records, records)

	requests := decoded[statement.RequestStatement](t, claims.Request)
	r := &requests[0]
	r.State = statement.Extended
	r.Pauses = []statement.Pause{{From: "2026-11-25", Until: "2026-11-28", Why: "identity"}, {From: "2026-12-01", Why: "clarification"}}
	r.DueSet = &statement.DueSet{By: statement.RoleAgent, Reason: "A holiday of ours."}
	r.Confirm, r.Identity, r.CountedFrom, r.Extended, r.Parts = "2026-12-04", statement.IdentityGiven, "2026-11-26", 1, 1
	r.AboutRequest, r.Reason, r.Case, r.Source = r.ID, "complexity", "DR-7", "GDPR Art. 12(3)"
	r.Confirmed, r.Timezone = "2026-12-01", "America/New_York"
	r.Part = &statement.Part{Name: "cards.csv", MediaType: "text/csv", Digest: statement.Digest(nil), Size: 5, Attached: true, Where: "At the branch."}
	r.Out = &statement.Part{Name: "wrong.csv", MediaType: "text/csv", Digest: statement.Digest([]byte("wrong")), Size: 5, Attached: true, Where: "At the branch."}
	r.Attached, r.NothingHeld, r.FilesUntil = &statement.Attached{Files: 1, Bytes: 5}, true, "2027-05-22"
	r.Withheld = []statement.Withheld{{What: "the notes of a call", Why: "rights-of-others"}}
	r.Complaint = &statement.Complaint{Authority: "authority", URL: "https://www.authority.example", Source: "GDPR Art. 77"}
	r.Labels.Authority, r.Labels.Law = "Example Data Protection Authority", "A law"
	set(t, &claims.Request, requests)

	signedIn := &statement.Authentication{ACR: "aal2", AMR: []string{"pwd"}, AuthTime: 1795442400}
	set(t, &claims.Evidence, []statement.Evidence{{
		Level: statement.EvidenceClaimed, Channel: "crm", Producer: "crm", Offer: "8f14e45f-ceea-467f-a1d5-9b2c3d4e5f60", GPC: true,
		Authentication: signedIn, Claimed: signedIn, Copied: &statement.Copied{System: "old-crm", Record: "r-17", Attests: "explicit"},
	}})
	issued, err := o.Issuer.Issue(t.Context(), &claims)
	must(t, err)
	return o.verified(issued.Raw)
}

// TestUndated: a request whose rule sets no date has no gap and no sign of a program in its
// sentences.
func TestUndated(t *testing.T) {
	browser(t)
	o := newOffice(t)
	l := o.life()
	l.do(consent.RequestData{Type: "access"})
	var files []string
	for _, state := range statement.OpenStates() {
		claims := l.verified(l.receipts[0]).Claims
		requests := decoded[statement.RequestStatement](t, claims.Request)
		requests[0].State, requests[0].Due, requests[0].Next = state, "", ""
		set(t, &claims.Request, requests)
		issued, err := o.Issuer.Issue(t.Context(), &claims)
		must(t, err)
		files = append(files, filepath.Join(t.TempDir(), string(state)+".sd-jwt"))
		must(t, os.WriteFile(files[len(files)-1], []byte(issued.Raw), 0o600))
	}
	for _, language := range []string{"en", "es"} {
		var visits []visit
		for _, file := range files {
			visits = append(visits, visit{Name: filepath.Base(file), Files: []string{file}, All: true})
		}
		for _, seen := range browse(t, 1000, language, visits) {
			gap := regexp.MustCompile(`undefined|\{|(?m)^ *;|December|diciembre|is due by|are to be deleted by|a más tardar el`).FindString(seen.Text)
			if seen.Code != "" || gap != "" {
				t.Errorf("%s in %s: %s, %q in %s", seen.Name, language, seen.Code, gap, seen.Text)
			}
		}
	}
}

// TestOnlyConfirmed: a request whose rule sets a date for the confirmation alone promises that.
func TestOnlyConfirmed(t *testing.T) {
	browser(t)
	o := newOffice(t)
	l := o.life()
	l.do(consent.RequestData{Type: "access"})
	claims := l.verified(l.receipts[0]).Claims
	requests := decoded[statement.RequestStatement](t, claims.Request)
	requests[0].Confirm, requests[0].Due, requests[0].Next = "2026-12-29", "", "2026-12-29"
	requests[0].Timezone, requests[0].Holidays = "Europe/London", []string{"GB-SCT"}
	set(t, &claims.Request, requests)
	issued, err := o.Issuer.Issue(t.Context(), &claims)
	must(t, err)
	file := filepath.Join(t.TempDir(), "complaint.sd-jwt")
	must(t, os.WriteFile(file, []byte(issued.Raw), 0o600))
	for language, want := range map[string][]string{
		"en": {"It is to be confirmed by 29 December 2026", "Public holidays that put off these dates", "Scotland (Easter Monday"},
		"es": {"Debe confirmarse a más tardar el 29 de diciembre de 2026", "Festivos que aplazan estas fechas", "Escocia (el Lunes de Pascua"},
	} {
		seen := browse(t, 1000, language, []visit{{Name: "complaint", Files: []string{file}, All: true}})[0]
		for _, w := range want {
			if !strings.Contains(joined(seen.Text), joined(w)) {
				t.Errorf("in %s: no %q in %s", language, w, seen.Text)
			}
		}
	}
}

func decoded[T any](t *testing.T, elements []receipt.Element) []T {
	t.Helper()
	values, err := receipt.Decode[T](elements)
	must(t, err)
	return values
}

func set[T any](t *testing.T, elements *[]receipt.Element, values []T) {
	t.Helper()
	disclosed, err := receipt.Disclosed(values...)
	must(t, err)
	*elements = disclosed
}

// TestEveryMember: each form of a receipt has words for every member, also for members that
// no command writes yet.
func TestEveryMember(t *testing.T) {
	browser(t)
	o := newOffice(t)
	rec := everyMember(t, o)
	carriesEvery(t, rec)
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, content, 0o600))
		return path
	}
	raw, root := file("receipt.sd-jwt", []byte(rec.Raw)), file("root.pem", o.roots.PEM())
	for language, want := range map[string][]string{
		"en": {
			"Processing stops by 8 December 2026", "may go on using: “Card transactions”", "gr~9f2, sha256:",
			"Lawful basis for special categories", "Explicit consent (GDPR Art. 9(2)(a))", "Which special categories", "Health, trade union membership",
			"Goes to places that the law does not reach", "Brazil", "What protects them|How the data are protected there", "Standard clauses of the Commission.",
			"If you do not give the data|If the data are not given", "Then Parley cannot choose offers.", "Uses the data for its own purposes", "Parley Messenger",
			"Representative", "Parley Europe", "Calle 1, Madrid, Spain", "eu@parley.example", "For how long", "6 months",
			"The clock stood still", "from 25 November 2026 to the end of 28 November 2026, to find out who asks", "since 1 December 2026, to make the request clear",
			"This date was set by hand", "A holiday of ours.", "What that record attests", "the person said so explicitly",
			"GDPR, Art. 12(3)", "Example Data Protection Authority (GDPR, Art. 77)", "the earlier request", "the request is complex", "At the branch.", "Time zone of these dates", "America/New_York",
			"Public holidays that put off these dates", "Spain: the days that all communities share",
			"Consent (GDPR Art. 6(1)(a))", "xplicitly expressed", "Withdrawn",
		},
		"es": {
			"El tratamiento termina a más tardar el 8 de diciembre de 2026", "puede seguir usando: «Card transactions»|puede seguir usando: «Movimientos", "gr~9f2, sha256:",
			"Base jurídica para categorías especiales", "Consentimiento explícito (RGPD, art. 9.2.a)", "Qué categorías especiales", "Salud, afiliación sindical",
			"Va a lugares que la ley no alcanza", "Cómo se protegen allí los datos", "Si no da los datos|Si no se dan los datos", "Usa los datos para fines propios",
			"Representante", "Durante cuánto", "6 meses", "El plazo estuvo en pausa", "del 25 de noviembre de 2026 al final del 28 de noviembre de 2026, para saber quién la hace",
			"desde el 1 de diciembre de 2026, para aclarar la solicitud", "Esta fecha se fijó a mano", "Qué acredita ese registro", "la persona lo dijo expresamente",
			"RGPD, Art. 12(3)", "xpresado explícitamente",
		},
	} {
		var plain, markup, paper bytes.Buffer
		must(t, page.Text(&plain, rec, nil, language))
		must(t, page.Render(&markup, rec, o.roots, nil, language, brand.Brand{}))
		must(t, pdf.Render(&paper, rec, o.roots, nil, language, brand.Brand{}))
		fromPaper, err := exec.Command("pdftotext", "-raw", file("receipt.pdf", paper.Bytes()), "-").Output()
		must(t, err)
		seen := browse(t, 1000, language, []visit{{Name: "root", Files: []string{raw}, Roots: []string{root}}, {Name: "all", Files: []string{raw}, All: true, Axe: true}})[1]
		if seen.Verdict != "genuine" || len(seen.Violations) > 0 {
			t.Errorf("%s: %s %s, %v", language, seen.Verdict, seen.Code, seen.Violations)
		}
		forms := map[string]string{
			"text": plain.String(), "page": html.UnescapeString(regexp.MustCompile(`(?s)<style.*?</style>|<a class="signed".*?>|<[^>]*>`).ReplaceAllString(markup.String(), " ")),
			"PDF": string(fromPaper), "verify.html": seen.Text,
		}
		for form, said := range forms {
			said = joined(said)
			for _, w := range want {
				if !slices.ContainsFunc(strings.Split(w, "|"), func(w string) bool { return strings.Contains(said, joined(w)) }) {
					t.Errorf("%s in %s: no %q", form, language, w)
				}
			}
			for _, id := range []string{"due_set", "P6M", "1795442400", "pauses", "stop_by", "A9-2-a", "pd:Health", "dpv:Consent", "dpv:Expl", "clarification"} {
				if strings.Contains(said, id) {
					t.Errorf("%s in %s: the id %q shows", form, language, id)
				}
			}
		}
	}
}

// joined is a text without white space: lines are broken in other places in each form.

func joined(s string) string { return strings.Join(strings.Fields(s), "") }

// carriesEvery holds the receipt to the published schema: of what describes a consent or a
// data request it must have every member that there is.
func carriesEvery(t *testing.T, rec *receipt.Receipt) {
	t.Helper()
	var schema struct {
		Defs map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	b, err := events.FS.ReadFile("schema/receipt/1.json")
	must(t, err)
	must(t, json.Unmarshal(b, &schema))
	all, err := json.Marshal(rec.Claims)
	must(t, err)
	for _, def := range []string{
		"change", "effect", "binding", "labels", "record", "recordPurpose", "piiInformation", "recordParty", "recordEvent", "resource", "access", "address",
		"requestStatement", "dueSet", "part", "complaint", "evidence", "copied", "authentication", "controller",
	} {
		if len(schema.Defs[def].Properties) == 0 {
			t.Errorf("the schema has no %s", def)
		}
		for member := range schema.Defs[def].Properties {
			if !bytes.Contains(all, fmt.Appendf(nil, "%q:", member)) {
				t.Errorf("the receipt has no %s of %s", member, def)
			}
		}
	}
}
