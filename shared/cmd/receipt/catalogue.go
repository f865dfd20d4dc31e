package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/statement"
)

const lintHelp = `receipt catalogue lint FILE
    names file, line and what to do for every mistake in a catalogue
`

const showCatalogueHelp = `receipt catalogue show FILE
    prints the catalogue in canonical form, and its digest
`

const buildHelp = `receipt catalogue build FILE FOLDER
    writes what a deployment provisions: catalogue.json, notices/ by digest, and logo.png
`

// logoFile is the name of the logo beside a catalogue that was built.
const logoFile = "logo.png"

// lint names the mistakes in a catalogue.
func (c *command) lint(_ context.Context, f *cli.Flags) (int, error) {
	return c.compiled(f, 1, func(*source.Compiled) error { return nil })
}

// showCatalogue prints a catalogue as it is addressed.
func (c *command) showCatalogue(_ context.Context, f *cli.Flags) (int, error) {
	return c.compiled(f, 1, func(compiled *source.Compiled) error {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, compiled.Canonical, "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.Document, "%s\n", freetext.EscapeJSON(pretty.Bytes()))
		return err
	})
}

// build writes what a deployment of a catalogue needs.
func (c *command) build(_ context.Context, f *cli.Flags) (int, error) {
	return c.compiled(f, 2, func(compiled *source.Compiled) error { return writeCatalogue(compiled, f.Arg(1)) })
}

// compiled reads the given number of arguments and compiles the catalogue that the first one
// names. If the catalogue has no mistakes, do gets it.
func (c *command) compiled(f *cli.Flags, arguments int, do func(*source.Compiled) error) (int, error) {
	if err := f.Parse(arguments, arguments); err != nil {
		return 0, err
	}
	compiled, problems := source.Compile(os.DirFS(filepath.Dir(f.Arg(0))), filepath.Base(f.Arg(0)))
	for _, p := range problems {
		fmt.Fprintln(c.Stdout, freetext.Visible(p.String()))
	}
	if len(problems) > 0 {
		fmt.Fprintf(c.Stdout, "%d problem(s)\n", len(problems))
		return cli.ExitRefused, nil
	}
	if err := do(compiled); err != nil {
		return 0, err
	}
	cat := compiled.Catalogue
	fmt.Fprintf(c.Stdout, "%s: %d purposes in %d languages, %d notices, %s\n",
		freetext.Inline(f.Arg(0)), len(cat.Purposes), len(cat.Languages), len(compiled.Notices), compiled.Digest)
	return cli.ExitDone, nil
}

// writeCatalogue writes what a deployment provisions: the canonical catalogue, each notice
// under the hex digits of its digest, and the logo.
func writeCatalogue(compiled *source.Compiled, dir string) error {
	notices := filepath.Join(dir, "notices")
	if err := os.MkdirAll(notices, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "catalogue.json"), compiled.Canonical, 0o644); err != nil {
		return err
	}
	for digest, text := range compiled.Notices {
		if err := os.WriteFile(filepath.Join(notices, strings.TrimPrefix(digest, "sha256:")), text, 0o644); err != nil {
			return err
		}
	}
	if compiled.Logo == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, logoFile), compiled.Logo.PNG, 0o644)
}

// openedCatalogue is a catalogue from a file, with its logo. Without a file it is zero.
type openedCatalogue struct {
	cat    *catalogue.Catalogue
	digest string
	logo   []byte // the picture that it cites; nil: none was found
}

// brandIn returns what pages in the words of the catalogue wear.
func (f openedCatalogue) brandIn(language string) brand.Brand {
	if f.cat == nil {
		return brand.Brand{}
	}
	return f.cat.BrandIn(language, f.logo)
}

// catalogueOf reads the catalogue that a receipt names.
func catalogueOf(rec *receipt.Receipt, file string) (openedCatalogue, error) {
	of, err := openCatalogue(file)
	if err == nil && of.cat != nil && of.digest != rec.Catalogue {
		err = &check.FileError{Name: file, Err: fmt.Errorf("its digest is %s, but the receipt names %s", of.digest, rec.Catalogue)}
	}
	return of, err
}

// openCatalogue reads a catalogue, either as an operator writes it (YAML) or in canonical
// form with its logo beside it.
func openCatalogue(file string) (of openedCatalogue, err error) {
	if file == "" {
		return of, nil
	}
	if ext := filepath.Ext(file); ext == ".yaml" || ext == ".yml" {
		compiled, problems := source.Compile(os.DirFS(filepath.Dir(file)), filepath.Base(file))
		if len(problems) > 0 {
			return of, fmt.Errorf("%d mistakes in the catalogue, the first at %s", len(problems), problems[0])
		}
		of.cat, of.digest = compiled.Catalogue, compiled.Digest
		if compiled.Logo != nil {
			of.logo = compiled.Logo.PNG
		}
		return of, nil
	}
	b, err := cli.ReadAtMost(file, catalogue.MaxBytes)
	if err != nil {
		return of, err
	}
	cat, err := catalogue.Parse(b)
	if err != nil {
		return of, &check.FileError{Name: file, Err: err}
	}
	return openedCatalogue{cat: cat, digest: statement.Digest(b), logo: logoBeside(file, cat.LogoDigest())}, nil
}

// logoBeside reads a logo from the folder of its catalogue, where a build names it logo.png
// and a bundle after its digest. If neither is there, or can be read, it returns nil: no receipt
// fails for want of a logo.
func logoBeside(file, digest string) []byte {
	for _, name := range []string{logoFile, strings.TrimPrefix(digest, "sha256:") + ".png"} {
		b, err := cli.ReadAtMost(filepath.Join(filepath.Dir(file), name), brand.MaxLogoBytes)
		if err == nil && statement.Digest(b) == digest {
			return b
		}
	}
	return nil
}
