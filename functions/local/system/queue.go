package system

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// queueFile has the messages that other systems have not got yet.
const queueFile = "callbacks.json"

// These name the queue, and the place of messages that are given up. A deployment has ARNs
// for them.
const (
	callbacksQueue = "callbacks"
	deadLetters    = "dead-letters"
)

// hidden is the time for which a received message is hidden, unless the receiver says
// otherwise.
const hidden = time.Minute

// queue is a queue in a file, and a bus with one rule: events about data requests go into
// the queue.
type queue struct {
	path string
	now  func() time.Time
	kept kept
}

// kept is the content of the file.
type kept struct {
	Mark    string    `json:"mark"` // of the last change that was published
	Sent    int       `json:"sent"` // the number of messages that were ever sent
	Waiting []message `json:"waiting"`
	Dead    []message `json:"dead"` // messages that were given up
}

type message struct {
	ID     string    `json:"id"`
	Body   string    `json:"body"`
	Sent   time.Time `json:"sent"`
	Next   time.Time `json:"next"` // hidden until then
	Reason string    `json:"reason,omitempty"`
}

func openQueue(path string, now func() time.Time) (*queue, error) {
	q := &queue{path: path, now: now}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return q, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &q.kept)
	}
	return q, err
}

// save writes the file beside itself and renames it.
func (q *queue) save() error {
	b, err := json.MarshalIndent(q.kept, "", "  ")
	if err != nil {
		return err
	}
	if err := os.Remove(q.path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeNew(q.path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(q.path+".new", q.path)
}

// Put implements published.Bus.
func (q *queue) Put(_ context.Context, details [][]byte) []error {
	errs := make([]error, len(details))
	var about []int // the indexes of the details about requests
	for i, detail := range details {
		var event struct {
			Data struct{ Requests []json.RawMessage }
		}
		if errs[i] = json.Unmarshal(detail, &event); len(event.Data.Requests) > 0 {
			q.add(string(detail))
			about = append(about, i)
		}
	}
	if len(about) == 0 {
		return errs
	}
	err := q.save()
	for _, i := range about {
		errs[i] = err
	}
	return errs
}

func (q *queue) add(body string) *message {
	q.kept.Sent++
	q.kept.Waiting = append(q.kept.Waiting, message{ID: strconv.Itoa(q.kept.Sent), Body: body, Sent: q.now(), Next: q.now()})
	return &q.kept.Waiting[len(q.kept.Waiting)-1]
}

// Send implements notify.Queue.
func (q *queue) Send(_ context.Context, arn, body string, attributes map[string]string) error {
	m := q.add(body)
	if arn == deadLetters {
		m.Reason = attributes["reason"]
		q.kept.Dead = append(q.kept.Dead, *m)
		q.kept.Waiting = q.kept.Waiting[:len(q.kept.Waiting)-1]
	}
	return q.save()
}

// Hide implements notify.Queue. A message's receipt handle is its id.
func (q *queue) Hide(_ context.Context, _, receipt string, d time.Duration) error {
	i := slices.IndexFunc(q.kept.Waiting, func(m message) bool { return m.ID == receipt })
	q.kept.Waiting[i].Next = q.now().Add(d)
	return q.save()
}

// receive returns messages that are not hidden, and hides them.
func (q *queue) receive(most int) (batch []events.SQSMessage) {
	for i := range q.kept.Waiting {
		m := &q.kept.Waiting[i]
		if len(batch) == most || m.Next.After(q.now()) {
			continue
		}
		m.Next = q.now().Add(hidden)
		batch = append(batch, events.SQSMessage{
			MessageId: m.ID, ReceiptHandle: m.ID, Body: m.Body, EventSourceARN: callbacksQueue,
			Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(m.Sent.UnixMilli(), 10)},
		})
	}
	return batch
}

// settle drops the messages of a batch that were handled.
func (q *queue) settle(batch []events.SQSMessage, failed []events.SQSBatchItemFailure) error {
	q.kept.Waiting = slices.DeleteFunc(q.kept.Waiting, func(m message) bool {
		return slices.ContainsFunc(batch, func(b events.SQSMessage) bool { return b.MessageId == m.ID }) &&
			!slices.ContainsFunc(failed, func(f events.SQSBatchItemFailure) bool { return f.ItemIdentifier == m.ID })
	})
	return q.save()
}

// advance notes the last change that was published.
func (q *queue) advance(mark string) error {
	q.kept.Mark = mark
	return q.save()
}

// next returns the moment at which the first message comes, or zero if none waits.
func (q *queue) next() (next time.Time) {
	for _, m := range q.kept.Waiting {
		if next.IsZero() || m.Next.Before(next) {
			next = m.Next
		}
	}
	return next
}
