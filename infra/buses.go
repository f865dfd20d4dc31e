package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/events"
	"consent-receipts/shared/aws/queue"
)

// addBuses makes the bus for the producers' events, and the bus for the events on receipts.
func (s *parts) addBuses() {
	s.queues, s.deadLetters = map[string]awssqs.Queue{}, map[string]awssqs.Queue{}
	s.intakeBus = s.newBus("IntakeBus", "intake", "Consent receipts: events of producers come in")
	s.receiptsBus = s.newBus("ReceiptsBus", "receipts", "Consent receipts: tells of each receipt")
	s.addArchive()
}

// newBus makes an encrypted bus, with a queue for the events that it cannot encrypt or decrypt,
// as when it may not use the key. Without the queue they would be lost, and nobody would know.
func (s *parts) newBus(id, name, what string) awsevents.EventBus {
	busName := stackName + "-" + name
	dead := s.newQueue("DeadLetters-bus-"+name, stackName+"-bus-"+name+queue.DeadLetterSuffix, deadLetterDays, nil)
	s.deadLetters["bus-"+name] = dead
	onlyFrom(dead, "OnlyItsBus", s.arn("events", "event-bus/"+busName))
	return awsevents.NewEventBus(s.scope, jsii.String(id), &awsevents.EventBusProps{
		EventBusName: jsii.String(busName), Description: jsii.String(what), KmsKey: s.dataKey, DeadLetterQueue: dead,
	})
}

// addArchive keeps what is told of receipts, if the operator wants to tell it again. It keeps
// nothing of the intake bus, whose events name customers.
func (s *parts) addArchive() {
	if s.config.archiveDays == 0 {
		return
	}
	awsevents.NewCfnArchive(s.scope, jsii.String("Archive"), &awsevents.CfnArchiveProps{
		ArchiveName: jsii.String(stackName + "-receipts"), Description: jsii.String("Consent receipts: what was told of receipts"),
		SourceArn: s.receiptsBus.EventBusArn(), RetentionDays: jsii.Number(s.config.archiveDays), KmsKeyIdentifier: s.dataKey.KeyArn(),
		EventPattern: map[string]any{"source": []string{events.Source}},
	})
}
