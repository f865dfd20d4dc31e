package handler_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/door"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/statement"
)

// withDoor opens the bank's door, and returns the mails that it sends.
func (d *desk) withDoor(t *testing.T) *[]mail.Message {
	t.Helper()
	links := must(door.NewLinks(bytes.Repeat([]byte{2}, 32), rand.Reader, d.Now))
	box := must(identity.NewBox(bytes.Repeat([]byte{3}, identity.KeySize)))
	d.Registrar.Seal, d.api.Identify = box.Seal, box.Open
	mails := new([]mail.Message)
	d.api.Door = &door.Door{
		Registrar: d.Registrar, Pseudonyms: d.Pseudonyms, Tickets: d.Store, Links: links, Rand: rand.Reader, Page: "https://bank.example/ask/",
		Send: func(_ context.Context, m mail.Message) error { *mails = append(*mails, m); return nil },
	}
	return mails
}

const (
	links  = "POST /v1/contact-requests"
	asked  = "GET /v1/contact-request"
	submit = "POST /v1/contact-request"
)

// mailed asks for a link, and returns it as a header.
func (d *desk) mailed(t *testing.T, mails *[]mail.Message, address string) string {
	t.Helper()
	if w := d.ask(t, nobody, links, "", api.ContactRequest{Type: statement.Access, Email: address, Language: "en"}); w.Code != 202 || strings.TrimSpace(w.Body.String()) != "{}" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	_, after, _ := strings.Cut((*mails)[len(*mails)-1].Text, "/ask/")
	return "Authorization: Bearer " + strings.Fields(after)[0]
}

// TestDoor: a contact asks, follows and takes back by a link, which shows the receipts of its
// own request alone; the staff finds the request, and opens the address for a reason.
func TestDoor(t *testing.T) {
	d := open(t)
	mails := d.withDoor(t)
	if what := read[api.Door](t, d.ask(t, nobody, "GET /v1/contact-requests", "", nil), 200); !what.Email {
		t.Error("no address can be proved")
	}
	link := d.mailed(t, mails, "alex@example.com")
	for range 2 { // a scanner follows the link, more than once
		if s := read[api.ContactState](t, d.ask(t, nobody, asked, "", nil, link), 200); s.Life != nil || s.Email != "alex@example.com" || s.Type != statement.Access {
			t.Fatalf("before it is sent: %+v", s)
		}
	}
	w := d.ask(t, nobody, submit, "", api.ContactDetails{Details: "All of it."}, link)
	given := read[api.Given](t, w, 201)
	if w.Header().Get("Location") != "/v1/contact-request/receipts/1" || given.Answer != nil {
		t.Errorf("%v %+v", w.Header(), given)
	}
	if w := d.ask(t, nobody, submit, "", api.ContactDetails{Details: "All of it."}, link); w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("sent twice: %d %v", w.Code, w.Header())
	}
	if w := d.ask(t, nobody, submit, "", api.ContactDetails{Details: "And more."}, link); w.Code != 422 {
		t.Errorf("another request by the same link: %d", w.Code)
	}
	second := d.mailed(t, mails, "alex@example.com")
	read[api.Given](t, d.ask(t, nobody, submit, "", api.ContactDetails{}, second), 201)
	const receipt = "GET /v1/contact-request/receipts/{seq}"
	for seq, status := range map[string]int{"1": 200, "2": 404, "9": 404, "x": 400} {
		if w := d.ask(t, nobody, receipt, "format=text", nil, link, "seq="+seq); w.Code != status {
			t.Errorf("receipt %s: %d", seq, w.Code)
		}
	}
	list := read[api.Requests](t, d.ask(t, auditor, "GET /v1/operator/requests", "state=open", nil), 200)
	if list.Total != 2 || !strings.HasPrefix(list.Requests[0].Person, "~") {
		t.Fatalf("%+v", list)
	}
	s := read[api.ContactState](t, d.ask(t, nobody, asked, "", nil, link), 200)
	person, id := "person="+list.Requests[0].Person, "id="+s.Life.Request.ID
	if s.Life.Request.State != statement.Received || len(s.Life.Choices) != 1 || s.Life.Choices[0].Act != "withdraw" {
		t.Errorf("%+v", s.Life)
	}
	const base = "GET /v1/operator/people/{person}/data-requests/{id}"
	if life := read[api.Life](t, d.ask(t, operator, base, "", nil, person, id), 200); len(life.Choices) < 2 {
		t.Errorf("%+v", life)
	}
	whose := func(who gateway.Call, person string, status int) api.Identity {
		t.Helper()
		return read[api.Identity](t, d.ask(t, who, "POST /v1/operator/people/{person}/data-requests/{id}/identity", "", api.OpenIdentity{Reason: "call-back"}, person, id, "Case-Reference: C-1"), status)
	}
	if got := whose(operator, person, 200); got != (api.Identity{Email: "alex@example.com"}) {
		t.Errorf("it is the request of %+v", got)
	}
	whose(auditor, person, 403)
	whose(operator, strings.Replace(person, "~", "", 1), 404) // whoever has the same id among people
	read[api.Given](t, d.ask(t, nobody, "DELETE /v1/contact-request", "", nil, link), 200)
	if s := read[api.ContactState](t, d.ask(t, nobody, asked, "", nil, link), 200); s.Life.Request.State != statement.TakenBack || len(s.Life.Choices) != 0 {
		t.Errorf("%+v", s.Life)
	}
	if strings.Contains(d.log.String(), "alex") || strings.Contains(d.log.String(), "example.com") || strings.Contains(d.log.String(), strings.Fields(link)[2]) {
		t.Errorf("the log has the address, or the link: %s", d.log.String())
	}
}

