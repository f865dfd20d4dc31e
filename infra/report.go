package main

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
)

// report is where the report of each day goes: a bucket and a topic that the operator has. Without
// both there is none.
type report struct{ bucket, topic string }

// reportFolder is the folder of the bucket in which reports are kept, and nothing else is.
const reportFolder = "data-requests/"

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	topicARN   = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
)

// check checks the name of the bucket and the ARN of the topic.
func (r report) check() error {
	if r.bucket != "" && !bucketName.MatchString(r.bucket) {
		return fmt.Errorf("reportBucket is the name of a bucket, not %q", r.bucket)
	}
	if r.topic != "" && !topicARN.MatchString(r.topic) {
		return fmt.Errorf("reportTopic is the ARN of a topic that is not FIFO, not %q", r.topic)
	}
	return nil
}

// permissions lets the function put files into the folder of reports, and publish.
func (r report) permissions(partition string) (lines []allow) {
	if r.bucket != "" {
		lines = may([]string{"arn:" + partition + ":s3:::" + r.bucket + "/" + reportFolder + "*"}, "s3:PutObject")
	}
	if r.topic != "" {
		lines = append(lines, may([]string{r.topic}, "sns:Publish")...)
	}
	return lines
}

// addReport gives the function its queue, and starts it each day if there is somewhere for the
// report to go. The hour is one before which offices are closed in Europe.
func (s *parts) addReport() {
	waiting := s.newTaskQueue(functions.Report)
	if s.config.report == (report{}) {
		return
	}
	s.addRule(feed{
		name: functions.Report, queue: functionName(functions.Report),
		rule: awsevents.CfnRuleProps{
			Description:        jsii.String("Consent receipts: how data requests are answered"),
			ScheduleExpression: awsevents.Schedule_Cron(&awsevents.CronOptions{Hour: jsii.String("5"), Minute: jsii.String("5")}).ExpressionString(),
		},
		target: awsevents.CfnRule_TargetProperty{Input: jsii.String(`{"work":"report"}`)},
	}, waiting)
}
