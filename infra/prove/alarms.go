package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const alarmsFire = "that alarms fire and mails come"

// tryAlarms sets each alarm off and waits for its message in a queue that is subscribed to the
// topic. A mail, which takes a person who confirms the subscription, is not tried.
func (p *proof) tryAlarms(ctx context.Context) {
	waiting := map[string]bool{} // names of alarms that are to come
	var inbox *inbox
	ready := p.try(ctx, alarmsFire, "a queue hears the alarms' topic", func(ctx context.Context) (err error) {
		if err := p.has("AWS::CloudWatch::Alarm"); err != nil {
			return err
		}
		for _, r := range p.resources {
			if r.kind == "AWS::CloudWatch::Alarm" {
				waiting[r.name] = true
			}
		}
		topic, err := p.named("AWS::SNS::Topic", "Alarms")
		if err != nil {
			return err
		}
		inbox, err = p.subscribe(ctx, topic)
		return err
	})
	if !ready {
		return
	}
	names := slices.Sorted(maps.Keys(waiting))
	failures := p.setOff(ctx, names)
	maps.DeleteFunc(waiting, func(name string, _ bool) bool { return failures[name] != nil })
	late := p.until(ctx, "all alarms are heard", func() (bool, error) {
		heard, err := inbox.receive(ctx)
		for _, name := range heard {
			delete(waiting, name)
		}
		return len(waiting) == 0, err
	})
	for _, name := range names {
		p.try(ctx, alarmsFire, "set off "+name, func(context.Context) error {
			switch {
			case failures[name] != nil:
				return failures[name]
			case waiting[name]:
				return fmt.Errorf("nothing was heard: %w", late)
			}
			return nil
		})
	}
}

// setOff puts each alarm into the state in which it tells people. It returns why one could not
// be put there.
func (p *proof) setOff(ctx context.Context, names []string) map[string]error {
	failures := map[string]error{}
	for _, name := range names {
		_, failures[name] = cloudwatch.NewFromConfig(p.config).SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
			AlarmName: &name, StateValue: types.StateValueAlarm, StateReason: aws.String("prove tries whether it is heard"),
		})
	}
	return failures
}

// inbox is a queue that is subscribed to a topic.
type inbox struct {
	client       *sqs.Client
	topics       *sns.Client
	url          string
	subscription string // "": not yet
}

// subscribe makes a queue into which a topic, and nobody else, may put messages.
func (p *proof) subscribe(ctx context.Context, topic string) (*inbox, error) {
	in := &inbox{client: sqs.NewFromConfig(p.config), topics: sns.NewFromConfig(p.config)}
	made, err := in.client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(stackName + "-prove")})
	if err != nil {
		return nil, err
	}
	in.url = *made.QueueUrl
	p.later("remove the queue that heard the alarms", in.remove)
	described, err := in.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &in.url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn}})
	if err != nil {
		return nil, err
	}
	arn := described.Attributes["QueueArn"]
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": topic}},
	}}})
	if err != nil {
		return nil, err
	}
	if _, err := in.client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &in.url, Attributes: map[string]string{"Policy": string(policy)}}); err != nil {
		return nil, err
	}
	subscribed, err := in.topics.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn, ReturnSubscriptionArn: true, Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		return nil, err
	}
	in.subscription = *subscribed.SubscriptionArn
	return in, nil
}

// receive takes what has come, and returns the names of the alarms that tell of ALARM.
func (in *inbox) receive(ctx context.Context) (names []string, err error) {
	out, err := in.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &in.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
	if err != nil {
		return nil, err
	}
	for _, m := range out.Messages {
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
		var told struct{ AlarmName, NewStateValue string }
		if json.Unmarshal([]byte(aws.ToString(m.Body)), &told) == nil && strings.EqualFold(told.NewStateValue, "ALARM") {
			names = append(names, told.AlarmName)
		}
		if _, err := in.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &in.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return names, err
		}
	}
	return names, nil
}

func (in *inbox) remove(ctx context.Context) error {
	var kept error
	if in.subscription != "" {
		_, kept = in.topics.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &in.subscription})
	}
	_, err := in.client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &in.url})
	return errors.Join(kept, err)
}
