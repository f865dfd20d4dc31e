package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Run serves a handler on listeners until the context ends, then lets what is
// under way finish.
func Run(ctx context.Context, h http.Handler, listeners ...net.Listener) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	done := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { done <- server.Serve(l) }()
	}
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = server.Shutdown(end)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return errors.Join(err, server.Close())
}

// Listen listens on one port of several addresses. Port 0 picks one that is free
// on all of them.
func Listen(port int, addresses ...string) (listeners []net.Listener, chosen int, err error) {
	for range maxPicks {
		listeners, chosen, err = listen(port, addresses)
		if err == nil || port != 0 {
			break
		}
	}
	return listeners, chosen, err
}

// maxPicks bounds how often a port is picked: somebody else may have it on another
// address.
const maxPicks = 10

func listen(port int, addresses []string) ([]net.Listener, int, error) {
	var listeners []net.Listener
	for _, address := range addresses {
		l, err := net.Listen("tcp4", net.JoinHostPort(address, strconv.Itoa(port)))
		if err != nil {
			for _, l := range listeners {
				_ = l.Close() // nothing was accepted
			}
			return nil, 0, err
		}
		listeners = append(listeners, l)
		port = l.Addr().(*net.TCPAddr).Port
	}
	return listeners, port, nil
}
