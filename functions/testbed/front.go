package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"consent-receipts/functions/local/server"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/front"
	"consent-receipts/functions/testbed/sam"
)

// serveFront serves what stands before functions that run elsewhere. SAM listens
// where its containers can reach this machine, and so does this server, beside the
// loopback interface: the portal's container asks it for the API and the issuer.
func serveFront(ctx context.Context, port int, lambda string, stdout io.Writer) error {
	address, err := url.Parse(lambda)
	if err != nil || address.Scheme != "http" || net.ParseIP(address.Hostname()) == nil {
		return fmt.Errorf("-lambda %s: want http://<address>:<port>", lambda)
	}
	addresses := []string{"127.0.0.1"}
	if !net.ParseIP(address.Hostname()).IsLoopback() {
		addresses = append(addresses, address.Hostname())
	}
	listeners, chosen, err := front.Listen(port, addresses...)
	if err != nil {
		return err
	}
	functions := front.Lambda{Address: strings.TrimSuffix(lambda, "/"), Prefix: sam.Prefix, Client: http.DefaultClient}
	site, err := front.New(chosen, functions)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Before the functions at %s:\n\n  %s/\n\n  %s\n\nCtrl-C ends this.\n", lambda, site.Base, site.Shell(system.SamplePerson))
	return server.Run(ctx, site.Handler, listeners...)
}
