// Package intake turns the events of producers, in batches from their queues,
// into commands. Like its sibling handler it parses and builds; it holds no
// business rule.
//
// A producer has a queue of its own, and the queue's name tells the producer and its
// channel: what a message says about its own origin is not believed. The customer id in the
// message names the person. Only the producer vouches for it, and receipts say so.
//
// Every event ends in one of three ways: as one receipt, as acknowledged because it changes
// nothing, or in the dead-letter queue with the reason. Until then SQS delivers it again.
package intake

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// people is how many people's messages are worked on at once.
const people = 8

// margin is the part of the time that is kept for the dead-letter queue.
const margin = 2 * time.Second

// Producer is the sender to a queue, according to the configuration.
type Producer struct {
	Name    string `json:"name"`
	Channel string `json:"channel"`
}

// DeadLetters puts a message into a queue. The attributes are text.
type DeadLetters interface {
	Send(ctx context.Context, queueARN, body string, attributes map[string]string) error
}

// Handler serves the producers' queues. All fields are set.
type Handler struct {
	Registrar   *registrar.Registrar
	Pseudonyms  *pseudonym.Maker
	Producers   map[string]Producer // by the name of the queue
	DeadLetters DeadLetters
	Metrics     *emf.Emitter
	Log         *slog.Logger
}

// Handle processes a batch and answers which messages SQS shall deliver again. The messages
// of one person are processed one after another, in the order of the batch. The messages of
// different people are processed at the same time.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	ends := make([]end, len(batch.Records))
	persons := map[string][]int{}
	readings := make([]*reading, len(batch.Records))
	for i := range batch.Records {
		r := h.read(&batch.Records[i])
		readings[i] = r
		persons[r.subject] = append(persons[r.subject], i)
	}
	var work sync.WaitGroup
	slots := make(chan struct{}, people)
	for _, indexes := range persons {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			for _, i := range indexes {
				ends[i] = h.process(ctx, readings[i])
			}
		})
	}
	work.Wait()

	var answer events.SQSEventResponse
	type kind struct{ producer, outcome string }
	counts := map[kind]int{}
	for i, e := range ends {
		counts[kind{readings[i].producer.Name, e.outcome}]++
		if e.outcome == Retried {
			answer.BatchItemFailures = append(answer.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: batch.Records[i].MessageId})
		}
	}
	for of, n := range counts {
		h.Metrics.Count("Events", n, map[string]string{"Producer": of.producer, "Outcome": of.outcome})
	}
	return answer, nil
}

// reading is the result of reading a message. Either err is set, or all other fields are.
type reading struct {
	message  *events.SQSMessage
	producer Producer
	event    *event
	queued   time.Time
	subject  string // pseudonym
	err      error
}

func (h *Handler) read(m *events.SQSMessage) (r *reading) {
	r = &reading{message: m}
	defer func() {
		if p := recover(); p != nil {
			r.err = h.panicked(p)
		}
	}()
	queue := m.EventSourceARN[strings.LastIndexByte(m.EventSourceARN, ':')+1:]
	var known bool
	if r.producer, known = h.Producers[queue]; !known {
		r.producer.Name, r.err = "unknown", fmt.Errorf("%w: %q", errQueue, queue)
		return r
	}
	if r.event, r.err = parse(m.Body); r.err != nil {
		return r
	}
	if r.queued, r.err = queuedAt(m); r.err != nil {
		if _, no := r.event.command.(consent.OptOut); !no {
			return r
		}
	}
	if r.subject, r.err = h.Pseudonyms.Of(r.event.subject); r.err != nil {
		r.err = fmt.Errorf("%w: at /subject: %w", errEnvelope, r.err)
	}
	return r
}

// process carries out one message. A message that can never succeed goes to the dead-letter
// queue.
func (h *Handler) process(ctx context.Context, r *reading) end {
	result, err := h.do(ctx, r)
	e := h.conclude(r, result, err)
	if e.outcome == DeadLettered {
		if sendErr := h.putAway(ctx, r, err); sendErr != nil {
			e.outcome, err = Retried, fmt.Errorf("%w; dead-letter queue: %w", err, sendErr)
		}
	}
	h.log(r, e, err)
	return e
}

// do carries out the command of a message, as long as there is time. A panic becomes an error
// here.
func (h *Handler) do(ctx context.Context, r *reading) (result *registrar.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = h.panicked(p)
		}
	}()
	if r.err != nil {
		return nil, r.err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ledger.ErrBusy, err)
	}
	return h.Registrar.Do(ctx, ledger.Person(r.subject), r.key(), r.event.command, r.context())
}

// panicked logs where a panic came from; its value may hold anything.
func (h *Handler) panicked(value any) error {
	h.Log.Error("panic", "value", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
	return errPanic
}

// key is the idempotency key: the event's id behind the producer's name. It contains a NUL,
// which no key of the HTTP API does. An opt-out without an id takes the id of its message.
func (r *reading) key() string {
	if r.event.id == "" {
		return "message\x00" + r.producer.Name + "\x00" + originalID(r.message)
	}
	return "event\x00" + r.producer.Name + "\x00" + r.event.id
}

// context says who acted, and that this service knows it from the producer.
func (r *reading) context() consent.Context {
	return consent.Context{
		Actor: r.event.actor,
		Evidence: statement.Evidence{
			Level: r.event.level(), Channel: r.producer.Channel, Producer: r.producer.Name, Claimed: r.event.claimed,
			Copied: r.event.copied,
		},
		OccurredAt: r.event.occurred, QueuedAt: r.queued, Customer: r.event.subject,
	}
}

// log writes one line about a message, without anything personal: no body, no
// customer id, no pseudonym.
func (h *Handler) log(r *reading, e end, err error) {
	attrs := []any{"message_id", r.message.MessageId, "producer", r.producer.Name, "outcome", e.outcome}
	if r.event != nil {
		attrs = append(attrs, "operation", r.event.command.Operation())
	}
	level := slog.LevelInfo
	switch e.outcome {
	case DeadLettered:
		level, attrs = slog.LevelWarn, append(attrs, "reason", e.reason)
	case Retried:
		level = slog.LevelError
		attrs = append(attrs, "reason", e.reason, "receives", strconv.Itoa(receives(r.message)), "error", err)
	}
	h.Log.Log(context.Background(), level, "event", attrs...)
	if e.reason == reasonCorrupt {
		h.Log.Error(alarm.Refused, "message_id", r.message.MessageId, "error", err)
	}
}
