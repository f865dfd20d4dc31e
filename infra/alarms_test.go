package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/sweep"
)

// TestSweep: a sweep begins each hour, each message of its queue is a task by itself, and the
// receivers of the alarm on overdue requests are also told when no run counts them.
func TestSweep(t *testing.T) {
	tpl := synthesized(t)
	rule := tpl.one(t, "AWS::Events::Rule", "Rulesweep").Properties
	target := at(rule, "Targets", 0)
	if rule["ScheduleExpression"] != "rate(1 hour)" || rule["EventBusName"] != nil || readable(at(target, "Arn")) != "Queuesweep.Arn" {
		t.Errorf("the rule is %s", compact(rule))
	}
	var task sweep.Task
	must(t, json.Unmarshal([]byte(at(target, "Input").(string)), &task))
	if task != (sweep.Task{Work: sweep.Begin}) {
		t.Errorf("it begins with %+v", task)
	}
	for _, name := range []string{functions.Sweep, functions.Republish} {
		tasks, queue := tpl.one(t, "AWS::Lambda::EventSourceMapping", "Tasks"+name).Properties, tpl.one(t, "AWS::SQS::Queue", "Queue"+name).Properties
		if tasks["BatchSize"] != 1.0 || readable(tasks["FunctionResponseTypes"]) != "ReportBatchItemFailures" || at(tasks, "ScalingConfig", "MaximumConcurrency") != 5.0 {
			t.Errorf("%s works on %s", name, compact(tasks))
		}
		if queue["VisibilityTimeout"] != 6*300.0 || at(queue, "RedrivePolicy", "maxReceiveCount") != 5.0 {
			t.Errorf("the tasks of %s lie in %s", name, compact(queue))
		}
	}
	a := tpl.one(t, "AWS::CloudWatch::Alarm", "Alarmoverdue").Properties
	watched := compact([]any{a["Namespace"], a["MetricName"], a["Dimensions"], a["Statistic"], a["Period"], a["Threshold"], a["EvaluationPeriods"], a["ComparisonOperator"]})
	want := `["` + alarm.Namespace + `","` + alarm.Overdue + `",[{"Name":"` + alarm.Function + `","Value":"sweep"}],"Maximum",3600,1,2,"GreaterThanOrEqualToThreshold"]`
	if watched != want {
		t.Errorf("the alarm watches %s, want %s", watched, want)
	}
	if a["TreatMissingData"] != "missing" || compact(a["InsufficientDataActions"]) != compact(a["AlarmActions"]) || len(list(a["AlarmActions"])) != 1 {
		t.Errorf("when nobody counts: %s", compact(a))
	}
}

// TestAlarmTopic: each alarm may publish to the topic that it names, and may use the key of
// that topic. The grants are looked for from the alarm on, as CloudWatch needs them.
func TestAlarmTopic(t *testing.T) {
	tpl := synthesized(t)
	const condition = `{"ArnLike":{"aws:SourceArn":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":cloudwatch:",{"Ref":"AWS::Region"},":",{"Ref":"AWS::AccountId"},":alarm:*"]]}},` +
		`"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}}`
	granted := func(policy any, resource string) []string {
		var actions []string
		for _, s := range list(at(policy, "Statement")) {
			if at(s, "Effect") == "Allow" && at(s, "Principal", "Service") == "cloudwatch.amazonaws.com" && compact(at(s, "Resource")) == resource && compact(at(s, "Condition")) == condition {
				for _, a := range list(at(s, "Action")) {
					actions = append(actions, a.(string))
				}
			}
		}
		return actions
	}
	policies := map[string]any{}
	for _, p := range tpl.of("AWS::SNS::TopicPolicy") {
		for _, topic := range list(p.Properties["Topics"]) {
			policies[compact(topic)] = p.Properties["PolicyDocument"]
		}
	}
	topics := map[string]bool{}
	for id, a := range tpl.of("AWS::CloudWatch::Alarm") {
		for _, kind := range []string{"AlarmActions", "InsufficientDataActions", "OKActions"} {
			for _, action := range list(a.Properties[kind]) {
				topics[compact(action)] = true
				if got := granted(policies[compact(action)], compact(action)); !slices.Equal(got, []string{"sns:Publish"}) {
					t.Errorf("%s may do %q to the topic %s", id, got, readable(action))
				}
			}
		}
	}
	if len(topics) != 1 {
		t.Fatalf("the alarms name the topics %v, want one", topics)
	}
	for id, topic := range tpl.of("AWS::SNS::Topic") {
		if !topics[compact(map[string]string{"Ref": id})] {
			t.Errorf("no alarm names the topic %s", id)
		}
		key, _ := at(topic.Properties, "KmsMasterKeyId", "Fn::GetAtt", 0).(string)
		got := granted(tpl.Resources[key].Properties["KeyPolicy"], `"*"`)
		if want := []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"}; !slices.Equal(got, want) {
			t.Errorf("with the key %q of the topic alarms may do %q, want %q", key, got, want)
		}
	}
}

