// Package piecework has a function do the work over everybody piece by piece. A piece is a
// message of the function's queue. It takes a bounded time, and the pieces that follow from it
// go into the queue in turn: the queue is the record of how far the work came. So no
// invocation has to reach the end, and whatever stops one loses nothing but its own piece,
// which the queue delivers again. Pieces come at least once and in any order.
package piecework

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
)

// Queue is the part of SQS that Handler needs.
type Queue interface {
	Send(ctx context.Context, arn, body string, attributes map[string]string) error
	SendAll(ctx context.Context, arn string, bodies []string) error
}

// Handler does pieces. All fields are set.
type Handler[Piece any] struct {
	// Do does a piece, and returns those that follow from it. After an error the same piece
	// comes again, unless the error is Never.
	Do    func(context.Context, Piece) ([]Piece, error)
	Never error // of what is no piece, and can never be done
	Queue Queue
	Dead  string // ARN of the dead-letter queue
	Log   *slog.Logger
}

// Handle handles a batch. Messages that are not done stay in the queue.
func (h *Handler[Piece]) Handle(ctx context.Context, batch events.SQSEvent) (out events.SQSEventResponse, err error) {
	for _, m := range batch.Records {
		if err := h.one(ctx, m); err != nil {
			h.Log.Error("piece not done", "message", m.MessageId, "error", err)
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

// one does the piece of a message, and puts those that follow into the queue.
func (h *Handler[Piece]) one(ctx context.Context, m events.SQSMessage) error {
	var piece Piece
	in := json.NewDecoder(bytes.NewReader([]byte(m.Body)))
	in.DisallowUnknownFields()
	if err := in.Decode(&piece); err != nil || in.More() {
		return h.bury(ctx, m, "not the JSON of a piece")
	}
	next, err := h.Do(ctx, piece)
	if errors.Is(err, h.Never) {
		return h.bury(ctx, m, err.Error())
	}
	if err != nil {
		return err
	}
	bodies := make([]string, len(next))
	for i, p := range next {
		b, err := json.Marshal(p)
		if err != nil {
			return err
		}
		bodies[i] = string(b)
	}
	return h.Queue.SendAll(ctx, m.EventSourceARN, bodies)
}

// bury puts a message into the dead-letter queue, where people look, with the reason.
func (h *Handler[Piece]) bury(ctx context.Context, m events.SQSMessage, reason string) error {
	h.Log.Error("no piece of this work", "message", m.MessageId, "reason", reason)
	return h.Queue.Send(ctx, h.Dead, m.Body, map[string]string{"reason": reason})
}
