package events

import "time"

// CloudEvent is an event from or for another system (CloudEvents 1.0, in JSON). The schema of
// its type determines its members.
type CloudEvent[Data any] struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Time            time.Time `json:"time"`
	Subject         string    `json:"subject"`
	DataContentType string    `json:"datacontenttype"`
	DataSchema      string    `json:"dataschema,omitempty"`
	Data            Data      `json:"data"`
}
