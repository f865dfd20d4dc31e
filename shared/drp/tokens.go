package drp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// Tokens makes and reads the bearer tokens of agents (section 2.05) without keeping them: a
// token is a nonce and the agent's id under a MAC. A token is good as long as the key is in
// use and the agent is in the directory. A new key ends all tokens, and the agents ask for
// new ones.
type Tokens struct {
	key      []byte
	business string
	agents   Directory
	random   io.Reader
}

// Parts of a token, in bytes: nonce, MAC, and then the agent's id.
const (
	nonceSize = 16
	macSize   = sha256.Size
	minKey    = 32
)

// ErrTokenKey says that a key is too short.
var ErrTokenKey = errors.New("the key of the agents' tokens is too short")

// NewTokens makes tokens of one business under a secret of at least 32 random
// bytes.
func NewTokens(key []byte, r *Receiver, random io.Reader) (*Tokens, error) {
	if len(key) < minKey {
		return nil, fmt.Errorf("%w: %d bytes", ErrTokenKey, len(key))
	}
	return &Tokens{key, r.Business, r.Agents, random}, nil
}

// New makes a token for an agent.
func (t *Tokens) New(agent string) (string, error) {
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(t.random, nonce); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	token := append(append(nonce, t.mac(nonce, agent)...), agent...)
	return base64.RawURLEncoding.EncodeToString(token), nil
}

// Agent returns the agent that a token was given to. Its error is a *Refusal.
func (t *Tokens) Agent(token string) (string, error) {
	if len(token) > base64.RawURLEncoding.EncodedLen(nonceSize+macSize+maxID) {
		return "", refuse(ErrToken, "")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) <= nonceSize+macSize {
		return "", refuse(ErrToken, "")
	}
	nonce, mac, agent := b[:nonceSize], b[nonceSize:nonceSize+macSize], string(b[nonceSize+macSize:])
	if _, known := t.agents[agent]; !hmac.Equal(mac, t.mac(nonce, agent)) || !known {
		return "", refuse(ErrToken, "")
	}
	return agent, nil
}

// mac binds agent and business; the lengths keep them apart.
func (t *Tokens) mac(nonce []byte, agent string) []byte {
	h := hmac.New(sha256.New, t.key)
	fmt.Fprintf(h, "drp-token/1 %d %s %d %s ", len(t.business), t.business, len(agent), agent)
	h.Write(nonce)
	return h.Sum(nil)
}
