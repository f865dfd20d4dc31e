package source_test

import (
	"strings"
	"testing"

	"consent-receipts/shared/consent/catalogue"
)

// TestAnswerMistakes makes one mistake at a time in the templates of answers, and in what a second
// member of the staff approves.
func TestAnswerMistakes(t *testing.T) {
	const hospital = "sample-general-hospital.yaml"
	const held = "Beside your receipts we hold no data about you."
	for _, c := range []struct{ name, old, new, message, at string }{
		{name, "- id: more-time", "- id: received", "answer received is there twice", ""},
		{name, "- id: more-time", "- id: More time", `id "More time" is not 1 to 32 of a-z`, ""},
		{name, "acts: [acknowledge]", "acts: []", "answer received is for no act", "id: received"},
		{name, "acts: [acknowledge]", "acts: [miss]", `answer received: "miss" is no act of the staff`, ""},
		{name, "types: [access, access-categories", "types: [acces, access-categories", `answer copy-complete: unknown type "acces"`, ""},
		{name, "title: {en: We hold nothing, es: No tenemos ningún dato}", "title: {en: We hold nothing}", `the title of answer nothing-held: no text in "es"`, ""},
		{name, "        es: \"Hemos buscado", "        de: \"Hemos buscado", `the text of answer nothing-held: no text in "es"`, "text:"},
		{name, held, "Ask {contct}.", `answer nothing-held: nothing is filled in for "{contct}"`, ""},
		{name, held, "Ask {contact.", `answer nothing-held: nothing is filled in for "{contact.`, ""},
		{name, held, "Ask contact}.", `answer nothing-held: nothing is filled in for "}"`, ""},
		{name, held, strings.Repeat("We ask. ", 56) + "{due}", "answer nothing-held has up to 515 characters once it is filled in, at most 500", ""},
		{hospital, "second_eyes: [deny, erasure]", "second_eyes: [deny, erase]", `second_eyes: "erase" is neither an act of the staff nor a type of request`, ""},
		{hospital, "second_eyes: [deny, erasure]", "second_eyes: [deny, deny]", `second_eyes: "deny" is there twice`, ""},
	} {
		t.Run(c.message, func(t *testing.T) { mistaken(t, c.name, c.old, c.new, c.message, c.at) })
	}
}

// TestFill fills in the places of a text once, and not what is filled in.
func TestFill(t *testing.T) {
	values := map[catalogue.Place]string{catalogue.PlaceRequest: "{due}", catalogue.PlaceContact: "us"}
	if got, ok := catalogue.Fill("{request}: ask {contact}, or {contact}.", values); !ok || got != "{due}: ask us, or us." {
		t.Errorf("%q, %v", got, ok)
	}
	if got, ok := catalogue.Fill("By {due}.", values); ok {
		t.Errorf("filled in without a date: %q", got)
	}
}
