// Package emf counts what a function does, as metrics that CloudWatch reads from the log:
// the embedded metric format, one JSON object per line
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
// A metric needs no request and no permission. Dimensions are configured names and kinds,
// never personal data.
package emf

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"consent-receipts/shared/alarm"
)

// Emitter writes metrics. It is safe for concurrent use.
type Emitter struct {
	Out io.Writer // in a function this is standard output
	Now func() time.Time

	mu sync.Mutex
}

type directive struct {
	Timestamp int64    `json:"Timestamp"` // milliseconds since the epoch
	Metrics   []metric `json:"CloudWatchMetrics"`
}

type metric struct {
	Namespace  string              `json:"Namespace"`
	Dimensions [][]string          `json:"Dimensions"`
	Metrics    []map[string]string `json:"Metrics"`
}

// Count writes that something happened n times, under all the dimensions together. A metric
// that cannot be written is lost, and the function goes on.
func (e *Emitter) Count(name string, n int, dimensions map[string]string) {
	line := map[string]any{name: n, "_aws": directive{
		Timestamp: e.Now().UnixMilli(),
		Metrics: []metric{{
			Namespace: alarm.Namespace, Dimensions: [][]string{slices.Sorted(maps.Keys(dimensions))},
			Metrics: []map[string]string{{"Name": name, "Unit": "Count"}},
		}},
	}}
	for k, v := range dimensions {
		line[k] = v
	}
	b, err := json.Marshal(line)
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = e.Out.Write(append(b, '\n'))
}