// TestDoorRefuses: a refusal repeats no address, and nothing opens without a link.
func TestDoorRefuses(t *testing.T) {
	d := open(t)
	mails := d.withDoor(t)
	link := d.mailed(t, mails, "alex@example.com")
	for name, c := range map[string]struct {
		w      func() *httptest.ResponseRecorder
		status int
	}{
		"no link":       {func() *httptest.ResponseRecorder { return d.ask(t, nobody, asked, "", nil) }, 401},
		"a forged link": {func() *httptest.ResponseRecorder { return d.ask(t, nobody, asked, "", nil, link+"A") }, 401},
		"another scheme": {func() *httptest.ResponseRecorder {
			return d.ask(t, nobody, asked, "", nil, strings.Replace(link, "Bearer", "Basic", 1))
		}, 401},
		"taken back before it was sent": {func() *httptest.ResponseRecorder {
			return d.ask(t, nobody, "DELETE /v1/contact-request", "", nil, link)
		}, 404},
		"a header in the address": {func() *httptest.ResponseRecorder {
			return d.ask(t, nobody, links, "", api.ContactRequest{Type: "access", Email: "alex@example.com\r\nBcc: eve@example.com"})
		}, 400},
		"no type": {func() *httptest.ResponseRecorder {
			return d.ask(t, nobody, links, "", api.ContactRequest{Email: "alex@example.com"})
		}, 400},
	} {
		if w := c.w(); w.Code != c.status || strings.Contains(w.Body.String(), "example.com") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	d.Time = d.Time.Add(door.ToSend)
	if w := d.ask(t, nobody, submit, "", api.ContactDetails{}, link); w.Code != 422 || !strings.Contains(w.Body.String(), "/problems/link-expired") {
		t.Errorf("a day later: %d %s", w.Code, w.Body)
	}
	d.api.Door.Send = nil
	if w := d.ask(t, nobody, links, "", api.ContactRequest{Type: "access", Email: "alex@example.com"}); w.Code != 400 {
		t.Errorf("without mails: %d %s", w.Code, w.Body)
	}
	if len(*mails) != 1 {
		t.Errorf("mails: %+v", *mails)
	}
	contact := must(d.Pseudonyms.Contact("alex@example.com"))
	if _, err := d.Store.Newest(t.Context(), ledger.Contact(contact)); err == nil {
		t.Error("something was written")
	}
	unproven := read[api.ContactLink](t, d.ask(t, nobody, links, "", api.ContactRequest{Type: "access"}), 201)
	read[api.Given](t, d.ask(t, nobody, submit, "", api.ContactDetails{}, "Authorization: Bearer "+unproven.Link), 201)
	if s := read[api.ContactState](t, d.ask(t, nobody, asked, "", nil, "Authorization: Bearer "+unproven.Link), 200); s.Life.Request.State != statement.WantsIdentity || s.Email != "" {
		t.Errorf("%+v", s)
	}
}

// TestDoorShowsOne: a link opens what is about its own request, and of another request of the same
// address it shows nothing: no receipt in the bundle, no file, nobody who looked. A new link is asked
// for by number and address, with one answer for all.
func TestDoorShowsOne(t *testing.T) {
	d := open(t)
	mails := d.withDoor(t)
	var links, ids []string
	for i := range 2 {
		links = append(links, d.mailed(t, mails, "alex@example.com"))
		read[api.Given](t, d.ask(t, nobody, submit, "", api.ContactDetails{}, links[i]), 201)
		ids = append(ids, read[api.ContactState](t, d.ask(t, nobody, asked, "", nil, links[i]), 200).Life.Request.ID)
		if i == 0 {
			if files := d.bundled(t, links[0]); !slices.Contains(files, "who-looked.json") || !slices.Contains(files, "receipts/0000000001.sd-jwt") {
				t.Errorf("of a contact with one request: %v", files)
			}
		}
	}
	person := "person=~" + must(d.Pseudonyms.Contact("alex@example.com"))
	for _, id := range ids {
		read[api.Life](t, d.ask(t, operator, "GET /v1/operator/people/{person}/data-requests/{id}", "", nil, person, "id="+id), 200)
	}
	read[api.Standing](t, d.ask(t, operator, "GET /v1/operator/people/{person}/standing", "", nil, person), 200)
	if w := d.ask(t, operator, "GET /v1/operator/people/{person}/receipts/{seq}", "", nil, person, "seq=2"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for i, link := range links {
		looked := read[api.Looks](t, d.ask(t, nobody, "GET /v1/contact-request/audit", "", nil, link), 200).Records
		var did []string
		for _, l := range looked {
			did = append(did, l.Did)
			if l.About == ids[1-i] {
				t.Errorf("link %d shows who looked at the other request", i)
			}
		}
		if want := [][]string{{"data-request.read", "standing.read"}, {"data-request.read", "standing.read", "receipt.read"}}[i]; !slices.Equal(did, want) {
			t.Errorf("link %d: %v", i, did)
		}
		if files := d.bundled(t, link); slices.Contains(files, "who-looked.json") || slices.Contains(files, "who-looked.html") ||
			slices.Contains(files, "receipts/0000000001.sd-jwt") != (i == 0) || slices.Contains(files, "receipts/0000000002.sd-jwt") != (i == 1) {
			t.Errorf("the bundle of link %d has %v", i, files)
		}
	}
	const file = "GET /v1/contact-request/attachments/{digest}"
	digest := "digest=" + statement.Digest(nil)
	if w := d.ask(t, nobody, file, "", nil, links[0], digest); w.Code != 404 {
		t.Errorf("no such file: %d %s", w.Code, w.Body)
	}
	d.Time = d.Time.Add(door.ToSend)
	if w := d.ask(t, nobody, file, "", nil, links[0], digest); w.Code != 422 || !strings.Contains(w.Body.String(), "/problems/link-expired") {
		t.Errorf("by an old link: %d %s", w.Code, w.Body)
	}
	for _, unsent := range []string{"GET /v1/contact-request/receipts/bundle", "GET /v1/contact-request/audit", file} {
		if w := d.ask(t, nobody, unsent, "", nil, d.mailed(t, mails, "lucia@example.com"), digest); w.Code != 404 {
			t.Errorf("%s before the request was sent: %d", unsent, w.Code)
		}
	}
	var answers []string
	for _, body := range []api.ContactRequest{
		{Request: ids[0][:8], Email: "alex@example.com"}, {Request: ids[0], Email: "nobody@example.com"}, {Request: "00000000", Email: "alex@example.com"},
		{Request: "00000000", Email: "alex@example.com"}, {Request: ids[0], Email: "alex@example.com"},
	} {
		w := d.ask(t, nobody, "POST /v1/contact-requests", "", body)
		answers = append(answers, fmt.Sprint(w.Code, w.Header(), w.Body))
	}
	if slices.Sort(answers); len(slices.Compact(answers)) != 1 || !strings.HasPrefix(answers[0], "202") {
		t.Errorf("the answers differ: %v", answers)
	}
	var again []string
	for _, m := range *mails {
		if _, after, ok := strings.Cut(m.Text, "/ask/"); ok && strings.Contains(m.Subject, ids[0][:8]) {
			again = append(again, "Authorization: Bearer "+strings.Fields(after)[0])
		}
	}
	if len(again) != 1 {
		t.Fatalf("%d new links", len(again))
	}
	if w := d.ask(t, nobody, file, "", nil, again[0], digest); w.Code != 404 {
		t.Errorf("the file by a new link: %d", w.Code)
	}
	if w := d.ask(t, nobody, submit, "", api.ContactDetails{}, again[0]); w.Code != 422 {
		t.Errorf("a request by a new link: %d", w.Code)
	}
	if s := read[api.ContactState](t, d.ask(t, nobody, asked, "", nil, again[0]), 200); s.Life == nil || s.Life.Request.ID != ids[0] {
		t.Errorf("a new link shows %+v", s)
	}
}

// bundled lists the files in the bundle of a link.
func (d *desk) bundled(t *testing.T, link string) (files []string) {
	t.Helper()
	w := d.ask(t, nobody, "GET /v1/contact-request/receipts/bundle", "", nil, link)
	archive, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if w.Code != 200 || err != nil {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	for _, f := range archive.File {
		files = append(files, f.Name)
	}
	return files
}
