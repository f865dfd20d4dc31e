package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// longest has a value of each place that is as long as any, but for the controller's own.
var longest = map[catalogue.Place]string{
	catalogue.PlaceRequest: "0123abcd",
	catalogue.PlaceDue:     strings.Repeat("8", 32), // a date in words: the longest of our languages has 24 characters
}

// answers checks the templates of the words to people.
func (l *linter) answers(f *file) {
	for i, a := range f.DataRequests.Answers {
		where, what := at("data_requests", "answers", i), "answer "+a.ID
		l.id(at(where, "id"), a.ID)
		l.want(slices.IndexFunc(f.DataRequests.Answers, func(o catalogue.Answer) bool { return o.ID == a.ID }) == i, at(where, "id"), what+" is there twice", "give each an id of its own")
		l.want(len(a.Acts) > 0, where, what+" is for no act", "list acts, such as acts: [complete]")
		for j, act := range a.Acts {
			l.want(slices.Contains(datarequest.StaffActs(), act), at(where, "acts", j), fmt.Sprintf("%s: %.40q is no act of the staff", what, act), oneOf(datarequest.StaffActs()))
		}
		for j, t := range a.Types {
			l.want(t.Valid(), at(where, "types", j), fmt.Sprintf("%s: unknown type %.40q", what, t), oneOf(statement.RequestTypes()))
		}
		l.label(f, at(where, "title"), "the title of "+what, a.Title)
		l.text(f, at(where, "text"), "the text of "+what, a.Text)
		for _, language := range sorted(a.Text) {
			l.answer(f, at(where, "text", language), what, a.Text[language])
		}
	}
}

// answer checks the text of a template in one language: its places, and its length once they are
// filled in.
func (l *linter) answer(f *file, where, what, text string) {
	values := map[catalogue.Place]string{catalogue.PlaceContact: f.Contact()}
	for _, place := range catalogue.PlacesIn(text) {
		known := slices.Contains(catalogue.Places(), place)
		l.want(known, where, fmt.Sprintf("%s: nothing is filled in for %.40q", what, place), oneOf(catalogue.Places())+", and no other braces")
		if values[place] == "" {
			values[place] = longest[place]
		}
	}
	filled, _ := catalogue.Fill(text, values)
	n := utf8.RuneCountInString(filled)
	l.want(n <= consent.MaxText, where, fmt.Sprintf("%s has up to %d characters once it is filled in, at most %d", what, n, consent.MaxText), "shorten it")
}

// secondEyes checks what a second member of the staff has to approve.
func (l *linter) secondEyes(f *file) {
	for i, id := range f.DataRequests.SecondEyes {
		where := at("data_requests", "second_eyes", i)
		l.want(slices.Contains(datarequest.StaffActs(), datarequest.Act(id)) || statement.RequestType(id).Valid(), where,
			fmt.Sprintf("second_eyes: %.40q is neither an act of the staff nor a type of request", id), "write acts and types, such as [deny, erasure]")
		l.want(slices.Index(f.DataRequests.SecondEyes, id) == i, where, fmt.Sprintf("second_eyes: %.40q is there twice", id), "remove one")
	}
}

func oneOf[T ~string](ids []T) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return "use one of: " + strings.Join(texts, ", ")
}
