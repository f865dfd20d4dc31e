// Package runtime runs the functions' real binaries on one machine: it speaks the
// Lambda Runtime API to a binary, as the Lambda service does, and the Lambda Invoke
// API to whoever calls one.
//
// It has no isolation, no limits of memory and no frozen environments: for those
// there are SAM's containers, and the cloud.
package runtime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// api is the path of the Runtime API's version.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const api = "/2018-06-01/runtime/"

// maxPayload bounds an event and an answer, as Lambda does: 6 MB.
const maxPayload = 6 << 20

// timeout is what an event may take: more than in the cloud, as the machine may be busy.
const timeout = 5 * time.Minute

// ErrExited is returned when the binary ended instead of answering.
var ErrExited = errors.New("the function's process ended")

// Answer is what a function answered.
type Answer struct {
	Payload []byte
	Failed  bool // Payload is an error object: errorMessage, errorType
}

// Function is one execution environment: one process that takes one event at a
// time. It is safe for concurrent use; calls wait for each other.
type Function struct {
	Init time.Duration // from the start of the process until it asked for its first event

	command  *exec.Cmd
	server   *http.Server
	events   chan event
	ended    chan struct{}
	started  chan struct{}
	starting sync.Once
	err      error

	mu      sync.Mutex
	pending map[string]chan Answer
}

type event struct {
	id       string
	payload  []byte
	deadline time.Time
}

// Start runs a binary with exactly these environment variables and waits until it
// asks for its first event.
func Start(ctx context.Context, binary string, env []string, log io.Writer) (*Function, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Function{
		events: make(chan event), ended: make(chan struct{}), started: make(chan struct{}), pending: map[string]chan Answer{},
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	f.command = exec.Command(binary)
	f.command.Dir = filepath.Dir(binary) // LAMBDA_TASK_ROOT
	f.command.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=" + filepath.Base(filepath.Dir(binary)),
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "LAMBDA_TASK_ROOT=" + filepath.Dir(binary),
	}, env...)
	f.command.Stdout, f.command.Stderr = log, log
	begin := time.Now()
	f.server = &http.Server{Handler: f.runtimeAPI(begin), ReadHeaderTimeout: timeout}
	go func() { _ = f.server.Serve(listener) }()
	if err := f.command.Start(); err != nil {
		return nil, errors.Join(err, f.server.Close())
	}
	go func() {
		f.err = f.command.Wait()
		close(f.ended)
	}()
	select {
	case <-f.started:
		return f, nil
	case <-f.ended:
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrExited, f.err), f.server.Close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), f.Close())
	}
}

// Process is the function's process, to watch or to kill.
func (f *Function) Process() *os.Process { return f.command.Process }

// Close ends the process.
func (f *Function) Close() error {
	_ = f.command.Process.Kill()
	<-f.ended
	return f.server.Close()
}

// Invoke hands the function one event and waits for its answer.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	id := requestID()
	answer := make(chan Answer, 1)
	f.mu.Lock()
	f.pending[id] = answer
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.pending, id)
		f.mu.Unlock()
	}()
	select {
	case f.events <- event{id, payload, deadline}:
	case <-f.ended:
		return Answer{}, ErrExited
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	select {
	case a := <-answer:
		return a, nil
	case <-f.ended:
		return Answer{}, ErrExited
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func requestID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// runtimeAPI is what the binary talks to.
func (f *Function) runtimeAPI(begin time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"invocation/next", func(w http.ResponseWriter, r *http.Request) {
		f.starting.Do(func() {
			f.Init = time.Since(begin)
			close(f.started)
		})
		select {
		case e := <-f.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", e.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.deadline.UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:000000000000:function:local")
			_, _ = w.Write(e.payload)
		case <-r.Context().Done():
		}
	})
	answer := func(failed bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
			a, status := Answer{payload, failed}, http.StatusAccepted
			if err != nil {
				a, status = Answer{[]byte(`{"errorType":"Function.ResponseSizeTooLarge"}`), true}, http.StatusRequestEntityTooLarge
			}
			f.mu.Lock()
			waiting := f.pending[r.PathValue("id")]
			delete(f.pending, r.PathValue("id")) // one answer to one event
			f.mu.Unlock()
			if waiting != nil {
				waiting <- a
			}
			w.WriteHeader(status)
		}
	}
	mux.HandleFunc("POST "+api+"invocation/{id}/response", answer(false))
	mux.HandleFunc("POST "+api+"invocation/{id}/error", answer(true))
	return mux
}

// InvokeAPI serves the Invoke API of Lambda for functions by name.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func InvokeAPI(functions map[string]*Function) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		f := functions[r.PathValue("name")]
		if f == nil {
			http.Error(w, `{"Type":"User","Message":"no such function"}`, http.StatusNotFound)
			return
		}
		payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
		if err != nil {
			http.Error(w, `{"Type":"User","Message":"too large"}`, http.StatusRequestEntityTooLarge)
			return
		}
		a, err := f.Invoke(r.Context(), payload)
		if err != nil {
			a = Answer{[]byte(`{"errorType":"Runtime.ExitError","errorMessage":` + strconv.Quote(strings.ToValidUTF8(err.Error(), "")) + `}`), true}
		}
		if a.Failed {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(a.Payload)
	})
	return mux
}
