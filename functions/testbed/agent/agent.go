// Package agent is an authorized agent of the Data Rights Protocol 1.0. It tests whatever
// runs the function protocols: it gets a token, makes a request in a person's name, follows
// it, and revokes it.
//
// It is written from the specification and shares nothing with package drp, which reads
// what it sends.
package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"
)

// Agent speaks to one covered business. SetUp comes before the other methods.
type Agent struct {
	ID, Business string // in the network's directories
	Key          ed25519.PrivateKey
	Base         string // of the business's routes: https://host, no slash at the end
	Client       *http.Client

	token string
}

// Status is what the business says of a request.
type Status struct {
	RequestID string `json:"request_id"`
	Status    string `json:"status"`
	Reason    string `json:"reason"`
}

// errAnswer is wrapped by each answer that is not the expected one.
var errAnswer = errors.New("the business answered otherwise")

// sign makes a message: a signature and what is signed, as libsodium's crypto_sign does,
// in base64 (section 3.07).
func (a *Agent) sign(claims map[string]any) []byte {
	message, _ := json.Marshal(claims) // strings and booleans: cannot fail
	return []byte(base64.StdEncoding.EncodeToString(append(ed25519.Sign(a.Key, message), message...)))
}

// envelope has the members that each message has besides its claims.
func (a *Agent) envelope(claims map[string]any) map[string]any {
	now := time.Now().UTC()
	all := map[string]any{
		"agent-id": a.ID, "business-id": a.Business, "drp.version": "1.0",
		"issued-at": now.Add(-time.Second).Format(time.RFC3339), "expires-at": now.Add(10 * time.Minute).Format(time.RFC3339),
	}
	maps.Copy(all, claims)
	return all
}

func (a *Agent) ask(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, a.Base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "text/plain")
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := a.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || json.Unmarshal(b, into) != nil {
		return fmt.Errorf("%w: %s: %d %.500s", errAnswer, method, res.StatusCode, b)
	}
	return nil
}

// SetUp gets a token (2.05), and asks whether it is good (2.06).
func (a *Agent) SetUp(ctx context.Context) error {
	var given struct{ Token string }
	if err := a.ask(ctx, http.MethodPost, "/v1/agent/"+a.ID, a.sign(a.envelope(nil)), &given); err != nil {
		return err
	}
	a.token = given.Token
	return a.ask(ctx, http.MethodGet, "/v1/agent/"+a.ID, nil, &struct{}{})
}

// Exercise opens a request (2.02): the claims name the right, the regime and the person.
func (a *Agent) Exercise(ctx context.Context, claims map[string]any) (s Status, err error) {
	return s, a.ask(ctx, http.MethodPost, "/v1/data-rights-request", a.sign(a.envelope(claims)), &s)
}

// Status follows a request (2.03).
func (a *Agent) Status(ctx context.Context, id string) (s Status, err error) {
	return s, a.ask(ctx, http.MethodGet, "/v1/data-rights-request/"+id, nil, &s)
}

// Revoke takes a request back (2.04).
func (a *Agent) Revoke(ctx context.Context, id string) (s Status, err error) {
	message := a.sign(map[string]any{"reason": "The person thought again."})
	return s, a.ask(ctx, http.MethodDelete, "/v1/data-rights-request/"+id, message, &s)
}

// Story makes a request for access in the name of a person with a verified mail address,
// follows the request, and revokes it.
func (a *Agent) Story(ctx context.Context, email string) error {
	if err := a.SetUp(ctx); err != nil {
		return fmt.Errorf("key setup: %w", err)
	}
	var id string
	for _, step := range []struct {
		what, want string
		do         func() (Status, error)
	}{
		{"exercise", "in_progress", func() (Status, error) {
			return a.Exercise(ctx, map[string]any{
				"exercise": "access", "regime": "ccpa", "agent-request-id": "case-7", "email": email, "email_verified": true,
			})
		}},
		{"status", "in_progress", func() (Status, error) { return a.Status(ctx, id) }},
		{"revoke", "revoked", func() (Status, error) { return a.Revoke(ctx, id) }},
		{"status of the revoked", "revoked", func() (Status, error) { return a.Status(ctx, id) }},
	} {
		s, err := step.do()
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		if s.Status != step.want || id != "" && s.RequestID != id {
			return fmt.Errorf("%w: %s: %+v", errAnswer, step.what, s)
		}
		id = s.RequestID
	}
	return nil
}
