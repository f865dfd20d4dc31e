package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
)

// TestDeskRemoval: a page asks before a file is taken out of an answer, and wants a case for it.
func TestDeskRemoval(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = withAnswers()
	digest := "sha256:" + strings.Repeat("0a", 32)
	s.API.Life["parts"] = []map[string]any{{"name": "wrong.pdf", "media_type": "application/pdf", "digest": digest, "size": 7, "attached": true, "where": "here", "receipt": 3}}
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	w := b.Get(path + "/out/" + digest)
	portaltest.Wants(t, w, 200, "Take wrong.pdf out of the answer?", "no longer part of the answer", ">Take it out</button>")
	form := url.Values{"csrf": {portaltest.CSRFField.FindStringSubmatch(w.Body.String())[1]}, "case": {"not a case"}}
	if w := b.Send("POST", path+"/out/"+digest, form); !strings.Contains(w.Body.String(), "Take wrong.pdf out of the answer?") || len(s.API.Sent) > 0 {
		t.Errorf("without a case: %d, sent %+v", w.Code, s.API.Sent)
	}
	form.Set("case", "C-9")
	w = b.Send("POST", path+"/out/"+digest, form)
	if sent := s.API.Last(); w.Code != 303 || !strings.HasSuffix(w.Header().Get("Location"), path+"#files") || sent.Method != "DELETE" ||
		!strings.HasSuffix(sent.Path, "/r1/attachments/"+digest) || sent.Header.Get("Case-Reference") != "C-9" {
		t.Errorf("%d to %s, sent %+v", w.Code, w.Header().Get("Location"), sent)
	}
	portaltest.Wants(t, b.Get(path+"/out/sha256:"+strings.Repeat("0b", 32)), 404)
	portaltest.Wants(t, s.AtDesk("auditor").Get(path+"/out/"+digest), 403)
}
