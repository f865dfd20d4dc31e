// Package front stands before functions that run elsewhere, behind Lambda's Invoke API. It
// hands them their requests as events, as API Gateway does.
package front

import (
	"net"
	"strconv"
	"time"

	"consent-receipts/functions/local/server"
	"consent-receipts/functions/local/system"
)

// Name is a name of this machine that browsers and containers can share. Browsers take
// *.localhost for their own machine and trust it as they trust https (RFC 6761 section 6.3);
// a container is told the address.
const Name = "consent.localhost"

// New puts the development issuer and the authorizer before functions that run
// elsewhere, the portal among them. It holds no ledger, and its issuer's key lives
// in memory.
func New(port int, functions Lambda) (*system.Site, error) {
	site, err := system.NewSite(Name, port, nil, time.Now)
	if err != nil {
		return nil, err
	}
	site.Serve(server.Config{Handler: functions.Handler, Refuse: AsGateway}, Name, "localhost", "127.0.0.1")
	return site, nil
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
