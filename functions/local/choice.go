package main

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/consent/catalogue/source"
)

// choice is a catalogue, with the folder of its issuer's ledger and keys.
type choice struct {
	data, file string // as the user named them; file "" means the sample
	compiled   *source.Compiled
	folder     string
	sample     bool // the catalogue has the sample's issuer
}

// choiceFlags adds the flags of a choice. The function that it returns makes the choice after
// the flags were parsed.
func choiceFlags(f *flag.FlagSet) func() (*choice, error) {
	data := f.String("data", "data", "folder for the ledger and the keys; an issuer other than the sample's has a folder in it")
	file := catalogueFlag(f)
	return func() (*choice, error) {
		sample, err := system.Sample()
		if err != nil {
			return nil, err
		}
		compiled, err := compile(*file)
		if err != nil {
			return nil, err
		}
		c := &choice{data: *data, file: *file, compiled: compiled, folder: *data}
		if c.sample = compiled.Catalogue.Issuer == sample.Catalogue.Issuer; !c.sample {
			c.folder = filepath.Join(*data, url.PathEscape(strings.TrimPrefix(compiled.Catalogue.Issuer, "https://")))
		}
		return c, nil
	}
}

func catalogueFlag(f *flag.FlagSet) *string {
	return f.String("catalogue", "", "file of a catalogue instead of the sample")
}

// compile compiles a catalogue, or the sample if no file is named.
func compile(file string) (*source.Compiled, error) {
	if file == "" {
		return system.Sample()
	}
	return system.Compile(os.DirFS(filepath.Dir(file)), filepath.Base(file))
}

// variables returns the variables with which make makes the same choice.
func (c *choice) variables() (text string) {
	if c.data != "data" {
		text += " DATA=" + c.data
	}
	if !c.sample {
		text += " CATALOGUE=" + c.file
	}
	return text
}
