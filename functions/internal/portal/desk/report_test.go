package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/shared/docket"
)

func TestDeskReport(t *testing.T) {
	s := portaltest.New(t)
	b := s.AtDesk("auditor")
	w := b.Get("/desk/report?from=2026-01&until=2026-11&x=y")
	portaltest.Wants(t, w, 200, "As of 24 November 2026", "<dd>8 of 9</dd>", "<dd>12</dd>", `<th scope="row">Delete the data<small>GDPR</small></th>`, `<abbr title="Answered in time">In time</abbr>`, `<td data-label="Answered in time">8</td>`, `href="/desk/report.csv?from=2026-01&amp;until=2026-11"`, `value="2026-01"`)
	if got := s.API.Asked.Encode(); got != "from=2026-01&until=2026-11" {
		t.Errorf("asked for %s", got)
	}
	portaltest.Wants(t, b.Get("/desk/report"), 200, fmt.Sprintf("the last %d months", docket.Reach))
	if strings.Contains(w.Body.String(), `class="bad"`) {
		t.Error("nothing is overdue")
	}
	portaltest.Wants(t, b.Get("/desk/report?from=2026-13&until=2026-11"), 422, `href="#from"`, `value="2026-13"`, `value="2026-11"`, "Enter a month")
	portaltest.Wants(t, b.Get("/desk/report?until=soon"), 422, `href="#until"`)
	s.API.Overdue = 2
	portaltest.Wants(t, b.Get("/desk/report"), 200, `class="bad"><dt>Overdue</dt><dd><a href="/desk/requests?state=overdue">2</a>`)
	w = b.Get("/desk/report.csv")
	if got := w.Header().Get("Content-Disposition"); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "type,rule") || got != `attachment; filename="data-requests.csv"` {
		t.Errorf("%d %q %s", w.Code, got, w.Body)
	}
	portaltest.Wants(t, s.Browser().Get("/desk/report.csv"), 401)
}
