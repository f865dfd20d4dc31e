package queue

// How the producers' queues are set up, for the stack that makes them and for the
// function that reads them.
const (
	// MaxReceives is the maxReceiveCount of the queues. What still fails when it is
	// received for the last time is put into the dead-letter queue by the function,
	// which knows the reason and the moment of queueing; SQS would do it without.
	MaxReceives = 5

	// DeadLetterSuffix makes the name of a queue that of its dead-letter queue.
	DeadLetterSuffix = "-dlq"
)
