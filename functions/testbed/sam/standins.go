package sam

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
)

// Names of the stand-ins on the network.
const (
	dynamoName = "dynamodb"
	motoName   = "aws" // KMS, EventBridge, SQS
)

// openStandIns starts the stand-ins and makes table, keys and bus in them.
func (s *Stack) openStandIns(ctx context.Context) error {
	var err error
	s.dynamo, err = s.standIn(ctx, dynamoName, dynamoPort, func(image string) error {
		return dynamoImage(ctx, s.config.Root, image)
	})
	if err != nil {
		return err
	}
	moto, err := s.standIn(ctx, motoName, motoPort, func(image string) error {
		return motoImage(ctx, s.config.Root, s.config.Dir, image)
	})
	if err != nil {
		return err
	}
	if err := answering(ctx, s.dynamo, moto); err != nil {
		return err
	}
	names, err := sandbox.New(ctx, sandbox.Endpoints{DynamoDB: s.dynamo, KMS: moto, EventBridge: moto, SNS: moto})
	if err != nil {
		return err
	}
	if s.answering, err = sandbox.PublicKey(ctx, moto, names.AnsweringKey); err != nil {
		return err
	}
	inside := func(name string, port int) string { return "http://" + net.JoinHostPort(name, strconv.Itoa(port)) }
	maps.Copy(s.variables, map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": inside(dynamoName, dynamoPort), "TABLE_NAME": names.Table, "SCANNED_TABLE": names.Table,
		"AWS_ENDPOINT_URL_KMS": inside(motoName, motoPort), "ROOT_KEY_ID": names.RootKey,
		"PSEUDONYM_KEY_ID": names.PseudonymKey, "SESSION_KEY_ID": names.SessionKey, "IDENTITY_KEY_ID": names.IdentityKey, "OPENDSR_KEY_ID": names.AnsweringKey,
		"AWS_ENDPOINT_URL_EVENTBRIDGE": inside(motoName, motoPort), "EVENT_BUS": names.Bus,
		"AWS_ENDPOINT_URL_SNS": inside(motoName, motoPort), "REPORT_TOPIC": names.Topic,
		"AWS_ENDPOINT_URL_SQS": inside(motoName, motoPort), // there are no queues, so a message that intake cannot put away comes again
	})
	return nil
}

// Ledger returns the ledger that the functions use.
func (s *Stack) Ledger() ledger.Store { return sandbox.Ledger(s.dynamo, s.variables["TABLE_NAME"]) }

// standIn makes an image and runs it, and returns the address for this machine.
func (s *Stack) standIn(ctx context.Context, name string, port int, makeImage func(string) error) (string, error) {
	image := s.network.name + "-" + name
	if err := makeImage(image); err != nil {
		return "", err
	}
	s.images = append(s.images, image)
	address, err := s.network.run(ctx, image, name, port)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return address, nil
}

func (s *Stack) removeImages(ctx context.Context) error {
	if len(s.images) == 0 {
		return nil
	}
	_, err := docker(ctx, append([]string{"image", "rm"}, s.images...)...)
	return err
}

// answering waits until each address answers HTTP, whatever it says.
func answering(ctx context.Context, addresses ...string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for _, address := range addresses {
		for !answers(ctx, address) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s does not answer: %w", address, ctx.Err())
			case <-time.After(pause):
			}
		}
	}
	return nil
}

func answers(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil
}
