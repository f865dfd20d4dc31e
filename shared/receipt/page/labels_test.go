package page

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// text is a receipt as plain text, in one line.
func text(t *testing.T, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, rec, cat, language); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func contains(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("no %q in %s", w, got)
		}
	}
}

// TestCatalogueIsNotNeeded: a receipt says all its words itself, and another catalogue
// changes none of them.
func TestCatalogueIsNotNeeded(t *testing.T) {
	s, recs := told(t)
	for _, rec := range recs {
		for _, language := range wording.Languages() {
			alone := text(t, rec, nil, language)
			if alone != text(t, rec, s.cat, language) {
				t.Errorf("%s: the catalogue changes what is said", rec.Event.Type)
			}
			for _, id := range []string{"account-alerts", "card-offers"} {
				in, _, _ := strings.Cut(alone, s.words(language, "systems.heading"))
				if strings.Contains(in, id) {
					t.Errorf("%s in %s: the id %s shows: %s", rec.Event.Type, language, id, in)
				}
			}
		}
	}
}

func (s *story) words(language, key string) string { return texts.In(language).Say(key) }

// TestOneChangeAlone: the words for an element stand in it.
func TestOneChangeAlone(t *testing.T) {
	s := newStory(t)
	s.optIn("es")
	rec := s.say(consent.OptOut{All: true}, false)
	part := *rec
	part.Standing, part.Records, part.Actor, part.Evidence = withheld(rec.Standing), withheld(rec.Records), withheld(rec.Actor), withheld(rec.Evidence)
	contains(t, text(t, &part, nil, "en"),
		"CONSENT WAS WITHDRAWN", "Withdrawn: Responderme en Parley Messenger", "Who had it: Parley Messenger", "What it was: Given in receipt 1",
		"Parley Messenger deletes the data that it holds and may no longer use, by 23 December 2026",
		"First Example Bank keeps this evidence until 23 November 2032 at least",
		"If this is not done: First Example Bank, privacy@first-example-bank.example", "https://www.first-example-bank.example")
	page := s.page(&part, "en")
	contains(t, page, `<h2><strong>Withdrawn</strong>: <bdi lang="es">Responderme en Parley Messenger</bdi></h2>`)
	if strings.Contains(s.page(&part, "es"), `<bdi lang=`) {
		t.Error("a page in the language of the words says that they are in another")
	}
}

// TestEnteredForThem: what the staff enters for a person says its names in the language in which the
// person last said yes.
func TestEnteredForThem(t *testing.T) {
	s := newStory(t)
	s.optIn("es")
	rec := s.sayAs(statement.RoleAgent, consent.RequestData{Type: "access", Scope: statement.Scope{Data: []string{"balances"}}}, false)
	contains(t, s.page(rec, "en"), `<dt>About</dt><dd><bdi lang="es">Saldos`)
}

// TestSignalInTheirLanguage: a signal, which has no language, says its names in that of the person's
// last no.
func TestSignalInTheirLanguage(t *testing.T) {
	s := newStory(t)
	s.say(consent.OptIn{Offer: s.offer("es"), Choices: []consent.Choice{{Purpose: "card-offers", Answer: "no"}}}, false)
	rec := s.sayAs(statement.RoleSignal, consent.Signal{}, true)
	contains(t, s.page(rec, "en"), `lang="es">Ofertas de Parley`)
}

func withheld(elements []receipt.Element) []receipt.Element {
	out := slices.Clone(elements)
	for i := range out {
		out[i] = receipt.Element{Digest: "d"}
	}
	return out
}

// TestNarrowingSaysWhatGoesOn: the page names the data that the recipient may continue to
// use, and those that were removed.
func TestNarrowingSaysWhatGoesOn(t *testing.T) {
	s := newStory(t)
	s.optIn("en")
	id := s.standing.Line("account-alerts", "parley").ConsentID
	rec := s.say(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: id, Data: &[]string{"balances"}}}}, false)
	contains(t, text(t, rec, nil, "en"), "Less: Answer me in Parley Messenger", "Which data: Checking-account balances", "No longer: Card transactions")
}

// TestCorrectsOnce: that a receipt corrects another one is said once.
func TestCorrectsOnce(t *testing.T) {
	s := newStory(t)
	rec := s.optIn("en")
	rec.Event.Corrects = &statement.Correction{Seq: 6, From: s.now, Why: "It was another customer's form."}
	said, _, _ := strings.Cut(text(t, rec, nil, "en"), s.words("en", "systems.heading"))
	contains(t, said, "Corrects receipt 6, from 23 November 2026 at 16:00 (Madrid): | It was another customer's form.")
	if strings.Count(said, "Corrects") != 1 {
		t.Error("the correction is said twice")
	}
}

// TestOldReceipts: one without words of its own is said by its catalogue, or by its ids.
func TestOldReceipts(t *testing.T) {
	s := newStory(t)
	s.optIn("en")
	rec := s.say(consent.OptOut{All: true}, false)
	rec.Controller, rec.Records = nil, nil
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		t.Fatal(err)
	}
	changes[0].Labels, changes[0].Effect = nil, nil
	rec.Changes = disclosed(t, changes)
	contains(t, text(t, rec, s.cat, "es"), "First Example Bank ·", "a las 16:00 (UTC)", "Retirado: Responderme en Parley Messenger", "Cómo contactar con First Example Bank", "+1 202 555 0111")
	contains(t, text(t, rec, nil, "en"), s.cat.Issuer+" ·", "at 16:00 (UTC)", "Withdrawn: account-alerts", "Who had it: parley")
}

// TestLabelsOfOthers: a controller's words cannot move the text around them.
func TestLabelsOfOthers(t *testing.T) {
	s := newStory(t)
	rec := s.optIn("en")
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		t.Fatal(err)
	}
	changes[0].Labels.Purpose = "\u202e<b>sey\x1b[2J\nNo"
	rec.Changes = disclosed(t, changes)
	for form, got := range map[string]string{"text": text(t, rec, nil, "en"), "page": s.page(rec, "en")} {
		if strings.ContainsAny(got, "\x1b\u202e") || !strings.Contains(got, "‹U+202E›") || form == "page" && strings.Contains(got, "<b>") {
			t.Errorf("%s: controls of a label are not made visible", form)
		}
	}
}
