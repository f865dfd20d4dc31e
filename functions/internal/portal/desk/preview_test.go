package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
)

// withAnswers is aLife, of somebody who reads Spanish, with two templates.
func withAnswers() map[string]any {
	life := aLife()
	life["language"] = "es"
	life["answers"] = []map[string]any{
		{"id": "sorry", "acts": []string{"deny"}, "title": "Lo sentimos", "text": "Lo sentimos: solicitud r1."},
		{"id": "ours", "acts": []string{"acknowledge", "extend"}, "title": "Recibida", "text": "La hemos recibido."},
	}
	return life
}

// aDenial is what the receipt of a denial would state.
func aDenial() map[string]any {
	return map[string]any{
		"seq": 6, "at": portaltest.Now, "event": "request-denied", "language": "es", "second_eyes": false,
		"actor": map[string]any{"role": "agent", "id": "9q2-7w"}, "controller": map[string]any{"name": "First Example Bank", "timezone": "Europe/Madrid"},
		"request": map[string]any{"kind": "request", "id": "r1", "type": "erasure", "rule": "gdpr", "state": "denied", "received": portaltest.Now, "next": "2026-12-23", "reason": "excessive",
			"complaint": map[string]any{"authority": "authority", "source": "GDPR Art. 77"}},
		"notes": []map[string]any{{"by": "agent", "text": "Lo sentimos."}},
	}
}

// TestDeskAnswers: a template is listed with its language, and its text takes the place of the note.
// Nothing else in the form is lost, and nothing is recorded.
func TestDeskAnswers(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = withAnswers()
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(path), 200, `<option value="sorry">Lo sentimos (Español)</option>`, `<button class="unseen" form="answers" name="go" value="on"`)
	form := url.Values{"go": {"use"}, "answer": {"sorry"}, "case": {"C-7"}, "note": {"Mine."}}
	form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(path).Body.String())[1])
	portaltest.Wants(t, b.Send("POST", path, form), 200, "Lo sentimos: solicitud r1.</textarea>", `value="deny" checked`, `<option value="sorry" selected>`, `value="C-7"`)
	form.Set("answer", "ours") // it is for several acts, so that none is chosen
	form.Set("act", "extend")
	form.Set("reason-extend", "complexity")
	portaltest.Wants(t, b.Send("POST", path, form), 200, "La hemos recibido.</textarea>", `value="extend" checked`, `<option value="complexity" selected>`)
	form.Set("answer", "of another catalogue")
	portaltest.Wants(t, b.Send("POST", path, form), 200, "Mine.</textarea>")
	if len(s.API.Sent) > 0 {
		t.Errorf("the API was sent %v", s.API.Sent)
	}
}

// TestDeskPreview: a step that decides is shown as the person will read it, with what follows from
// it, before anything is recorded. The way back loses nothing.
func TestDeskPreview(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life, s.API.Preview = withAnswers(), aDenial()
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	form := url.Values{"act": {"deny"}, "reason-deny": {"excessive"}, "note": {"Lo sentimos."}, "case": {"C-1"}, "go": {"on"}, "key": {"k-1"}}
	form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(path).Body.String())[1])
	w := b.Send("POST", path, form)
	portaltest.Wants(t, w, 200, "Nothing is recorded yet", "As the person will read it (Español)", `aria-labelledby="headline" lang="es" dir="ltr">`, "Lo sentimos.", "denegada",
		"The request ends: denied.", "The person can appeal until 23 December 2026.", "where the person can complain",
		`<input type="hidden" name="reason-deny" value="excessive">`, `<input type="hidden" name="case" value="C-1">`, `name="key" value="k-1"`, ">Record it</button>")
	if body := w.Body.String(); strings.Contains(body, `class="seal"`) || strings.Contains(body, `class="qr"`) {
		t.Error("what nobody signed has the seal of a receipt")
	}
	if sent := s.API.Last(); !strings.HasSuffix(sent.Path, "/data-requests/r1/steps/preview") || sent.Body != `{"act":"deny","note":"Lo sentimos.","reason":"excessive"}` || sent.Header.Get("Case-Reference") != "C-1" {
		t.Errorf("sent %+v", sent)
	}
	for _, back := range []string{"change", "language"} {
		form.Set("go", back)
		portaltest.Wants(t, b.Send("POST", path, form), 200, `value="deny" checked`, `<option value="excessive" selected>`, "Lo sentimos.</textarea>", `value="C-1"`, `name="key" value="k-1"`)
	}
	if len(s.API.Sent) != 1 {
		t.Errorf("the API was sent %v", s.API.Sent)
	}
	form.Set("go", "record")
	if w := b.Send("POST", path, form); w.Code != 303 || !strings.HasSuffix(s.API.Last().Path, "/r1/steps") || s.API.Last().Header.Get("Idempotency-Key") != "k-1" {
		t.Errorf("%d, sent %+v", w.Code, s.API.Last())
	}
	s.API.Preview["second_eyes"] = true
	form.Set("go", "on")
	portaltest.Wants(t, b.Send("POST", path, form), 200, "A colleague has to approve this step", ">Propose it</button>")
	s.API.Problem, s.API.Status = "request-state", 409 // a colleague was faster
	portaltest.Wants(t, b.Send("POST", path, form), 409, "The request has moved on meanwhile")
}
