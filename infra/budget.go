package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbudgets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
)

// addBudget tells the receivers of the alarms when the account has cost more in a month than the
// budget, and when AWS forecasts that it will. It stops nothing.
func (s *parts) addBudget(topic awssns.Topic) {
	if s.config.budget == 0 {
		return
	}
	var told []any
	for _, kind := range []string{"ACTUAL", "FORECASTED"} {
		told = append(told, &awsbudgets.CfnBudget_NotificationWithSubscribersProperty{
			Notification: &awsbudgets.CfnBudget_NotificationProperty{
				NotificationType: jsii.String(kind), ComparisonOperator: jsii.String("GREATER_THAN"),
				Threshold: jsii.Number(100), ThresholdType: jsii.String("PERCENTAGE"),
			},
			Subscribers: []any{&awsbudgets.CfnBudget_SubscriberProperty{SubscriptionType: jsii.String("SNS"), Address: topic.TopicArn()}},
		})
	}
	awsbudgets.NewCfnBudget(s.scope, jsii.String("Budget"), &awsbudgets.CfnBudgetProps{
		Budget: &awsbudgets.CfnBudget_BudgetDataProperty{
			BudgetName: jsii.String(stackName), BudgetType: jsii.String("COST"), TimeUnit: jsii.String("MONTHLY"),
			BudgetLimit: &awsbudgets.CfnBudget_SpendProperty{Amount: jsii.Number(s.config.budget), Unit: jsii.String("USD")},
		},
		NotificationsWithSubscribers: told,
	})
}
