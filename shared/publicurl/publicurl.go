// Package publicurl says which URLs that others gave us this service may call: an
// https URL whose host is on the public Internet. A name is judged again by the
// addresses that it resolves to, at the moment of the call: see [Public].
package publicurl

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// MaxLength bounds a URL, in bytes.
const MaxLength = 2048

// Errors of Parse. None quotes the URL: it can carry a secret.
var (
	ErrURL     = errors.New("not an absolute https URL")
	ErrAddress = errors.New("not a public address")
)

// Parse reads an absolute https URL without user information and fragment, whose
// host is a name or a public address.
func Parse(raw string) (*url.URL, error) {
	if len(raw) > MaxLength {
		return nil, fmt.Errorf("%w: over %d bytes", ErrURL, MaxLength)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, ErrURL // the parser's error would quote the URL
	case u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return nil, ErrURL
	case u.User != nil, u.Fragment != "", strings.Contains(raw, "#"):
		return nil, fmt.Errorf("%w: it has user information or a fragment", ErrURL)
	}
	if host(u) == "localhost" || strings.HasSuffix(host(u), ".localhost") { // RFC 6761, 6.3
		return nil, ErrAddress
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(addr) {
		return nil, ErrAddress
	}
	return u, nil
}

func host(u *url.URL) string { return strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")) }

// closed are the networks that are not the public Internet, of the special-purpose address
// registries of IANA (RFC 6890 and its updates; read 2026-11-23). Of IPv6 only networks
// within 2000::/3 are listed, because no other address is public.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var global = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public reports whether an address is on the public Internet: not loopback,
// private, link-local (where clouds keep their metadata), shared (CGNAT),
// multicast, unspecified, reserved, nor an IPv6 address that stands for an IPv4
// one, except that an IPv4-mapped one is judged as what it stands for.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.Zone() != "" || (addr.Is6() && !global.Contains(addr)) {
		return false
	}
	return !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(addr) })
}
