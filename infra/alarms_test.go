package main

import (
	"strings"
	"testing"

	"consent-receipts/shared/alarm"
)

// TestSweep: it runs each hour and is not run again, and whoever is told of overdue
// requests is told when nobody counts them.
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

// TestRefused: the lines about a ledger that cannot be believed are watched in the log of
// each function that reads one.
func TestRefused(t *testing.T) {
	tpl := synthesized(t)
	for _, f := range functions {
		if f.name == "provision" {
			continue
		}
		filter := tpl.one(t, "AWS::Logs::MetricFilter", "Refused"+f.name).Properties
		pattern := `{ ($.msg = "` + alarm.Refused + `") || ($.msg = "` + alarm.Changed + `") }`
		metric := at(filter, "MetricTransformations", 0)
		if filter["FilterPattern"] != pattern || !strings.HasPrefix(readable(filter["LogGroupName"]), "Logs"+f.name) || at(metric, "MetricValue") != "1" {
			t.Errorf("%s: the filter is %s", f.name, compact(filter))
		}
		a := tpl.one(t, "AWS::CloudWatch::Alarm", "Alarmrefused"+f.name).Properties
		if a["Namespace"] != at(metric, "MetricNamespace") || a["MetricName"] != at(metric, "MetricName") || a["Threshold"] != 1.0 || a["Statistic"] != "Sum" {
			t.Errorf("%s: the alarm is %s", f.name, compact(a))
		}
	}
}
