package system_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/devmail"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment/attachmenttest"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/statement"
)

// linked returns the newest link in the mails.
func (v *visitor) linked(t *testing.T) string {
	t.Helper()
	sent := mailedLink.FindStringSubmatch(v.do(t, "GET", devmail.Path, nil).body)
	if sent == nil {
		t.Fatal("no mail has a link")
	}
	return sent[1]
}

// TestContactIsAnswered: somebody without an account is told by mail that the request was answered,
// gets a new link by its number, downloads the file and the receipts, sees who looked, and checks all
// of it. The mail that tells says nothing else, and the log says nothing of it.
func TestContactIsAnswered(t *testing.T) {
	a := &answering{here: open(t), t: t}
	a.clerk = a.token(t, system.SampleOperator)
	v := &visitor{a.here, map[string]string{}}
	v.do(t, "POST", "/ask", url.Values{"type": {"access"}, "how": {"mail"}, "email": {system.SampleMail}})
	first := v.linked(t)
	v.do(t, "POST", first, url.Values{"details": {"All of it."}})
	var list api.Requests
	a.ask(t, a.clerk, "GET", "/v1/operator/requests", "").into(t, &list)
	a.id, a.desk = list.Requests[0].ID, api.Of(list.Requests[0].Person).Request(list.Requests[0].ID)
	told := func() int {
		t.Helper()
		_, err := a.sys.Courier.Work(t.Context(), callback.NewSender(callback.Public(), patience, time.Now))
		must(t, err)
		return strings.Count(v.do(t, "GET", devmail.Path, nil).body, "/ask/again?number="+a.id[:8]+`"`)
	}
	upload := a.upload(`{"name":"letters.pdf","media_type":"application/pdf"}`, attachmenttest.PDF)
	a.act("/uploads/"+upload.ID, "").into(t, new(api.Given))
	wrong := a.upload(`{"name":"wrong.pdf","media_type":"application/pdf"}`, attachmenttest.PDF)
	a.act("/uploads/"+wrong.ID, "").into(t, new(api.Given))
	a.ask(t, a.clerk, "DELETE", api.Of(list.Requests[0].Person).Attachment(a.id, statement.Digest([]byte(attachmenttest.PDF))), "", "Case-Reference", "DR-9").into(t, new(api.Given))
	if n := told(); n != 0 {
		t.Errorf("%d mails before there is an answer", n)
	}
	if got := v.do(t, "GET", first, nil); strings.Contains(got.body, "letters.pdf") {
		t.Error("the page has a file before there is an answer")
	}
	a.act("/steps", `{"act":"complete","note":"Here are your letters."}`).into(t, new(api.Given))
	for range 2 {
		if n := told(); n != 1 {
			t.Errorf("%d mails tell of the answer", n)
		}
	}
	if box := v.do(t, "GET", devmail.Path, nil).body; strings.Contains(box, "letters") {
		t.Errorf("a mail has content: %s", box)
	}
	const again = "/ask/again"
	if got := v.do(t, "GET", again+"?number="+a.id[:8], nil); got.status != 200 || !strings.Contains(got.body, `value="`+a.id[:8]+`"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, wrong := range []url.Values{{}, {"number": {"one"}, "email": {system.SampleMail}}, {"number": {a.id[:8]}, "email": {"alex"}}} {
		if got := v.do(t, "POST", again, wrong); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", wrong, got.status)
		}
	}
	if got := v.do(t, "POST", again, url.Values{"number": {" " + strings.ToUpper(a.id[:8])}, "email": {system.SampleMail}}); got.location != again+"?sent=1" {
		t.Fatalf("%d to %s", got.status, got.location)
	}
	link := v.linked(t)
	shown := v.do(t, "GET", link, nil)
	if link == first || shown.status != 200 || !strings.Contains(shown.body, "letters.pdf") || strings.Contains(shown.body, "wrong.pdf") || !strings.Contains(shown.body, "Here are your letters.") {
		t.Fatalf("%s: %d %s", link, shown.status, shown.body)
	}
	found := v.do(t, "GET", link+"/files/"+statement.Digest([]byte(attachmenttest.PDF)), nil)
	if _, path, ok := strings.Cut(found.location, "/dev-files"); !ok || v.do(t, "GET", "/dev-files"+path, nil).body != attachmenttest.PDF {
		t.Errorf("the file: %d, %s", found.status, found.location)
	}
	if got := v.do(t, "GET", link+"/files/"+statement.Digest(nil), nil); got.status != http.StatusNotFound {
		t.Errorf("another file: %d", got.status)
	}
	if got := v.do(t, "GET", link+"/receipts/2?format=text", nil); got.status != 200 || !strings.Contains(strings.ReplaceAll(got.body, "\n", ""), "/ask/again") {
		t.Errorf("the receipt of the file: %d %s", got.status, got.body)
	}
	looked := v.do(t, "GET", link+"/looked", nil)
	if looked.status != 200 || strings.Count(looked.body, "<code>") < 3 || !strings.Contains(looked.body, "DR-9") {
		t.Errorf("who looked: %d %s", looked.status, looked.body)
	}
	bundle := v.do(t, "GET", link+"/bundle", nil)
	a.genuine(bundle.body)
	for _, page := range []string{"/looked", "/bundle", "/files/" + statement.Digest(nil), "/receipts/1"} {
		if got := v.do(t, "GET", "/ask/x"+page, nil); got.status != http.StatusNotFound || !strings.Contains(got.body, "This link opens nothing") {
			t.Errorf("%s without a link: %d", page, got.status)
		}
	}
	for _, href := range regexp.MustCompile(`href="(/ask/[^"]+)"`).FindAllStringSubmatch(shown.body+looked.body, -1) {
		if got := v.do(t, "GET", href[1], nil); got.status != 200 && got.status != http.StatusSeeOther {
			t.Errorf("%s leads to %d", href[1], got.status)
		}
	}
	if log := a.log.String(); strings.Contains(log, system.SampleMail) || strings.Contains(log, a.id) {
		t.Errorf("the log has %s", log)
	}
}

// genuine checks a bundle as anybody can: all five receipts, and who looked.
func (a *answering) genuine(bundle string) {
	a.t.Helper()
	file := filepath.Join(a.t.TempDir(), "bundle.zip")
	must(a.t, os.WriteFile(file, []byte(bundle), 0o600))
	report, err := check.Run(a.t.Context(), []string{file}, check.Options{Roots: receipt.Roots{a.sys.Root}})
	if err != nil || report.Verdict != receipt.Genuine || report.Checked != 5 || report.Looks < 3 || len(report.Gaps) > 0 {
		a.t.Errorf("the bundle: %+v, %v", report, err)
	}
}
