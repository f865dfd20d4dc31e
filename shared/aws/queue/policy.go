package queue

// How the producers' queues are set up, for the stack that makes them and for the
// function that reads them.
const (
	// MaxReceives is the maxReceiveCount of the queues. A message that still fails when it
	// is received for the last time is put into the dead-letter queue by the function,
	// which adds the reason and the moment of queueing. SQS would move it without them.
	MaxReceives = 5

	// DeadLetterSuffix, behind a queue's name, makes the name of its dead-letter queue.
	DeadLetterSuffix = "-dlq"
)
