package main

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/alarm"
)

// addAlarms makes the alarms, for failures that need a person.
func (s *parts) addAlarms() {
	topic := s.newAlarmTopic()
	if s.config.alarmEmail != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(s.config.alarmEmail), nil))
	}
	s.addBudget(topic)
	action := awscloudwatchactions.NewSnsAction(topic)
	add := func(id, what string, metric awscloudwatch.IMetric, threshold float64) {
		awscloudwatch.NewAlarm(s.scope, jsii.String("Alarm-"+id), &awscloudwatch.AlarmProps{
			AlarmDescription: jsii.String(what), Metric: metric, Threshold: jsii.Number(threshold), EvaluationPeriods: jsii.Number(1),
			ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		}).AddAlarmAction(action)
	}
	sum, most := perFive("Sum"), perFive("Maximum")

	for _, f := range s.config.functions() {
		fn := s.functions[f.Name]
		add("errors-"+f.Name, "Function "+f.Name+" fails: see its log", fn.MetricErrors(sum), 1)
		add("throttles-"+f.Name, "Function "+f.Name+" is throttled: the account's concurrency is used up", fn.MetricThrottles(sum), 1)
		if f.Name != functions.Provision {
			add("refused-"+f.Name, "The ledger holds what is not as it was signed (or was changed): see docs/ledger.md", s.logged(f.Name), 1)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.deadLetters)) {
		add("dead-"+name, "Messages wait in a dead-letter queue: see Alarms in docs/deploy.md",
			s.deadLetters[name].MetricApproximateNumberOfMessagesVisible(most), 1)
	}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		add("age-"+name, "The oldest event of a producer waits for 15 minutes", s.queues[name].MetricApproximateAgeOfOldestMessage(most), 15*60)
	}
	overdue := awscloudwatch.NewAlarm(s.scope, jsii.String("Alarm-overdue"), &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("For two hours data requests wait after their deadline: see the desk. Without data, nobody counts them: see sweep"),
		Metric:           s.overdueRequests(), Threshold: jsii.Number(1), EvaluationPeriods: jsii.Number(2),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_MISSING, // without data, a new stack begins in the state INSUFFICIENT_DATA and sends no mail
	})
	overdue.AddAlarmAction(action)
	overdue.AddInsufficientDataAction(action)
	add("stream", "Receipts are not published for 15 minutes", s.functions["publish"].Metric(jsii.String("IteratorAge"), most), 15*60*1000)
	add("api", "The API fails", s.apiMetric("5xx", sum), 5)
	add("table", "The table throttles", s.table.MetricThrottledRequestsForOperation(jsii.String("ExecuteStatement"), sum), 10)
}

// perFive is a statistic of five minutes.
func perFive(statistic string) *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{Statistic: &statistic, Period: awscdk.Duration_Minutes(jsii.Number(5))}
}

// newAlarmTopic makes the topic of the alarms, and of the budget if there is one.
func (s *parts) newAlarmTopic() awssns.Topic {
	topic := awssns.NewTopic(s.scope, jsii.String("Alarms"), &awssns.TopicProps{MasterKey: s.dataKey, EnforceSSL: jsii.Bool(true)})
	s.letPublish(topic, "Alarms", "cloudwatch.amazonaws.com", s.arn("cloudwatch", "alarm:*"))
	if s.config.budget > 0 {
		s.letPublish(topic, "Budget", "budgets.amazonaws.com", "arn:"+*s.Partition()+":budgets::"+*s.Account()+":*")
	}
	return topic
}

// letPublish lets a service publish to the topic for sources of this account. A topic with a
// policy of its own has lost the default one, by which its account may publish; and who publishes
// needs the topic's key. The two conditions are all that AWS documents for a service that
// publishes to an encrypted topic: not kms:ViaService, nor the encryption context. A condition
// that the service does not meet loses each mail, and of an alarm only its history says so.
func (s *parts) letPublish(topic awssns.Topic, sid, service, source string) {
	allow := func(resource *string, actions ...string) awsiam.PolicyStatement {
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: &sid, Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(&service, nil)},
			Actions: jsii.Strings(actions...), Resources: &[]*string{resource},
			Conditions: &map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": s.Account()},
				"ArnLike":      map[string]any{"aws:SourceArn": source},
			},
		})
	}
	topic.AddToResourcePolicy(allow(topic.TopicArn(), "sns:Publish"))
	// AWS requires kms:GenerateDataKey*. These are its actions that make no key pair.
	s.dataKey.AddToResourcePolicy(allow(jsii.String("*"), "kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"), jsii.Bool(false))
}

// overdueRequests is the metric in which sweep counts overdue requests.
func (s *parts) overdueRequests() awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(alarm.Namespace), MetricName: jsii.String(alarm.Overdue), Statistic: jsii.String("Maximum"),
		Period: awscdk.Duration_Hours(jsii.Number(sweepEvery)), DimensionsMap: &map[string]*string{alarm.Function: jsii.String("sweep")},
	})
}

// logged counts the log lines on entries that fail verification.
func (s *parts) logged(function string) awscloudwatch.Metric {
	group := s.functions[function].LogGroup()
	return awslogs.NewMetricFilter(s.scope, jsii.String("Refused-"+function), &awslogs.MetricFilterProps{
		LogGroup: group, MetricNamespace: jsii.String(alarm.Namespace), MetricName: jsii.String("LedgerEntriesRefused-" + function),
		FilterPattern: awslogs.FilterPattern_Any(
			awslogs.FilterPattern_StringValue(jsii.String("$.msg"), jsii.String("="), jsii.String(alarm.Refused)),
			awslogs.FilterPattern_StringValue(jsii.String("$.msg"), jsii.String("="), jsii.String(alarm.Changed))),
	}).Metric(perFive("Sum"))
}

func (s *parts) apiMetric(name string, o *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("AWS/ApiGateway"), MetricName: jsii.String(name), Statistic: o.Statistic, Period: o.Period,
		DimensionsMap: &map[string]*string{"ApiId": s.api.Ref()},
	})
}

// addDashboard makes one page that shows whether people are served.
func (s *parts) addDashboard() {
	five, slow := perFive("Sum"), perFive("p99")
	graph := func(title string, of ...awscloudwatch.IMetric) awscloudwatch.IWidget {
		return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{Title: jsii.String(title), Left: &of, Width: jsii.Number(12)})
	}
	var calls, errs, durations []awscloudwatch.IMetric
	for _, f := range s.config.functions() {
		fn := s.functions[f.Name]
		calls, errs, durations = append(calls, fn.MetricInvocations(five)), append(errs, fn.MetricErrors(five)), append(durations, fn.MetricDuration(slow))
	}
	var waiting []awscloudwatch.IMetric
	for _, name := range slices.Sorted(maps.Keys(s.deadLetters)) {
		waiting = append(waiting, s.deadLetters[name].MetricApproximateNumberOfMessagesVisible(five))
	}
	awscloudwatch.NewDashboard(s.scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(stackName),
		Widgets: &[]*[]awscloudwatch.IWidget{
			{graph("API", s.apiMetric("Count", five), s.apiMetric("4xx", five), s.apiMetric("5xx", five)), graph("Invocations", calls...)},
			{graph("Errors", errs...), graph("Duration, p99", durations...)},
			{graph("Dead letters", waiting...), graph("Stream age", s.functions["publish"].Metric(jsii.String("IteratorAge"), slow))},
			{graph("Overdue data requests", s.overdueRequests())},
		},
	})
}
