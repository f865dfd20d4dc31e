// Package demo plays the story of First Example Bank through the same handlers
// that the local server uses, without a browser, and leaves the files that the
// person would keep. It then verifies them from the files alone.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

// marker is the file by which the demo knows a folder that it made itself.
const marker = ".consent-receipts-demo"

// Story is what the demo needs: a client of the API for the person, and the root
// certificate to check against.
type Story struct {
	API   *client.Client
	Root  receipt.Roots
	Out   string // the folder to write to
	Print io.Writer
}

// Play plays the story and verifies what it wrote. Any step that fails is an
// error.
func (s *Story) Play(ctx context.Context) error {
	if err := s.prepare(); err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.Print, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RECEIPT\tWHAT HAPPENED\tWHAT CHANGED\tBYTES")
	var given string
	for _, step := range []struct {
		what string
		do   func() (api.Given, error)
	}{
		{"yes to account-alerts, no to card-offers, in one go", func() (api.Given, error) { return s.optIn(ctx) }},
		{"narrow account-alerts to balances", func() (api.Given, error) {
			return s.post(ctx, "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{
				{ConsentID: given, Data: &[]string{"balances"}},
			}})
		}},
		{"withdraw account-alerts", func() (api.Given, error) {
			return s.post(ctx, "/v1/opt-out", consent.OptOut{Consents: []string{given}})
		}},
		{"ask for erasure", func() (api.Given, error) {
			return s.post(ctx, "/v1/data-requests", consent.RequestData{Type: "erasure"})
		}},
	} {
		a, err := step.do()
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		summary, err := s.keep(a, &given)
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%d\n", a.Seq, step.what, summary, len(a.Receipt))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := s.fetchBundle(ctx); err != nil {
		return err
	}
	return s.verify(ctx)
}

// prepare makes the folder, or empties the one that an earlier demo made.
func (s *Story) prepare() error {
	entries, err := os.ReadDir(s.Out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(entries) > 0:
		if _, err := os.Stat(filepath.Join(s.Out, marker)); err != nil {
			return fmt.Errorf("%s is not empty and was not made by this demo; name another folder with OUT=", s.Out)
		}
		for _, name := range []string{"receipts", bundleFile, inside.RootFile} {
			if err := os.RemoveAll(filepath.Join(s.Out, name)); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(s.Out, "receipts"), 0o755); err != nil {
		return err
	}
	if err := s.write(marker, []byte("made by the demo of consent receipts, which may empty this folder\n")); err != nil {
		return err
	}
	return s.write(inside.RootFile, s.Root.PEM())
}

const bundleFile = "bundle.zip"

func (s *Story) write(name string, b []byte) error {
	return os.WriteFile(filepath.Join(s.Out, filepath.FromSlash(name)), b, 0o644)
}

func (s *Story) optIn(ctx context.Context) (api.Given, error) {
	offer, err := client.Ask[api.Offer](ctx, s.API, http.MethodGet, "/v1/offers?language=en", nil)
	if err != nil {
		return api.Given{}, err
	}
	return s.post(ctx, "/v1/opt-in", api.OptIn{Offer: offer.Offer, Choices: []consent.Choice{
		{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"},
		{Purpose: "card-offers", Recipient: "parley", Answer: "no"},
	}})
}

func (s *Story) post(ctx context.Context, path string, body any) (api.Given, error) {
	return client.Ask[api.Given](ctx, s.API, http.MethodPost, path, body)
}

// keep writes a receipt to its file and says in a few words what it changed.
func (s *Story) keep(a api.Given, given *string) (string, error) {
	if err := s.write(bundle.ReceiptsDir+bundle.FileName(a.Seq), []byte(a.Receipt)); err != nil {
		return "", err
	}
	verifier := receipt.NewVerifier(s.Root...)
	rec, err := verifier.Verify(a.Receipt)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		return "", err
	}
	for _, c := range changes {
		fmt.Fprintf(&out, "%s: %s -> %s; ", c.Purpose, c.From, c.To)
		if c.To == statement.Given {
			*given = c.ConsentID
		}
	}
	requests, err := receipt.Decode[statement.RequestStatement](rec.Request)
	if err != nil {
		return "", err
	}
	for _, r := range requests {
		fmt.Fprintf(&out, "%s %s, due %s (%s); ", r.Type, r.State, r.Due, r.Source)
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("; "))), nil
}

func (s *Story) fetchBundle(ctx context.Context) error {
	answer, err := s.API.Do(ctx, http.MethodGet, "/v1/receipts/bundle", nil)
	if err != nil {
		return err
	}
	return s.write(bundleFile, answer.Body)
}

// verify checks the files as anybody would who has nothing but them and the
// root certificate.
func (s *Story) verify(ctx context.Context) error {
	fmt.Fprintln(s.Print)
	for _, name := range []string{"receipts", bundleFile} {
		path := filepath.Join(s.Out, name)
		report, err := check.Run(ctx, []string{path}, check.Options{Roots: s.Root})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Print, "%s: %s (%d receipts, root %s)\n", path, report.Verdict.Words(), report.Checked, receipt.Fingerprint(s.Root[0]))
		if report.Verdict != receipt.Genuine {
			return fmt.Errorf("%s: %s", path, report.Verdict.Words())
		}
	}
	return nil
}
