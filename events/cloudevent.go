package events

import "time"

// CloudEvent is an event of another system, or for one (CloudEvents 1.0, in JSON). Which
// members it has, the schema of its type says.
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
