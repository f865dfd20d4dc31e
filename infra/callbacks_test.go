package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consent-receipts/events"
)

// matches reports whether an event meets a pattern, as far as this stack's patterns go:
// each member is there, and is one of the values, or begins with one.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
func matches(pattern, event any) bool {
	switch p := pattern.(type) {
	case map[string]any:
		e, _ := event.(map[string]any)
		for name, want := range p {
			if there, ok := e[name]; !ok || !matches(want, there) {
				return false
			}
		}
		return true
	case []any:
		return slices.ContainsFunc(p, func(value any) bool {
			prefix, ok := at(value, "prefix").(string)
			text, _ := event.(string)
			return value == event || ok && strings.HasPrefix(text, prefix)
		})
	}
	return false
}

// TestCallbacks: the news of data requests and of nothing else reach the function, alone
// in a message, and each message comes again by itself.
func TestCallbacks(t *testing.T) {
	tpl := synthesized(t)
	check := func(what string, got any, want string) {
		t.Helper()
		if readable(got) != want {
			t.Errorf("%s: %s, want %s", what, readable(got), want)
		}
	}
	rule := tpl.one(t, "AWS::Events::Rule", "Rulecallbacks").Properties
	samples, err := filepath.Glob(filepath.Join("..", "events", "published", "*.json"))
	if err != nil || len(samples) == 0 {
		t.Fatal("no samples of published events", err)
	}
	for _, file := range samples {
		b, err := os.ReadFile(file)
		must(t, err)
		var detail any
		must(t, json.Unmarshal(b, &detail))
		kind := strings.TrimSuffix(filepath.Base(file), ".json")
		about := strings.HasPrefix(kind, "request-") || kind == "erasure"
		if matches(rule["EventPattern"], map[string]any{"source": events.Source, "detail-type": events.DetailType, "detail": detail}) != about {
			t.Errorf("%s is for callbacks: %v", kind, !about)
		}
		if matches(rule["EventPattern"], map[string]any{"source": "somebody", "detail-type": events.DetailType, "detail": detail}) {
			t.Errorf("%s of somebody else is for callbacks", kind)
		}
	}
	check("its bus", rule["EventBusName"], "ReceiptsBus")
	check("where news go", at(rule, "Targets", 0, "Arn"), "Queuecallbacks.Arn")
	check("what of them", at(rule, "Targets", 0, "InputPath"), "$.detail")
	check("where news go that cannot", at(rule, "Targets", 0, "DeadLetterConfig", "Arn"), "Undeliveredcallbacks.Arn")

	queue := tpl.one(t, "AWS::SQS::Queue", "Queuecallbacks").Properties
	check("how often a message comes", at(queue, "RedrivePolicy", "maxReceiveCount"), "36")
	check("and then", at(queue, "RedrivePolicy", "deadLetterTargetArn"), "DeadLetterscallbacks.Arn")
	check("hidden meanwhile, in seconds", queue["VisibilityTimeout"], "360")

	function := tpl.one(t, "AWS::Lambda::Function", "Functioncallbacks").Properties
	check("its time, in seconds", function["Timeout"], "60")
	dead := readable(at(function, "Environment", "Variables", "DEAD_LETTERS"))
	check("where it puts what is given up", dead, "sqs:"+readable(tpl.one(t, "AWS::SQS::Queue", "DeadLetterscallbacks").Properties["QueueName"]))
	source := tpl.one(t, "AWS::Lambda::EventSourceMapping", "Callbacks").Properties
	check("who reads", source["FunctionName"], "Functioncallbacks")
	check("of which queue", source["EventSourceArn"], "Queuecallbacks.Arn")
	check("answers by message", source["FunctionResponseTypes"], "ReportBatchItemFailures")
	check("at once", source["BatchSize"], "5")
}
