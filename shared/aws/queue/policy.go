package queue

// How the producers' queues are set up, for the stack that makes them and for the
// function that reads them.
const (
	// MaxReceives is how often a message is delivered before SQS moves it to the
	// dead-letter queue.
	MaxReceives = 5

	// DeadLetterSuffix makes the name of a queue that of its dead-letter queue.
	DeadLetterSuffix = "-dlq"
)
