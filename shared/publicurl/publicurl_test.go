package publicurl_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"consent-receipts/shared/publicurl"
)

func TestPublic(t *testing.T) {
	for addr, why := range map[string]string{
		"127.0.0.1": "loopback", "127.8.8.8": "loopback", "::1": "loopback", "0.0.0.0": "unspecified", "::": "unspecified",
		"10.1.2.3": "private", "172.16.0.1": "private", "172.31.255.255": "private", "192.168.1.1": "private", "fd12::1": "unique local",
		"169.254.169.254": "metadata", "fd00:ec2::254": "metadata", "fe80::1": "link-local", "fe80::1%eth0": "a zone",
		"100.64.0.1": "CGNAT", "100.127.255.255": "CGNAT", "224.0.0.1": "multicast", "ff02::1": "multicast",
		"255.255.255.255": "broadcast", "240.0.0.1": "reserved", "198.18.0.1": "benchmarks", "192.0.2.1": "documentation",
		"2001:db8::1": "documentation", "::ffff:127.0.0.1": "mapped loopback", "::ffff:169.254.169.254": "mapped metadata",
		"::127.0.0.1": "IPv4-compatible", "64:ff9b::7f00:1": "NAT64 of loopback", "2002:7f00:1::1": "6to4 of loopback",
		"2001:0:4136:e378::1": "Teredo", "fec0::1": "site-local",
	} {
		if publicurl.Public(netip.MustParseAddr(addr)) {
			t.Errorf("%s is taken for public: %s", addr, why)
		}
	}
	for _, addr := range []string{"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !publicurl.Public(netip.MustParseAddr(addr)) {
			t.Errorf("%s is refused", addr)
		}
	}
	if publicurl.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestParse(t *testing.T) {
	for raw, want := range map[string]error{
		"https://controller.example/opendsr/callbacks?a=b":  nil,
		"https://controller.example:8443/":                  nil,
		"https://8.8.8.8/":                                  nil,
		"http://controller.example/":                        publicurl.ErrURL,
		"ftp://controller.example/":                         publicurl.ErrURL,
		"https:///path":                                     publicurl.ErrURL,
		"https:controller.example":                          publicurl.ErrURL,
		"/relative":                                         publicurl.ErrURL,
		"":                                                  publicurl.ErrURL,
		"https://user:secret@controller.example/":           publicurl.ErrURL,
		"https://controller.example/#part":                  publicurl.ErrURL,
		"https://controller.example/#":                      publicurl.ErrURL,
		"https://a\x00b/":                                   publicurl.ErrURL,
		"https://" + strings.Repeat("a", 2048) + ".example": publicurl.ErrURL,
		"https://127.0.0.1/":                                publicurl.ErrAddress,
		"https://[::1]/":                                    publicurl.ErrAddress,
		"https://[::ffff:169.254.169.254]/latest":           publicurl.ErrAddress,
		"https://169.254.169.254/latest/meta-data":          publicurl.ErrAddress,
		"https://localhost/":                                publicurl.ErrAddress,
		"https://LOCALHOST./":                               publicurl.ErrAddress,
		"https://a.localhost:444/":                          publicurl.ErrAddress,
	} {
		_, err := publicurl.Parse(raw)
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%.60q: %v, want %v", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error quotes the URL: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("https://controller.example:8443/a?b")
	f.Add("https://[::ffff:7f00:1]/")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := publicurl.Parse(raw)
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q", raw)
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !publicurl.Public(addr) {
			t.Fatalf("%q is %v", raw, addr)
		}
	})
}
