package looks_test

import (
	"errors"
	"testing"
	"time"

	"consent-receipts/shared/receipt/looks"
)

// TestFollows: a record comes after the one whose digest it names, in the same ledger and
// with the next number, or it is the first.
func TestFollows(t *testing.T) {
	mine, others := looks.OfDay(time.Unix(0, 0)), looks.Of("somebody")
	first := &looks.Record{Subject: mine, Seq: 1, Raw: "e30.e30.c2ln"}
	forked := &looks.Record{Subject: mine, Seq: 1, Raw: "e30.eyJ9.c2ln"}
	for name, c := range map[string]struct {
		record looks.Record
		before *looks.Record
		want   error
	}{
		"the first":                     {looks.Record{Subject: mine, Seq: 1}, nil, nil},
		"the second":                    {looks.Record{Subject: mine, Seq: 2, Prev: first.Digest()}, first, nil},
		"a first that names one before": {looks.Record{Subject: mine, Seq: 1, Prev: first.Digest()}, nil, looks.ErrBroken},
		"a second with none before":     {looks.Record{Subject: mine, Seq: 2, Prev: first.Digest()}, nil, looks.ErrBroken},
		"a second that names none":      {looks.Record{Subject: mine, Seq: 2}, first, looks.ErrBroken},
		"after another first":           {looks.Record{Subject: mine, Seq: 2, Prev: first.Digest()}, forked, looks.ErrBroken},
		"in another ledger":             {looks.Record{Subject: others, Seq: 2, Prev: first.Digest()}, first, looks.ErrBroken},
		"the first again":               {looks.Record{Subject: mine, Seq: 1, Prev: first.Digest()}, first, looks.ErrBroken},
		"with one missing":              {looks.Record{Subject: mine, Seq: 3, Prev: first.Digest()}, first, looks.ErrBroken},
	} {
		if err := c.record.Follows(c.before); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
