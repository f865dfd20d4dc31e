package system

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"consent-receipts/functions/internal/callback"
	"consent-receipts/functions/internal/callbacks"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/register"
)

// outboxFile has what is still to be told to other systems.
const outboxFile = "callbacks.json"

// Outbox is on this machine what stream, bus and queue are in the cloud: it learns of
// each receipt that was appended, and keeps the callbacks in a file until they are
// delivered or given up. It is safe for concurrent use.
type Outbox struct {
	path   string
	teller func() (callbacks.Teller, error)
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	kept []kept
}

// kept is a callback, or the news of a receipt from which callbacks are still to be made.
type kept struct {
	News    *callbacks.News  `json:"news,omitempty"`
	Message callback.Message `json:"message,omitzero"`
	State   callback.State   `json:"state,omitzero"`
}

func openOutbox(dir string, now func() time.Time, log *slog.Logger) (*Outbox, error) {
	o := &Outbox{path: filepath.Join(dir, outboxFile), now: now, log: log}
	b, err := os.ReadFile(o.path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &o.kept)
	}
	return o, err
}

// change changes what is kept, and the file with it: written beside and renamed.
func (o *Outbox) change(do func([]kept) []kept) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	changed := do(slices.Clone(o.kept))
	b, err := json.MarshalIndent(changed, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.path+".new", b, 0o600); err != nil {
		return err
	}
	if err := os.Rename(o.path+".new", o.path); err != nil {
		return err
	}
	o.kept = changed
	return nil
}

// announcing tells the outbox of what is appended about data requests of other systems.
type announcing struct {
	ledger.Store
	elsewhere func(ctx context.Context, request string) (bool, error)
	outbox    *Outbox
}

// Append implements ledger.Store. News that cannot be kept are no reason to say that
// nothing was appended.
func (a announcing) Append(ctx context.Context, e ledger.Entry) error {
	if err := a.Store.Append(ctx, e); err != nil || e.Line == (ledger.Line{}) {
		return err
	}
	var line register.Line
	err := json.Unmarshal([]byte(e.Line.Text), &line)
	if err == nil {
		var theirs bool
		if theirs, err = a.elsewhere(ctx, line.ID); theirs {
			err = a.outbox.announce(line)
		}
	}
	if err != nil {
		a.outbox.log.Error("news not kept", "error", err)
	}
	return nil
}

// announce keeps the news of how a request stands.
func (o *Outbox) announce(line register.Line) error {
	news := new(callbacks.News)
	news.Data.Event = "request-" + line.State
	news.Data.Requests = append(news.Data.Requests, callbacks.Request{ID: line.ID})
	return o.change(func(all []kept) []kept { return append(all, kept{News: news}) })
}

// Work makes callbacks of the news, and tries those that are due. It returns when the
// next one is, or zero if none waits.
func (o *Outbox) Work(ctx context.Context, sender *callback.Sender) (next time.Time, err error) {
	if err := o.tell(ctx); err != nil {
		return next, err
	}
	o.mu.Lock()
	all := slices.Clone(o.kept)
	o.mu.Unlock()
	for _, k := range all {
		if k.News == nil && k.State.Due(o.now()) {
			state, err := sender.Send(ctx, k.Message, k.State)
			if err != nil {
				o.log.Warn("callback not delivered", "attempts", state.Attempts, "outcome", state.Outcome, "error", err)
			}
			err = o.change(func(all []kept) []kept {
				i := slices.IndexFunc(all, func(other kept) bool { return other.Message.ID == k.Message.ID })
				if i >= 0 && state.Outcome == callback.Delivered {
					return slices.Delete(all, i, i+1)
				}
				if i >= 0 {
					all[i].State = state // what is given up stays, with the reason
				}
				return all
			})
			if err != nil {
				return next, err
			}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range o.kept {
		if k.News == nil && k.State.Outcome == callback.Waiting && (next.IsZero() || k.State.Next.Before(next)) {
			next = k.State.Next
		}
	}
	return next, nil
}

// tell makes callbacks of the news that there are.
func (o *Outbox) tell(ctx context.Context) error {
	o.mu.Lock()
	all := slices.Clone(o.kept)
	o.mu.Unlock()
	for _, k := range all {
		if k.News == nil {
			continue
		}
		teller, err := o.teller()
		if err != nil {
			return err
		}
		messages, err := teller.Messages(ctx, *k.News)
		if err != nil {
			return err
		}
		err = o.change(func(all []kept) []kept {
			i := slices.IndexFunc(all, func(other kept) bool { return other.News == k.News })
			if i < 0 {
				return all
			}
			all = slices.Delete(all, i, i+1)
			for _, m := range messages {
				if !slices.ContainsFunc(all, func(other kept) bool { return other.Message.ID == m.ID }) {
					all = append(all, kept{Message: m})
				}
			}
			return all
		})
		if err != nil {
			return err
		}
	}
	return nil
}