// TestRefused: the lines about a ledger that cannot be believed are watched in the log of
// each function that reads one.
func TestRefused(t *testing.T) {
	tpl := synthesized(t)
	for _, f := range functions.All() {
		if f.Name == functions.Provision {
			continue
		}
		filter := tpl.one(t, "AWS::Logs::MetricFilter", "Refused"+f.Name).Properties
		pattern := `{ ($.msg = "` + alarm.Refused + `") || ($.msg = "` + alarm.Changed + `") }`
		metric := at(filter, "MetricTransformations", 0)
		if filter["FilterPattern"] != pattern || !strings.HasPrefix(readable(filter["LogGroupName"]), "Logs"+f.Name) || at(metric, "MetricValue") != "1" {
			t.Errorf("%s: the filter is %s", f.Name, compact(filter))
		}
		a := tpl.one(t, "AWS::CloudWatch::Alarm", "Alarmrefused"+f.Name).Properties
		if a["Namespace"] != at(metric, "MetricNamespace") || a["MetricName"] != at(metric, "MetricName") || a["Threshold"] != 1.0 || a["Statistic"] != "Sum" {
			t.Errorf("%s: the alarm is %s", f.Name, compact(a))
		}
	}
}

// TestRunbooks: the description of each alarm leads to its section of the runbooks, and no
// section is about an alarm that there is not.
func TestRunbooks(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(runbooks)))
	must(t, err)
	written := map[string]bool{} // sections, and whether an alarm leads there
	for _, heading := range regexp.MustCompile(`(?m)^## ([a-z-]+)$`).FindAllSubmatch(b, -1) {
		written[string(heading[1])] = false
	}
	for id, a := range synthesized(t).of("AWS::CloudWatch::Alarm") {
		_, section, _ := strings.Cut(a.Properties["AlarmDescription"].(string), ": "+runbooks+"#")
		if _, ok := written[section]; !ok || !strings.HasPrefix(id, "Alarm"+strings.ReplaceAll(section, "-", "")) {
			t.Errorf("%s leads to the section %q, which is not there or another's", id, section)
		}
		written[section] = true
	}
	for section, led := range written {
		if !led {
			t.Errorf("no alarm leads to the section %s", section)
		}
	}
}

// TestThrottles: throttled reads and writes of the table and of each global index raise an alarm.
func TestThrottles(t *testing.T) {
	var watched []string
	for _, a := range synthesized(t).of("AWS::CloudWatch::Alarm") {
		if a.Properties["Namespace"] == "AWS/DynamoDB" {
			watched = append(watched, a.Properties["MetricName"].(string)+" "+readable(a.Properties["Dimensions"]))
		}
	}
	slices.Sort(watched)
	want := []string{
		"ReadThrottleEvents Name GlobalSecondaryIndexName and Value docket, Name TableName and Value Ledger",
		"ReadThrottleEvents Name GlobalSecondaryIndexName and Value due, Name TableName and Value Ledger",
		"ReadThrottleEvents Name TableName and Value Ledger",
		"ThrottledRequests Name Operation and Value ExecuteStatement, Name TableName and Value Ledger",
		"WriteThrottleEvents Name GlobalSecondaryIndexName and Value docket, Name TableName and Value Ledger",
		"WriteThrottleEvents Name GlobalSecondaryIndexName and Value due, Name TableName and Value Ledger",
	}
	if !slices.Equal(watched, want) {
		t.Errorf("alarms on\n%s", strings.Join(watched, "\n"))
	}
}

// TestCounted: the docs count the keys, alarms, queues and metrics that cost money as they are in
// the template, and the producers for which it has room.
func TestCounted(t *testing.T) {
	tpl := synthesized(t)
	ofProducer := 0
	for id := range tpl.Resources {
		if strings.Contains(id, "crm") {
			ofProducer++
		}
	}
	for file, facts := range map[string][]string{
		"costs.md": {
			fmt.Sprintf("| KMS keys: %d,", len(tpl.of("AWS::KMS::Key"))),
			fmt.Sprintf("| CloudWatch alarms: %d with one producer |", len(tpl.of("AWS::CloudWatch::Alarm"))),
			fmt.Sprintf("| SQS: %d queues are polled", len(tpl.of("AWS::Lambda::EventSourceMapping"))-1), // one reads the stream
			fmt.Sprintf("| `LedgerEntriesRefused-*` | %d:", len(tpl.of("AWS::Logs::MetricFilter"))),
		},
		"stack.md": {fmt.Sprintf("%d resources with one producer, and %d more for each other one: room for %d", len(tpl.Resources), ofProducer, 1+(maxResources-len(tpl.Resources))/ofProducer)},
	} {
		b, err := os.ReadFile(filepath.Join("..", "docs", file))
		must(t, err)
		for _, fact := range facts {
			if !strings.Contains(string(b), fact) {
				t.Errorf("docs/%s does not say %q", file, fact)
			}
		}
	}
}
