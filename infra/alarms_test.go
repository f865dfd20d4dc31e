package main

import (
	"slices"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/alarm"
)

// TestSweep: sweep runs each hour, a failed run is not repeated, and the receivers of the
// alarm on overdue requests are also told when no run counts them.
func TestSweep(t *testing.T) {
	tpl := synthesized(t)
	if got := tpl.one(t, "AWS::Events::Rule", "Schedulesweep").Properties["ScheduleExpression"]; got != "rate(1 hour)" {
		t.Errorf("it runs at %v", got)
	}
	again := tpl.one(t, "AWS::Lambda::EventInvokeConfig", "Functionsweep").Properties
	if again["MaximumRetryAttempts"] != 0.0 || at(tpl.one(t, "AWS::Events::Rule", "Schedulesweep").Properties, "Targets", 0, "RetryPolicy", "MaximumRetryAttempts") != 0.0 {
		t.Errorf("it is run again: %s", compact(again))
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
