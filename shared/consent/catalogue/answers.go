package catalogue

import (
	"regexp"
	"slices"
	"strings"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// Answer is a template of the words that the staff writes to a person with a step of a data
// request.
type Answer struct {
	ID    string                  `json:"id"`
	Acts  []datarequest.Act       `json:"acts"`
	Types []statement.RequestType `json:"types,omitempty"` // of the request; nil: any
	Title Text                    `json:"title"`           // for the staff
	Text  Text                    `json:"text"`            // to the person, with places to fill in
}

// Place is a place in the text of a template that is filled in.
type Place string

// The places.
const (
	PlaceRequest Place = "{request}" // the number of the request, as pages show it
	PlaceDue     Place = "{due}"     // the date by which it is to be answered, in words
	PlaceContact Place = "{contact}" // how to reach the controller
)

// Places lists every place.
func Places() []Place { return []Place{PlaceRequest, PlaceDue, PlaceContact} }

var placeholder = regexp.MustCompile(`\{[^{}]*\}?|\}`)

// PlacesIn lists what stands in braces in a text of a template, and braces that stand alone.
func PlacesIn(text string) (found []Place) {
	for _, place := range placeholder.FindAllString(text, -1) {
		found = append(found, Place(place))
	}
	return found
}

// Fill fills in the places of a text. It reports false if a value of one of them is missing.
func Fill(text string, values map[Place]string) (filled string, ok bool) {
	var pairs []string
	for _, place := range PlacesIn(text) {
		if values[place] == "" {
			return "", false
		}
		pairs = append(pairs, string(place), values[place])
	}
	return strings.NewReplacer(pairs...).Replace(text), true
}

// Contact is how people reach the controller: what stands for PlaceContact.
func (c *Catalogue) Contact() string {
	p := c.Parties[c.Controller]
	return strings.Join(slices.DeleteFunc([]string{p.Email, p.Phone}, func(s string) bool { return s == "" }), ", ")
}

// AnswersTo lists the templates for requests of a type.
func (d DataRequests) AnswersTo(t statement.RequestType) (list []Answer) {
	for _, a := range d.Answers {
		if a.Types == nil || slices.Contains(a.Types, t) {
			list = append(list, a)
		}
	}
	return list
}

// SecondEyesFor reports whether an act on a request of a type needs the approval of a second
// member of the staff. SecondEyes names the act; or it names the type, and the act decides.
func (d DataRequests) SecondEyesFor(act datarequest.Act, t statement.RequestType) bool {
	return slices.Contains(d.SecondEyes, string(act)) || act.Decides() && slices.Contains(d.SecondEyes, string(t))
}
