// Package demo plays the story of First Example Bank through the same handlers
// that the local server uses, without a browser, and leaves the files that the
// person would keep. It then verifies them from the files alone.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

// marker is the file by which the demo knows a folder that it made itself.
const marker = ".consent-receipts-demo"

// Story is what the demo needs: the API at a base URL, a client that reaches it,
// the person's access token, and the root certificate to check against.
type Story struct {
	Base  string
	API   *http.Client
	Token string
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
		do   func() (*answer, error)
	}{
		{"yes to account-alerts, no to card-offers, in one go", func() (*answer, error) { return s.optIn(ctx) }},
		{"narrow account-alerts to balances", func() (*answer, error) {
			return s.post(ctx, "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{
				{ConsentID: given, Data: &[]string{"balances"}},
			}})
		}},
		{"withdraw account-alerts", func() (*answer, error) {
			return s.post(ctx, "/v1/opt-out", consent.OptOut{Consents: []string{given}})
		}},
		{"ask for erasure", func() (*answer, error) {
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

// answer is what the API answers to a command.
type answer struct {
	Receipt string `json:"receipt"`
	Seq     uint64 `json:"seq"`
}

func (s *Story) optIn(ctx context.Context) (*answer, error) {
	var offer struct {
		Offer string `json:"offer"`
	}
	body, err := s.call(ctx, http.MethodGet, "/v1/offers?language=en", nil)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &offer); err != nil {
		return nil, err
	}
	return s.post(ctx, "/v1/opt-in", map[string]any{"offer": offer.Offer, "choices": []consent.Choice{
		{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"},
		{Purpose: "card-offers", Recipient: "parley", Answer: "no"},
	}})
}

func (s *Story) post(ctx context.Context, path string, v any) (*answer, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	body, err := s.call(ctx, http.MethodPost, path, b)
	if err != nil {
		return nil, err
	}
	a := new(answer)
	return a, json.Unmarshal(body, a)
}

func (s *Story) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.Base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.API.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: status %d: %s", method, path, res.StatusCode, b)
	}
	return b, err
}

// keep writes a receipt to its file and says in a few words what it changed.
func (s *Story) keep(a *answer, given *string) (string, error) {
	if err := s.write(bundle.ReceiptsDir+bundle.FileName(a.Seq), []byte(a.Receipt)); err != nil {
		return "", err
	}
	verifier, err := receipt.NewVerifier(s.Root...)
	if err != nil {
		return "", err
	}
	rec, err := verifier.Verify(a.Receipt)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	values, _ := receipt.Values(rec.Changes)
	for _, v := range values {
		var c statement.Change
		if err := json.Unmarshal(v, &c); err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%s: %s -> %s; ", c.Purpose, c.From, c.To)
		if c.To == statement.Given {
			*given = c.ConsentID
		}
	}
	values, _ = receipt.Values(rec.Request)
	for _, v := range values {
		var r statement.RequestStatement
		if err := json.Unmarshal(v, &r); err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%s %s, due %s (%s); ", r.Type, r.State, r.Due, r.Source)
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("; "))), nil
}

func (s *Story) fetchBundle(ctx context.Context) error {
	body, err := s.call(ctx, http.MethodGet, "/v1/receipts/bundle", nil)
	if err != nil {
		return err
	}
	return s.write(bundleFile, body)
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
