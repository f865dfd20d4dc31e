package callback

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"

	"consent-receipts/shared/publicurl"
)

// Policy says what may be dialled. Deployments use [Public]. Tests, and a machine that
// talks to itself, use a policy of their own.
type Policy struct {
	Allow    func(netip.AddrPort) bool
	Resolver Resolver
	Roots    *x509.CertPool // nil means the system's root certificates
	Plain    bool           // http is allowed too, and every host: Allow alone decides
}

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Public allows https to addresses on the public Internet.
func Public() Policy {
	return Policy{Resolver: net.DefaultResolver, Allow: func(a netip.AddrPort) bool { return publicurl.Public(a.Addr()) }}
}

func (p Policy) tls() *tls.Config { return &tls.Config{RootCAs: p.Roots, MinVersion: tls.VersionTLS12} }

// dial resolves the name once, refuses it if any of its addresses may not be
// called, and dials the very addresses that it judged: a name that resolves
// otherwise a moment later (DNS rebinding) changes nothing.
func (p Policy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	portNumber, err := net.LookupPort(network, port)
	if err != nil {
		return nil, err
	}
	addrs := make([]netip.Addr, 1)
	if addrs[0], err = netip.ParseAddr(host); err != nil {
		if addrs, err = p.Resolver.LookupNetIP(ctx, "ip", host); err != nil {
			return nil, err
		}
	}
	for _, a := range addrs {
		if !p.Allow(netip.AddrPortFrom(a, uint16(portNumber))) {
			return nil, ErrAddress
		}
	}
	var conn net.Conn
	err = &net.DNSError{Err: "no addresses", Name: host}
	for _, a := range addrs {
		target := netip.AddrPortFrom(a.Unmap(), uint16(portNumber)).String()
		if conn, err = new(net.Dialer).DialContext(ctx, network, target); err == nil {
			return conn, nil
		}
	}
	return nil, err
}
