package piecework_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/piecework"
)

// queues keeps what is sent, and hands it to the function as Lambda does.
type queues struct {
	own, dead []string
	down      error
}

const (
	own  = "arn:aws:sqs:eu-west-1:111122223333:work"
	dead = own + "-dlq"
)

func (q *queues) Send(_ context.Context, arn, body string, attributes map[string]string) error {
	if arn == dead && q.down == nil {
		q.dead = append(q.dead, body+": "+attributes["reason"])
	}
	return q.down
}

func (q *queues) SendAll(_ context.Context, arn string, bodies []string) error {
	if arn == own && q.down == nil {
		q.own = append(q.own, bodies...)
	}
	return q.down
}

// count is a work: to count from one number to another.
type count struct {
	From, To int
}

var errCount = errors.New("not to be counted")

// TestHandle: a work is done to its end, whatever fails on the way; what can never be done is
// put where people look.
func TestHandle(t *testing.T) {
	var done []int
	fails := map[int]int{2: 3, 5: 1} // by number, how often
	q := &queues{own: []string{`{"From":1,"To":7}`, "{", `{"From":1,"Until":7}`, `{"From":9,"To":7}`}}
	h := &piecework.Handler[count]{
		Never: errCount, Queue: q, Dead: dead, Log: slog.New(slog.DiscardHandler),
		Do: func(_ context.Context, c count) ([]count, error) {
			if c.From > c.To {
				return nil, errCount
			}
			if fails[c.From]--; fails[c.From] >= 0 {
				return []count{{99, 100}}, errors.New("busy")
			}
			done = append(done, c.From)
			if c.From == c.To {
				return nil, nil
			}
			return []count{{c.From + 1, c.To}}, nil
		},
	}
	for len(q.own) > 0 {
		m := events.SQSMessage{MessageId: "1", Body: q.own[0], EventSourceARN: own}
		q.own = q.own[1:]
		answer, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{m}})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.BatchItemFailures) > 0 {
			q.own = append(q.own, m.Body)
		}
	}
	if !slices.Equal(done, []int{1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("counted %v", done)
	}
	if len(q.dead) != 3 || !strings.HasSuffix(q.dead[0], ": not the JSON of a piece") || !strings.HasSuffix(q.dead[2], ": "+errCount.Error()) {
		t.Errorf("buried %q", q.dead)
	}
	q.down = errors.New("no queue")
	for _, body := range []string{"{", `{"From":1,"To":7}`} {
		answer, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", Body: body, EventSourceARN: own}}})
		if err != nil || len(answer.BatchItemFailures) != 1 {
			t.Errorf("%s: without a queue it is not said to be undone: %+v, %v", body, answer, err)
		}
	}
}
