// Package callback tells others by HTTP that something changed: one POST a
// message, tried again while the receiver does not answer, and never to an address
// that is not on the public Internet.
//
// Whoever has something to tell keeps its [State], makes the [Message] and calls
// [Sender.Send] when the state is due, and stores the state that comes back. A message is
// sent at least once: a crash between sending and storing sends it again. A message that
// was given up keeps its reason until somebody resets its state.
package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"consent-receipts/shared/publicurl"
)

// Reasons why a message was not delivered. They quote neither the URL nor the answer.
var (
	ErrRefused     = errors.New("the URL may not be called") // final
	ErrAddress     = errors.New("the name resolves to an address that may not be called")
	ErrRedirect    = errors.New("the receiver redirects, which is not followed")
	ErrAnswer      = errors.New("the receiver did not answer 2xx")
	ErrUnreachable = errors.New("the receiver did not answer")
)

// maxHeader bounds what is read of an answer, in bytes; its body is not read.
const maxHeader = 16 << 10

// Message is one POST to be made. It holds no secret and nothing of a person.
type Message struct {
	ID     string // spreads the retries
	URL    string
	Header map[string]string // canonical names
	Body   []byte
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	client  *http.Client
	policy  Policy
	clock   func() time.Time
	timeout time.Duration
}

// NewSender makes a sender. The timeout is for a whole attempt, from resolving the
// name to the head of the answer.
func NewSender(policy Policy, timeout time.Duration, clock func() time.Time) *Sender {
	return &Sender{
		policy: policy, clock: clock, timeout: timeout,
		client: &http.Client{
			Transport: &http.Transport{
				DialContext: policy.dial, TLSClientConfig: policy.tls(), // no Proxy: it would dial for us
				DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Send makes one attempt, and returns the state to keep and, unless it is
// Delivered, why not. A state that is not waiting is returned as it is.
func (s *Sender) Send(ctx context.Context, m Message, state State) (State, error) {
	if state.Outcome != Waiting {
		return state, nil
	}
	err := s.attempt(ctx, m)
	return state.After(m.ID, s.clock(), err), err
}

func (s *Sender) attempt(ctx context.Context, m Message) error {
	if !s.policy.Plain {
		if _, err := publicurl.Parse(m.URL); err != nil {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return ErrRefused // the error would quote the URL
	}
	for name, value := range m.Header {
		req.Header.Set(name, value)
	}
	req.Header.Set("User-Agent", "consent-receipts")
	res, err := s.client.Do(req)
	switch {
	case errors.Is(err, ErrAddress):
		return ErrAddress
	case err != nil:
		return ErrUnreachable
	}
	defer res.Body.Close() // the body stays unread: nothing in it matters here
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return fmt.Errorf("%w (%d)", ErrRedirect, res.StatusCode)
	case res.StatusCode < 200 || res.StatusCode >= 400:
		return fmt.Errorf("%w but %d", ErrAnswer, res.StatusCode)
	}
	return nil
}
