package system

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"consent-receipts/functions/internal/notify"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
)

// outboxFile has what is still to be told to other systems.
const outboxFile = "callbacks.json"

// Outbox is on this machine what stream, bus and queue are in the cloud: it learns of
// each receipt that was appended, and keeps the callbacks in a file until they are
// delivered or given up. It is safe for concurrent use.
type Outbox struct {
	path   string
	teller func() (notify.Teller, error)
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	kept []kept
}

// kept is a notice to be given, or the news of a receipt from which notices are still to
// be made.
type kept struct {
	News   *notify.News   `json:"news,omitempty"`
	Notice notify.Notice  `json:"notice,omitzero"`
	State  callback.State `json:"state,omitzero"`
}

// is reports whether two stand for the same.
func (k kept) is(other kept) bool {
	return k.News == other.News && (k.News != nil || k.Notice == other.Notice)
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
	if err := os.Remove(o.path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeNew(o.path+".new", b, 0o600); err != nil {
		return err
	}
	if err := os.Rename(o.path+".new", o.path); err != nil {
		return err
	}
	o.kept = changed
	return nil
}

// announcing tells the outbox of what is appended about data requests of other systems,
// as it would be published.
type announcing struct {
	ledger.Store
	events    *published.Events
	elsewhere func(ctx context.Context, request string) (bool, error)
	outbox    *Outbox
}

// grace is how long an entry may take to be appended. News of it that are kept for longer
// are those of a machine that went down meanwhile.
const grace = time.Minute

// Append implements ledger.Store. The news are kept first, so that none are lost between
// the entry and them; what then comes to nothing is dropped when its turn comes, for the
// request does not stand so.
func (a announcing) Append(ctx context.Context, e ledger.Entry) error {
	news, err := a.news(ctx, e)
	if err != nil {
		return fmt.Errorf("%w: news of it: %w", ledger.ErrUnavailable, err)
	}
	if news == nil {
		return a.Store.Append(ctx, e)
	}
	early := kept{News: news, State: callback.State{Next: a.outbox.now().Add(grace)}}
	keep := func(k kept) error {
		return a.outbox.change(func(all []kept) []kept { return append(slices.DeleteFunc(all, k.is), k) })
	}
	if err := keep(early); err != nil {
		return fmt.Errorf("%w: news of it: %w", ledger.ErrUnavailable, err)
	}
	if err := a.Store.Append(ctx, e); err != nil {
		if errors.Is(err, ledger.ErrConflict) {
			err = errors.Join(err, a.outbox.change(func(all []kept) []kept { return slices.DeleteFunc(all, early.is) }))
		}
		return err
	}
	if err := keep(kept{News: news}); err != nil {
		a.outbox.log.Error("news wait", "error", err)
	}
	return nil
}

// news are those of an entry, if it is about a request of another system: an erasure is
// about all that were open.
func (a announcing) news(ctx context.Context, e ledger.Entry) (*notify.News, error) {
	if e.Listing == (ledger.Listing{}) {
		return nil, nil
	}
	detail, err := a.events.Of(e)
	if errors.Is(err, published.ErrRefused) { // as in the cloud, it is in the ledger and nobody is told
		a.outbox.log.Error("not published", "error", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	news := new(notify.News)
	if err := json.Unmarshal(detail, news); err != nil {
		return nil, err
	}
	for _, r := range news.Data.Requests {
		if theirs, err := a.elsewhere(ctx, r.ID); theirs || err != nil {
			return news, err
		}
	}
	return nil, nil
}

// all is what is kept now.
func (o *Outbox) all() []kept {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.kept)
}

// Work makes notices of the news, and gives those that are due. It returns when the next
// one is, or zero if none waits. What cannot be made now is put off for a minute.
func (o *Outbox) Work(ctx context.Context, sender *callback.Sender) (next time.Time, err error) {
	due := func(k kept) bool { return k.State.Due(o.now()) }
	if !slices.ContainsFunc(o.all(), due) {
		return o.next(), nil
	}
	teller, err := o.teller()
	if err != nil {
		return next, err
	}
	for _, k := range o.all() {
		if k.News != nil && due(k) {
			if err := o.split(ctx, teller, k); err != nil {
				return next, err
			}
		}
	}
	for _, k := range o.all() {
		if k.News == nil && due(k) {
			if err := o.give(ctx, teller, sender, k); err != nil {
				return next, err
			}
		}
	}
	return o.next(), nil
}

func (o *Outbox) next() (next time.Time) {
	for _, k := range o.all() {
		if k.State.Outcome == callback.Waiting && (next.IsZero() || k.State.Next.Before(next)) {
			next = k.State.Next
		}
	}
	return next
}

// split makes notices of news. A notice that was given up before is one anew.
func (o *Outbox) split(ctx context.Context, teller notify.Teller, k kept) error {
	notices, err := teller.Notices(ctx, *k.News)
	if err != nil {
		return o.putOff(k, err)
	}
	return o.change(func(all []kept) []kept {
		all = slices.DeleteFunc(all, func(other kept) bool {
			return other.is(k) || other.News == nil && slices.Contains(notices, other.Notice)
		})
		for _, n := range notices {
			all = append(all, kept{Notice: n})
		}
		return all
	})
}

// give makes one attempt to give a notice. One that is given up stays, with the reason.
func (o *Outbox) give(ctx context.Context, teller notify.Teller, sender *callback.Sender, k kept) error {
	message, current, err := teller.Message(ctx, k.Notice)
	if err != nil {
		return o.putOff(k, err)
	}
	state := callback.State{Outcome: callback.Delivered} // of what was overtaken, nothing is left to say
	if current {
		if state, err = sender.Send(ctx, message, k.State); err != nil {
			o.log.Warn("callback not delivered", "attempts", state.Attempts, "outcome", state.Outcome, "error", err)
		}
	}
	if state.Outcome == callback.Delivered {
		return o.change(func(all []kept) []kept { return slices.DeleteFunc(all, k.is) })
	}
	return o.set(k, state)
}

// putOff is for what we ourselves cannot make now: it is no attempt.
func (o *Outbox) putOff(k kept, why error) error {
	o.log.Error("callback not made", "error", why)
	k.State.Next = o.now().Add(time.Minute)
	return o.set(k, k.State)
}

func (o *Outbox) set(k kept, state callback.State) error {
	return o.change(func(all []kept) []kept {
		if i := slices.IndexFunc(all, k.is); i >= 0 {
			all[i].State = state
		}
		return all
	})
}
