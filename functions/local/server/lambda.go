package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/handler"
)

// maxAnswer bounds what is read of a function's answer: Lambda's own limit is 6 MB.
const maxAnswer = 6<<20 + 1<<10

// ErrFunction is a function that failed instead of answering.
var ErrFunction = errors.New("the function failed")

// Lambda is the Invoke API of Lambda, as SAM serves it on one machine. Requests are
// not signed.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
type Lambda struct {
	Address string // http://127.0.0.1:3001, no slash at the end
	Prefix  string // what functions' names have there before ours: ConsentReceipts-
	Client  *http.Client
}

// Invoke hands an event to a function and returns its answer. A function that fails
// is an error that wraps ErrFunction.
func (l Lambda) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	address := l.Address + "/2015-03-31/functions/" + url.PathEscape(l.Prefix+function) + "/invocations"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	res, err := l.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Amz-Function-Error") != "" {
		return nil, fmt.Errorf("%w: %s: status %d: %.1000s", ErrFunction, function, res.StatusCode, body)
	}
	return body, nil
}

// Function returns a function behind the HTTP API by its name.
func (l Lambda) Function(name string) handler.Func {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (answer events.APIGatewayV2HTTPResponse, err error) {
		event, err := json.Marshal(e)
		if err != nil {
			return answer, err
		}
		body, err := l.Invoke(ctx, name, event)
		if err != nil {
			return answer, err
		}
		err = json.Unmarshal(body, &answer)
		if err == nil && answer.StatusCode == 0 {
			err = fmt.Errorf("%w: %s: no status in its answer", ErrFunction, name)
		}
		return answer, err
	}
}

// AsGateway answers in the words of API Gateway, which knows no problem documents.
func AsGateway(err error, requestID string) events.APIGatewayV2HTTPResponse {
	status, message := http.StatusInternalServerError, "Internal Server Error"
	switch {
	case errors.Is(err, handler.ErrUnauthenticated):
		status, message = http.StatusUnauthorized, "Unauthorized"
	case errors.Is(err, handler.ErrForbidden):
		status, message = http.StatusForbidden, "Forbidden"
	case errors.Is(err, handler.ErrTooLarge):
		status, message = http.StatusRequestEntityTooLarge, "Request Entity Too Large"
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status, Body: `{"message":"` + message + `"}`,
		Headers: map[string]string{"content-type": "application/json", "apigw-requestid": requestID},
	}
}
