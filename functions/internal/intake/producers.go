package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// ErrProducers is wrapped by every error of ParseProducers.
var ErrProducers = errors.New("producers")

// configuredName is what a receipt's schema allows as a configured name.
var configuredName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ParseProducers reads {"<queue name>": {"name":"crm","channel":"branch"}, ...}.
func ParseProducers(text string) (map[string]Producer, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var producers map[string]Producer
	if err := d.Decode(&producers); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProducers, err)
	}
	if len(producers) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrProducers)
	}
	for queue, p := range producers {
		if queue == "" || !configuredName.MatchString(p.Name) || !configuredName.MatchString(p.Channel) {
			return nil, fmt.Errorf("%w: %q: name and channel must match %s", ErrProducers, queue, configuredName)
		}
	}
	return producers, nil
}
