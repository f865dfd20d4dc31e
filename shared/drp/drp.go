// Package drp is the covered business's side of the Data Rights Protocol 1.0
// (https://github.com/consumer-reports-innovation-lab/data-rights-protocol,
// data-rights-protocol.md at ca1f837; "section" in this package means one of it).
//
// An authorized agent asks on behalf of a person. What it sends is base64 of a 64-byte
// Ed25519 signature and the JSON that it signs, "combined mode" of libsodium; a bearer
// token that this business issued names the agent, and the agent's key comes from a
// directory that the network's operator keeps. The package reads and writes bytes; it knows
// no transport and reads no clock.
//
// Where the specification is silent:
//
//   - A request is valid for [MaxValidity] at most, although the specification only
//     recommends ten minutes: otherwise a captured request could be sent again for ever.
//     It can be sent again while it is valid, and an agent that got no answer signs it
//     anew. So whoever opens requests must open one request for each [Exercise.Key].
//   - A revocation (2.04) holds no time and no id of a request. Whoever has an agent's
//     token and one of its signed revocations can revoke any request of that agent. A
//     revoked request can be made again; this package cannot prevent the revocation.
//   - Nothing in a message says of which kind it is. A request for a token may therefore
//     have no exercise claim, and a revocation no drp.version, so that no message passes
//     for one of another kind.
//   - The messages are not encrypted to us: TLS alone hides the person's claims.
package drp

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"consent-receipts/shared/strictjson"
)

// Version is the version of the protocol that is spoken.
const Version = "1.0"

// MaxBody bounds a signed message in base64, in bytes.
const MaxBody = 64 << 10

// MaxValidity is the longest time from issued-at to expires-at. Ten minutes are
// recommended (2.01); the reference implementation of an agent takes fifteen.
const MaxValidity = 15 * time.Minute

// Receiver reads what agents send to one covered business.
type Receiver struct {
	Business string // our id in the network's directory
	Agents   Directory
}

// Exercise reads a request (2.01) that came with an agent's bearer token. Its errors
// are a *Refusal, and quote nothing of the message.
func (r *Receiver) Exercise(body []byte, agent string, now time.Time) (Exercise, error) {
	m, message, err := r.open(body, agent)
	if err != nil {
		return Exercise{}, err
	}
	if err := r.check(m, agent, now); err != nil {
		return Exercise{}, err
	}
	e := Exercise{AgentID: agent}
	if err := e.read(m); err != nil {
		return Exercise{}, err
	}
	asked, err := json.Marshal(e)
	if err != nil {
		return Exercise{}, err
	}
	e.Digest = digest(asked)
	if e.Key = "id/" + e.AgentRequestID; e.AgentRequestID == "" {
		e.Key = "message/" + digest(message)
	}
	return e, nil
}

// KeySetup checks a request for a token (2.05) that was sent to the path of an
// agent.
func (r *Receiver) KeySetup(body []byte, agent string, now time.Time) error {
	m, _, err := r.open(body, agent)
	if err != nil {
		return err
	}
	if err := r.check(m, agent, now); err != nil {
		return err
	}
	in := &reader{claims: m}
	in.want(!m.has("exercise"), ErrKind, "exercise")
	in.version()
	return in.err
}

// Revoke checks a revocation (2.04) that came with an agent's bearer token.
func (r *Receiver) Revoke(body []byte, agent string) error {
	m, _, err := r.open(body, agent)
	if err != nil {
		return err
	}
	in := &reader{claims: m}
	in.want(!m.has("drp.version"), ErrKind, "drp.version")
	in.text("reason", maxReason)
	return in.err
}

// open takes the first two steps of 3.07: base64, then the signature by the key
// that the directory has for the agent, and returns the JSON that it signs.
func (r *Receiver) open(body []byte, agent string) (m claims, signed []byte, err error) {
	if len(body) > MaxBody {
		return nil, nil, refuse(ErrTooLarge, "")
	}
	message, err := base64.StdEncoding.Strict().DecodeString(string(bytes.TrimSpace(body)))
	if err != nil || len(message) <= ed25519.SignatureSize {
		return nil, nil, refuse(ErrEncoding, "")
	}
	key, ok := r.Agents.key(agent)
	if !ok || !ed25519.Verify(key, message[ed25519.SignatureSize:], message[:ed25519.SignatureSize]) {
		return nil, nil, refuse(ErrSignature, "")
	}
	signed = message[ed25519.SignatureSize:]
	text := bytes.TrimSpace(signed)
	if strictjson.Check(text) != nil || json.Unmarshal(text, &m) != nil || m == nil {
		return nil, nil, refuse(ErrJSON, "")
	}
	return m, signed, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// check takes the other steps of 3.07, in their order.
func (r *Receiver) check(m claims, agent string, now time.Time) error {
	in := &reader{claims: m}
	in.want(m.is("agent-id", agent), ErrAgent, "agent-id")
	in.want(m.is("business-id", r.Business), ErrBusiness, "business-id")
	issued := in.time("issued-at")
	in.want(now.After(issued), ErrNotYet, "issued-at")
	expires := in.time("expires-at")
	in.want(now.Before(expires), ErrExpired, "expires-at")
	in.want(expires.Sub(issued) <= MaxValidity, ErrValidity, "expires-at")
	return in.err
}
