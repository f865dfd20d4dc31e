package main

import (
	"strings"
	"testing"

	"consent-receipts/infra/graph"
)

// TestReport: the report of each day goes where the operator wants it, and nowhere else. Without
// a place for it nothing starts it.
func TestReport(t *testing.T) {
	for id := range synthesized(t).of("AWS::Events::Rule") {
		if strings.HasPrefix(id, "Rulereport") {
			t.Error("a report that goes nowhere is made")
		}
	}
	tpl := inProduction(t)
	rule := tpl.one(t, "AWS::Events::Rule", "Rulereport").Properties
	if rule["ScheduleExpression"] != "cron(5 5 * * ? *)" || readable(at(rule, "Targets", 0, "Arn")) != "Queuereport.Arn" {
		t.Errorf("the rule is %s", compact(rule))
	}
	g := checked(t, tpl)
	for request, want := range map[[2]string]bool{
		{"s3:PutObject", "arn:aws:s3:::bank-reports/data-requests/2026-11-30/report.html"}: true,
		{"s3:PutObject", "arn:aws:s3:::bank-reports/other"}:                                false,
		{"s3:PutObject", "arn:aws:s3:::other/data-requests/report.html"}:                   false,
		{"s3:GetObject", "arn:aws:s3:::bank-reports/data-requests/report.html"}:            false,
		{"sns:Publish", reportTopic}:                                                       true,
		{"sns:Publish", reportTopic + "-2"}:                                                false,
	} {
		err := g.Allowed(graph.Request{Principal: roleOf("report"), Action: request[0], Resource: request[1]})
		if (err == nil) != want {
			t.Errorf("%s %s: %v", request[0], request[1], err)
		}
	}
}

// TestReportChoices: what is no bucket and no topic is refused.
func TestReportChoices(t *testing.T) {
	for _, r := range []report{{bucket: "Reports"}, {bucket: "s3://reports"}, {topic: "privacy"}, {topic: "arn:aws:sqs:eu-west-1:111122223333:q"}, {topic: reportTopic + ".fifo"}} {
		if r.check() == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	if err := (report{"bank-reports", reportTopic}).check(); err != nil {
		t.Error(err)
	}
}
