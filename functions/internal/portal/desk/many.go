package desk

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/wording"
)

// mostAtOnce is how many requests can be acted on at once: each is one request of the API, so
// that it is recorded for its person, and all of them end within the time that a page may take.
const mostAtOnce = 50

// What can be done to many requests at once.
const (
	acknowledge = "acknowledge"
	take        = "take" // assign them to whoever asks
)

// pick is a request that was chosen in the list, with who worked on it then.
type pick struct {
	person, id string
	assigned   uint64 // the record of the case that says who works on it, or 0
}

func (p pick) String() string { return fmt.Sprintf("%s/%s/%d", p.person, p.id, p.assigned) }

// parsePick reads the value of a box. It comes from the browser, so the API checks its parts.
func parsePick(s string) (p pick, ok bool) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return pick{}, false
	}
	n, err := strconv.ParseUint(parts[2], 10, 64)
	return pick{parts[0], parts[1], n}, err == nil
}

// donePage says what became of each request that was chosen.
type donePage struct {
	shell.Form
	Do    string
	Done  []outcome
	Again bool   // of some it is not known whether it was done: they can be sent again
	List  string // address of the list
}

// outcome is what became of one request.
type outcome struct {
	pick
	Says  string
	Mark  string // class of its mark
	Again bool
}

// Person, ID and Pick are for the template.
func (o outcome) Person() string { return o.person }
func (o outcome) ID() string     { return o.id }
func (o outcome) Pick() string   { return o.String() }

// actOnMany does one thing to each of the requests that were chosen in a list.
func actOnMany(v *shell.Visit) error {
	form, query := v.R.PostForm, listed(v.R.URL.Query())
	p := &requestsPage{}
	do := form.Get("do")
	var picks []pick
	for _, value := range form["pick"] {
		if chosen, ok := parsePick(value); ok {
			picks = append(picks, chosen)
		}
	}
	p.Wrong(do != acknowledge && do != take || len(picks) == 0, "pick", v.Words.Say("desk.many.none"))
	p.Wrong(len(picks) > mostAtOnce, "pick", v.Words.Say("desk.many.most", "n", mostAtOnce))
	p.Wrong(!consent.ValidCase(v.CaseOfForm()), "case", v.Words.Say("desk.case-wrong"))
	if p.Error != "" {
		p.Status = http.StatusUnprocessableEntity
		return renderRequests(v, p, query)
	}
	done := &donePage{Do: do, List: address(query)}
	for _, chosen := range picks {
		request := api.Of(chosen.person).Request(chosen.id)
		path, body := request+"/steps", any(api.Step{Act: datarequest.Acknowledge})
		if do == take {
			path, body = api.CaseOf(request)+api.Assignments, api.CaseAssignment{With: api.Me, Name: nameOf(v), Seen: &chosen.assigned}
		}
		_, err := v.Call(http.MethodPost, path, body, api.CaseReference, v.CaseOfForm(), api.IdempotencyKey, form.Get("key")+"."+chosen.id)
		if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Status == http.StatusUnauthorized {
			return err
		}
		out := become(v.Words, do, chosen, err)
		done.Again = done.Again || out.Again
		done.Done = append(done.Done, out)
	}
	return v.RenderForm("many", v.Words.Say("desk.many.title"), done)
}

// become says what became of a request. A conflict means that a colleague was faster. Of what
// failed otherwise on the way, or in the API, it is not known whether it was done.
func become(w *wording.Words, do string, chosen pick, err error) outcome {
	refused, ok := errors.AsType[*api.Problem](err)
	switch {
	case err == nil:
		return outcome{pick: chosen, Says: w.Say("desk.many.done." + do), Mark: "done"}
	case ok && refused.Status == http.StatusConflict:
		return outcome{pick: chosen, Says: w.Say("desk.many.moved." + do), Mark: "end"}
	case errors.Is(err, client.ErrUnreachable), ok && refused.Status >= http.StatusInternalServerError, ok && refused.Status == http.StatusTooManyRequests:
		return outcome{pick: chosen, Says: w.Say("desk.many.unsure"), Mark: "open", Again: true}
	}
	return outcome{pick: chosen, Says: w.Say("desk.many.refused"), Mark: "end"}
}

// nameOf is what colleagues call whoever is signed in, as far as an assignment keeps it.
func nameOf(v *shell.Visit) string {
	name := freetext.Clean(strings.Join(strings.Fields(v.Session.Name), " "))
	for utf8.RuneCountInString(name) > casefile.MaxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimSpace(name)
}

// colleague says in words who works on a request: whoever is signed in, a colleague by name,
// with the first characters of the pseudonym, or nobody.
func colleague(w *wording.Words, with, name string, mine bool) string {
	switch {
	case with == "":
		return w.Say("desk.with.nobody")
	case mine:
		return w.Say("desk.with.me")
	case name == "":
		return with[:6]
	}
	return w.Say("desk.with.colleague", "name", name, "id", with[:6])
}
