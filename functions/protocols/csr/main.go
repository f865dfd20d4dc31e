// Command csr makes the certificate request (PKCS #10, RFC 2986) with which a
// certificate authority certifies the KMS key that OpenDSR's answers are signed with.
//
//	csr --key ARN --domain consent.bank.example > request.pem
//
// The key is of the spec RSA_2048 or longer, for SIGN_VERIFY. It takes the right to
// kms:GetPublicKey and kms:Sign, once.
package main

import (
	"context"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/keys/operator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("csr", flag.ContinueOnError)
	key, domain := f.String("key", "", "ARN of the KMS key"), f.String("domain", "", "the processor's domain")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *key == "" || *domain == "" {
		return errors.New("--key and --domain must be there")
	}
	client, err := operator.Client(ctx)
	if err != nil {
		return err
	}
	request, err := keys.Request(ctx, client, *key, *domain)
	if err != nil {
		return err
	}
	return pem.Encode(out, &pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})
}
