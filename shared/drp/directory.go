package drp

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"consent-receipts/shared/strictjson"
)

// ErrDirectory is wrapped by every error of ParseDirectory.
var ErrDirectory = errors.New("not a directory of agents")

// Bounds of a directory.
const (
	maxDirectory = 1 << 20 // bytes
	maxAgents    = 1000
)

// Agent is an authorized agent, by its entry in the network's directory.
type Agent struct {
	ID               string `json:"id"`
	Name             string `json:"name"`
	VerifyKey        string `json:"verify_key"` // base64 of an Ed25519 public key
	WebURL           string `json:"web_url"`
	TechnicalContact string `json:"technical_contact"`
}

// Directory holds the agents that are trusted, by id. An agent in it can ask in the name of
// anybody. It comes from the configuration.
type Directory map[string]Agent

// agentID is as the schema of section 3.05.1 has it, [A-Z_]+, which binds no more
// than one character of an id; the ids in use have digits and small letters too.
var agentID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.-]*[A-Z_][A-Za-z0-9_.-]*$`) })

// ParseDirectory reads a JSON array of entries (section 3.05.1). Members that the section
// does not name are ignored. Each id and each key may occur once.
func ParseDirectory(b []byte) (Directory, error) {
	if len(b) > maxDirectory {
		return nil, fmt.Errorf("%w: over %d bytes", ErrDirectory, maxDirectory)
	}
	b = bytes.TrimSpace(b)
	var list []Agent
	if err := strictjson.Check(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	if len(list) > maxAgents {
		return nil, fmt.Errorf("%w: over %d agents", ErrDirectory, maxAgents)
	}
	d, keys := Directory{}, map[string]bool{}
	for i, a := range list {
		key, err := base64.StdEncoding.Strict().DecodeString(a.VerifyKey)
		switch {
		case len(a.ID) > maxID || !agentID().MatchString(a.ID):
			return nil, fmt.Errorf("%w: entry %d: the id does not match %s", ErrDirectory, i, agentID())
		case err != nil || len(key) != ed25519.PublicKeySize:
			return nil, fmt.Errorf("%w: %s: verify_key is not base64 of %d bytes", ErrDirectory, a.ID, ed25519.PublicKeySize)
		case d[a.ID] != Agent{}:
			return nil, fmt.Errorf("%w: %s occurs twice", ErrDirectory, a.ID)
		case keys[string(key)]:
			return nil, fmt.Errorf("%w: %s has the key of another agent", ErrDirectory, a.ID)
		}
		d[a.ID], keys[string(key)] = a, true
	}
	return d, nil
}

func (d Directory) key(id string) (ed25519.PublicKey, bool) {
	a, ok := d[id]
	if !ok {
		return nil, false
	}
	key, err := base64.StdEncoding.DecodeString(a.VerifyKey)
	return key, err == nil && len(key) == ed25519.PublicKeySize
}
