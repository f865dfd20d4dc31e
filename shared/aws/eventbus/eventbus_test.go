package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"consent-receipts/shared/aws/eventbus"
)

// bridge takes events, and refuses each as often as it is told to. While down it
// answers no request.
type bridge struct {
	refuse   map[string]int
	down     int
	taken    []string
	requests []int // entries of each
}

func (b *bridge) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	b.requests = append(b.requests, len(in.Entries))
	if b.down > 0 {
		b.down--
		return nil, errors.New("down")
	}
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.Entries {
		if b.refuse[*e.Detail] > 0 {
			b.refuse[*e.Detail]--
			out.FailedEntryCount++
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String("ThrottlingException")})
			continue
		}
		b.taken = append(b.taken, *e.Detail)
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String("id")})
	}
	return out, nil
}

func details(n int) (out [][]byte) {
	for i := range n {
		out = append(out, fmt.Appendf(nil, `{"n":%d}`, i))
	}
	return out
}

func TestPut(t *testing.T) {
	const always = 99
	large := []byte(`"` + strings.Repeat("x", 100<<10) + `"`)
	for _, c := range []struct {
		name     string
		bridge   bridge
		details  [][]byte
		requests []int
		failed   []int
	}{
		{"nothing", bridge{}, nil, nil, nil},
		{"at most ten in a request", bridge{}, details(23), []int{10, 10, 3}, nil},
		{"at most 256 KB in a request", bridge{}, [][]byte{large, large, large}, []int{2, 1}, nil},
		{"only what failed is put again", bridge{refuse: map[string]int{`{"n":1}`: 1, `{"n":3}`: 2}}, details(5), []int{5, 2, 1}, nil},
		{"what is always refused is told", bridge{refuse: map[string]int{`{"n":1}`: always}}, details(3), []int{3, 1, 1, 1}, []int{1}},
		{"no answer once", bridge{down: 1}, details(2), []int{2, 2}, nil},
		{"no answer ever", bridge{down: always}, details(2), []int{2, 2, 2, 2}, []int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus := &eventbus.Bus{Client: &c.bridge, Name: "out", Source: "consent-receipts", DetailType: "t"}
			errs := bus.Put(t.Context(), c.details)
			var failed []int
			for i, err := range errs {
				if err != nil {
					failed = append(failed, i)
					if !errors.Is(err, eventbus.ErrRefused) {
						t.Errorf("event %d: %v", i, err)
					}
				}
			}
			if !slices.Equal(failed, c.failed) || !slices.Equal(c.bridge.requests, c.requests) {
				t.Errorf("failed %v in requests of %v, want %v in %v", failed, c.bridge.requests, c.failed, c.requests)
			}
			if len(c.bridge.taken) != len(c.details)-len(c.failed) {
				t.Errorf("%d taken", len(c.bridge.taken))
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	b := &bridge{}
	bus := &eventbus.Bus{Client: b, Name: "out", Source: "s", DetailType: "t"}
	errs := bus.Put(t.Context(), [][]byte{make([]byte, 256<<10), []byte("{}")})
	if !errors.Is(errs[0], eventbus.ErrTooLarge) || errs[1] != nil || len(b.requests) != 1 {
		t.Errorf("%v in %v", errs, b.requests)
	}
}

// TestEnded: when the time is over, nothing more is tried and the failure told.
func TestEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := &bridge{down: 99}
	bus := &eventbus.Bus{Client: b, Name: "out", Source: "s", DetailType: "t"}
	if errs := bus.Put(ctx, details(1)); errs[0] == nil || len(b.requests) > 2 {
		t.Errorf("%v in %v", errs, b.requests)
	}
}
