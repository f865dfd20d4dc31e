package shell

import (
	"errors"
	"fmt"
	"io/fs"
)

// SealSession seals a session as the shell does for one use of the keys of a realm.
func SealSession(secret []byte, realm, use string, s Session) (string, error) {
	k, err := deriveKeys(secret, realm)
	if err != nil {
		return "", err
	}
	key := k.session
	if use == "login" {
		key = k.login
	}
	return seal(key, s)
}

// ParseAll parses every page of a realm, and returns how many there are.
func ParseAll(r Realm) (int, error) {
	pages, err := find(append([]fs.FS{files}, r.Files...))
	for name, page := range pages {
		if _, failed := page(); failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, failed))
		}
	}
	return len(pages), err
}
