package person

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// partsPage lets a person choose which parts of a receipt to show. The portal keeps nothing of
// the presentation.
type partsPage struct {
	shell.Form
	Seq     uint64
	Heading string
	Groups  []partGroup
}

// partGroup is one of a receipt's arrays.
type partGroup struct {
	Array, Label, Explained string
	Parts                   []shell.Choice // the ids are those of receipt.Present, such as changes[0]
}

// shownPage hands over a presentation: as a link whose fragment holds it, which no browser sends
// anywhere, and as a file.
type shownPage struct {
	Seq      uint64
	Heading  string
	Shown    []shell.Choice
	Withheld []string
	Link     template.URL
}

func chooseParts(v *shell.Visit, rec *receipt.Receipt) error {
	return renderParts(v, rec, byDefault(rec), "")
}

// byDefault names the parts that a person most likely wants to show: what was said, and nothing
// about other consents.
func byDefault(rec *receipt.Receipt) (names []string) {
	array := "changes"
	if len(rec.Changes) == 0 {
		array = "request"
	}
	for _, p := range rec.Parts() {
		if p.Array == array {
			names = append(names, name(p))
		}
	}
	return names
}

func name(p receipt.Part) string { return fmt.Sprintf("%s[%d]", p.Array, p.Index) }

func renderParts(v *shell.Visit, rec *receipt.Receipt, chosen []string, fault string) error {
	heading, groups, err := groups(v, rec, chosen)
	if err != nil {
		return err
	}
	return v.RenderForm("parts", v.Words.Say("parts.title", "n", rec.Seq), &partsPage{
		Seq: rec.Seq, Heading: heading, Groups: groups, Form: shell.Form{Error: fault, Field: "parts"},
	})
}

// groups says the heading of a receipt, and labels each of its parts, array by array.
func groups(v *shell.Visit, rec *receipt.Receipt, chosen []string) (heading string, groups []partGroup, err error) {
	n, err := v.NamesOf(rec)
	if err != nil {
		return "", nil, err
	}
	for _, p := range rec.Parts() {
		if len(groups) == 0 || groups[len(groups)-1].Array != p.Array {
			groups = append(groups, partGroup{
				Array: p.Array, Label: v.Words.Say("part." + p.Array), Explained: v.Words.Say("part." + p.Array + ".explained"),
			})
		}
		label, err := partLabel(v, n, rec, p)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", name(p), err)
		}
		g := &groups[len(groups)-1]
		g.Parts = append(g.Parts, shell.Choice{ID: name(p), Label: label, Checked: slices.Contains(chosen, name(p))})
	}
	return n.Headline(rec), groups, nil
}

// partLabel says in a few words what an element of an array states.
func partLabel(v *shell.Visit, n *page.Names, rec *receipt.Receipt, p receipt.Part) (string, error) {
	switch p.Array {
	case "changes":
		return labelled(p, func(c statement.Change) string {
			card := cards.ChangeOf(n, rec.Event.Type, c)
			return v.Words.Say("part.about", "what", card.Verb, "purpose", card.Purpose, "recipient", card.Recipient)
		})
	case "records":
		return labelled(p, func(r statement.Record) string {
			if len(r.Purposes) == 0 {
				return r.RecordID
			}
			return r.Purposes[0].Title
		})
	case "standing":
		s, err := statement.ParseStanding(rec.Seq, rec.Time(), []json.RawMessage{p.Element.Value})
		return standingLabel(v, n, s), err
	case "actor":
		return labelled(p, func(a statement.Actor) string { return v.Words.Term("role", a.Role) })
	case "evidence":
		return labelled(p, func(e statement.Evidence) string { return v.Words.Term("level", e.Level) })
	case "request":
		return labelled(p, func(r statement.RequestStatement) string { return requestLabel(v, r.Request) })
	default:
		return labelled(p, func(note statement.Note) string { return freetext.Inline(note.Text) })
	}
}

func labelled[T any](p receipt.Part, say func(T) string) (string, error) {
	var value T
	if err := json.Unmarshal(p.Element.Value, &value); err != nil {
		return "", err
	}
	return say(value), nil
}

// standingLabel says what one element of a standing states.
func standingLabel(v *shell.Visit, n *page.Names, s statement.Standing) string {
	switch {
	case len(s.Lines) > 0:
		l := &s.Lines[0]
		n = n.OfLine(l)
		return v.Words.Say("part.stood", "what", v.Words.Term("state", l.StateAt(s.At)), "purpose", n.Purpose(l.Purpose), "recipient", n.Party(l.Recipient))
	case len(s.Requests) > 0:
		return requestLabel(v, s.Requests[0])
	}
	return v.Words.Say("part.fence")
}

func requestLabel(v *shell.Visit, r statement.Request) string {
	return v.Words.Say("part.asked", "what", v.Words.Term("request", r.Type), "state", v.Words.Term("request-state", r.State))
}

// showParts makes a presentation of the parts that the person chose, as a file or as a link.
func showParts(v *shell.Visit, rec *receipt.Receipt) error {
	chosen := v.R.PostForm["part"]
	if len(chosen) == 0 {
		return renderParts(v, rec, nil, v.Words.Say("parts.none"))
	}
	presentation, err := rec.Present(chosen)
	if err != nil { // the portal's own form names no such part
		return shell.Refusal(http.StatusBadRequest, "invalid-body")
	}
	if v.R.PostForm.Get("as") == "file" {
		part, err := cards.Parse(presentation) // so that the file name says nothing of the hidden parts
		if err != nil {
			return err
		}
		return v.Hand([]byte(presentation), receipt.MediaType, page.FileName(part)+"-part.sd-jwt")
	}
	heading, groups, err := groups(v, rec, chosen)
	if err != nil {
		return err
	}
	p := shownPage{
		Seq: rec.Seq, Heading: heading,
		Link: template.URL(v.BaseURL + page.VerifyPath + "#r=" + presentation), // the presentation has only base64url, dots and tildes
	}
	for _, g := range groups {
		withheld := 0
		for _, one := range g.Parts {
			if one.Checked {
				one.Label = v.Words.Say("shown.part", "group", g.Label, "part", one.Label)
				p.Shown = append(p.Shown, one)
			} else {
				withheld++
			}
		}
		if withheld > 0 {
			p.Withheld = append(p.Withheld, v.Words.Say("shown.withheld", "group", g.Label, "n", withheld))
		}
	}
	return v.Render(http.StatusOK, "shown", v.Words.Say("shown.title", "n", rec.Seq), p)
}
