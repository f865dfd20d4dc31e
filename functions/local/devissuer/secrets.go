package devissuer

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// secrets has the grants of codes, or of refresh tokens, by the digest of each. A secret counts
// for some time after its person signed in. It is safe for concurrent use.
type secrets struct {
	lifetime time.Duration
	now      func() time.Time

	mu     sync.Mutex
	grants map[string]grant
}

func newSecrets(lifetime time.Duration, now func() time.Time) *secrets {
	return &secrets{lifetime: lifetime, now: now, grants: map[string]grant{}}
}

// issue makes a secret for a grant, unless there are too many.
func (s *secrets) issue(g grant) (secret string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.grants {
		if s.expired(old) {
			delete(s.grants, key)
		}
	}
	if len(s.grants) >= maxSecrets {
		return "", false
	}
	secret = rand.Text()
	s.grants[digest(secret)] = g
	return secret, true
}

// find returns the grant of a secret.
func (s *secrets) find(secret string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[digest(secret)]
	return g, ok && !s.expired(g)
}

// take returns the grant of a secret and forgets it.
func (s *secrets) take(secret string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[digest(secret)]
	delete(s.grants, digest(secret))
	return g, ok && !s.expired(g)
}

func (s *secrets) expired(g grant) bool { return s.now().Sub(g.authTime) >= s.lifetime }

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:])
}
