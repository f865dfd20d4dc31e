package system_test

import (
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
)

// entered is the answer to a request that the staff entered.
type entered struct {
	Seq     uint64
	Request struct {
		ID, State, Due string
		Received       time.Time
	}
}

// TestEntered: the time of a letter counts from the day on which it came, however late the
// staff enters it. The receipt says who entered it.
func TestEntered(t *testing.T) {
	h := open(t)
	clerk := h.token(t, system.SampleOperator)
	person, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	at := "/v1/operator/people/" + person
	cat, _ := h.sys.API.Registrar.Catalogue.Current()
	zone, err := time.LoadLocation(cat.DataRequests.Timezone)
	must(t, err)
	calendar, err := cat.DataRequests.Calendar("gdpr")
	must(t, err)
	enter := func(body string) (out entered) {
		t.Helper()
		h.ask(t, clerk, "POST", at+"/data-requests", body, "Case-Reference", "C-7").into(t, &out)
		return out
	}
	now := time.Now()
	day := now.In(zone).AddDate(0, 0, -3).Format(time.DateOnly)
	first, err := time.ParseInLocation(time.DateOnly, day, zone)
	must(t, err)
	if utc, err := time.Parse(time.DateOnly, day); err == nil && utc.After(first) {
		first = utc // or else the receipt, which speaks of UTC, would be of the day before
	}
	for body, want := range map[string]time.Time{
		`{"type":"access","received":"` + day + `"}`:                                         first,
		`{"type":"access","received":"` + now.Add(-50*time.Hour).Format(time.RFC3339) + `"}`: now.Add(-50 * time.Hour).Truncate(time.Second),
	} {
		got := enter(body).Request
		if !got.Received.Equal(want) || got.State != "received" {
			t.Errorf("%s: %+v, want %s", body, got, want)
		}
		least, most := calendar.Today(want.AddDate(0, 1, 0)).String(), calendar.Today(want.AddDate(0, 1, 6)).String() // a month, to a working day
		if got.Due < least || got.Due > most {
			t.Errorf("%s: due %s, not from %s to %s", body, got.Due, least, most)
		}
	}
	if got := enter(`{"type":"rectification","received":"` + now.In(zone).Format(time.DateOnly) + `"}`).Request; got.Received.After(time.Now()) {
		t.Errorf("today: %+v", got)
	}
	if got := enter(`{"type":"erasure","details":"Erase it."}`).Request; now.Sub(got.Received) > time.Minute {
		t.Errorf("without a date: %+v", got)
	}
	for body, slug := range map[string]string{
		`{"type":"access","received":"` + now.AddDate(0, 0, 2).Format(time.DateOnly) + `"}`:         "invalid-body",
		`{"type":"access","received":"` + now.Add(time.Hour).Format(time.RFC3339) + `"}`:            "invalid-body",
		`{"type":"access","received":"` + now.AddDate(0, 0, -368).Format(time.DateOnly) + `"}`:      "invalid-body",
		`{"type":"access","received":"2026-02-30"}`:                                                 "invalid-body",
		`{"type":"access","customer":"` + lucia + `"}`:                                              "invalid-body", // somebody else's
		`{"type":"access","received":"yesterday"}`:                                                  "invalid-body",
		`{"type":"withdrawal","about":"5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f"}`:                      "invalid-body",
		`{"type":"appeal","about":"5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f","received":"` + day + `"}`: "not-found",
	} {
		if got, _ := h.ask(t, clerk, "POST", at+"/data-requests", body, "Case-Reference", "C-7").problem(t); got != slug {
			t.Errorf("%s: %s", body, got)
		}
	}
	key := []string{"Case-Reference", "C-7", "Idempotency-Key", "letter-1"}
	h.ask(t, clerk, "POST", at+"/data-requests", `{"type":"portability","received":"`+day+`"}`, key...)
	if slug, _ := h.ask(t, clerk, "POST", at+"/data-requests", `{"type":"portability"}`, key...).problem(t); slug != "idempotency-mismatch" {
		t.Errorf("the same key, received at another time: %s", slug)
	}
	text := h.ask(t, h.token(t, alex), "GET", "/v1/receipts/3?format=json", "")
	if !strings.Contains(string(text.body), `"role":"agent"`) || !strings.Contains(string(text.body), "C-7") {
		t.Errorf("the receipt says %s", text.body)
	}
}

// TestEnteredTooLate: a letter that lay until its time was over is overdue the same day.
func TestEnteredTooLate(t *testing.T) {
	h := open(t)
	clerk := h.token(t, system.SampleOperator)
	person, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	at := "/v1/operator/people/" + person + "/data-requests"
	var out entered
	h.ask(t, clerk, "POST", at, `{"type":"access","received":"`+time.Now().AddDate(0, 0, -90).Format(time.DateOnly)+`"}`, "Case-Reference", "C-7").into(t, &out)
	report, err := h.sys.Sweep().Run(t.Context(), 0)
	must(t, err)
	if report.Recorded != 1 || report.Overdue != 1 {
		t.Errorf("the sweep: %+v", report)
	}
	var now life
	h.ask(t, clerk, "GET", at+"/"+out.Request.ID, "").into(t, &now)
	if now.Request.State != "overdue" {
		t.Errorf("it is %s", now.Request.State)
	}
}
