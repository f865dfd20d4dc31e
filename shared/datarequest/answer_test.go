package datarequest_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// TestAnswer: an answer to a request for data has contents, or says that there are none, and a
// partial one says what it leaves out.
func TestAnswer(t *testing.T) {
	c := calendar(t, "UTC", nil)
	received := moment(t, "2026-06-01T12:00:00Z")
	one := func(what, why string) []statement.Withheld { return []statement.Withheld{{What: what, Why: why}} }
	const full, partly, no = datarequest.Complete, datarequest.CompletePartly, "excessive"
	for name, test := range map[string]struct {
		kind     statement.RequestType
		parts    int
		act      datarequest.Act
		nothing  bool
		withheld []statement.Withheld
		want     error
	}{
		"nothing, and not said":              {"access", 0, full, false, nil, datarequest.ErrAnswer},
		"nothing, and said":                  {"access", 0, full, true, nil, nil},
		"a part":                             {"portability", 1, full, false, nil, nil},
		"a part, and nothing":                {"portability", 1, full, true, nil, datarequest.ErrAnswer},
		"an erasure":                         {"erasure", 0, full, false, nil, nil},
		"an erasure, and nothing":            {"erasure", 0, full, true, nil, datarequest.ErrAnswer},
		"nothing at the start":               {"access", 0, datarequest.Start, true, nil, datarequest.ErrAnswer},
		"a full answer that leaves out":      {"access", 1, full, false, one("calls", no), datarequest.ErrAnswer},
		"a part that leaves out":             {"access", 1, partly, false, one("calls", no), nil},
		"no part, but that leaves out":       {"access", 0, partly, false, one("calls", no), nil},
		"a part that leaves out nothing":     {"access", 1, partly, false, nil, datarequest.ErrAnswer},
		"a part that is nothing":             {"access", 0, partly, true, one("calls", no), datarequest.ErrAnswer},
		"a part for a made-up reason":        {"access", 1, partly, false, one("calls", "holidays"), datarequest.ErrReason},
		"a part that leaves out no thing":    {"access", 1, partly, false, one("", no), datarequest.ErrAnswer},
		"a part that leaves out long things": {"access", 1, partly, false, one(strings.Repeat("é", 201), no), datarequest.ErrAnswer},
		"a part that leaves out many things": {"access", 1, partly, false, make([]statement.Withheld, 9), datarequest.ErrAnswer},
		"an erasure in part":                 {"erasure", 0, partly, false, nil, nil},
		"an erasure in part that says what":  {"erasure", 0, partly, false, one("invoices", no), nil},
	} {
		r, _, err := datarequest.Open("id", test.kind, "gdpr", "", received, nil, c)
		must(t, err)
		r.Parts = test.parts
		step := datarequest.Step{Act: test.act, By: datarequest.Staff, NothingHeld: test.nothing, Withheld: test.withheld}
		if test.act == partly {
			step.Reason = no
		}
		if _, err = datarequest.Apply(r, step, received, nil, c); !errors.Is(err, test.want) || (test.want == nil && err != nil) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
