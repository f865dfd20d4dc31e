package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	_ "embed" // the pages and their style
	"fmt"
	"hash/crc32"
	"html/template"
	"io"
	"runtime"
	"slices"
	"sync"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
	"consent-receipts/shared/wording"
)

var (
	//go:embed frame.html
	frame string // templates of what stands above and below each page
	//go:embed index.html
	indexLayout string
	//go:embed index.css
	indexStyle string

	words = wording.Load(wording.Bundle)
	index = template.Must(template.New("index").Parse(frame + indexLayout))
)

// forms is a receipt in all the forms in a bundle, with its line in the index.
type forms struct {
	listed
	files []packed
}

// size returns the size of the forms in the bundle, in bytes.
func (f *forms) size() (n int64) {
	for _, file := range f.files {
		n += int64(len(file.body) + 2*len(file.Name) + 100) // once in the file and once in the directory
	}
	return n
}

// packed is a compressed file, ready for a ZIP.
type packed struct {
	zip.FileHeader
	body []byte
}

// packer compresses files one after the other.
type packer struct{ *flate.Writer }

// pack compresses what a function writes.
func (p packer) pack(name string, write func(io.Writer) error) (packed, error) {
	var b bytes.Buffer // writing to a bytes.Buffer cannot fail
	p.Reset(&b)
	sum := crc32.NewIEEE()
	size := &counter{w: io.MultiWriter(sum, p)}
	if err := write(size); err != nil {
		return packed{}, err
	}
	_ = p.Close()
	return packed{zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: sum.Sum32(), UncompressedSize64: uint64(size.n), CompressedSize64: uint64(b.Len()),
	}, b.Bytes()}, nil
}

// listed is a receipt in the index.
type listed struct {
	Seq             uint64
	Heading, Moment string
	Said            []string
	Signed          string
	Page, PDF, Text string
}

// render makes the forms of some receipts, on every core.
func (w *writer) render(recs []*receipt.Receipt) ([]*forms, error) {
	for _, rec := range recs {
		if err := w.terms(rec.Catalogue); err != nil {
			return nil, err
		}
	}
	out, errs := make([]*forms, len(recs)), make([]error, len(recs))
	var wg sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			compressor, _ := flate.NewWriter(nil, flate.DefaultCompression) // this level exists
			for i := worker; i < len(recs); i += runtime.GOMAXPROCS(0) {
				out[i], errs[i] = render(recs[i], w.src.Roots, w.catalogues[recs[i].Catalogue], w.src.Language, packer{compressor})
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func render(rec *receipt.Receipt, roots receipt.Roots, of terms, language string, p packer) (*forms, error) {
	d, err := page.NewDocument(rec, of.Catalogue, language)
	if err != nil {
		return nil, err
	}
	d.Brand = of.brand
	at := pageOf(rec.Seq)
	var said []string
	for _, a := range d.Answers {
		said = append(said, a.Title)
	}
	out := &forms{listed: listed{rec.Seq, d.Heading, d.Moment, said, ReceiptsDir + FileName(rec.Seq), at + ".html", at + ".pdf", at + ".txt"}}
	for _, form := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{out.Signed, func(w io.Writer) error { _, err := io.WriteString(w, rec.Raw); return err }},
		{out.Page, func(w io.Writer) error { return d.WriteHTML(w, roots) }},
		{out.Text, d.WriteText},
		{out.PDF, func(w io.Writer) error { return pdf.WriteLoose(w, d, rec, roots) }},
	} {
		file, err := p.pack(form.name, form.write)
		if err != nil {
			return nil, err
		}
		out.files = append(out.files, file)
	}
	return out, nil
}

// terms are a catalogue, and what pages in its words wear.
type terms struct {
	*catalogue.Catalogue
	brand brand.Brand
}

// terms reads a catalogue and its logo once.
func (w *writer) terms(digest string) error {
	if _, known := w.catalogues[digest]; known {
		return nil
	}
	body, err := w.document(digest)
	if err != nil {
		return err
	}
	cat, err := catalogue.Parse(body)
	if err != nil {
		return fmt.Errorf("document %s: %w", digest, err)
	}
	w.catalogues[digest] = terms{cat, w.worn(cat)}
	return nil
}

// worn returns what pages in the words of a catalogue wear.
func (w *writer) worn(cat *catalogue.Catalogue) brand.Brand {
	var logo []byte
	if digest := cat.LogoDigest(); digest != "" {
		logo = w.src.Logo(digest)
	}
	return cat.BrandIn(w.src.Language, logo)
}

// index makes the page that a person opens first. It lists the newest receipt first.
func (w *writer) index(from, next uint64) ([]byte, error) {
	newest := slices.Clone(w.listed)
	slices.Reverse(newest)
	facts := w.facts(from, next)
	facts["Receipts"], facts["Answers"] = newest, w.answered()
	return w.page(index, facts)
}

// answered is a file of an answer in the index, with the page of the receipt that names it.
type answered struct {
	manifest.Named
	Page string
}

// answered lists the files of answers that the receipts here name.
func (w *writer) answered() (files []answered) {
	for _, named := range w.answers.Parts() {
		named.Name = freetext.Inline(named.Name)
		files = append(files, answered{named, pageOf(named.Receipt) + ".html"})
	}
	return files
}

// pageOf is the name of the forms of a receipt that people read, without their endings.
func pageOf(seq uint64) string { return PagesDir + fmt.Sprintf("%010d", seq) }

// page makes a page of the bundle itself, which wears the brand of the current catalogue.
func (w *writer) page(layout *template.Template, facts map[string]any) ([]byte, error) {
	worn := w.worn(w.src.Catalogue)
	style := indexStyle + worn.CSS()
	facts["Style"], facts["StyleHash"] = template.CSS(style), page.StyleHash(style)
	facts["W"], facts["Brand"], facts["Logo"] = words.In(w.src.Language), worn, page.LogoURL(worn.Logo)
	var b bytes.Buffer
	err := layout.Execute(&b, facts)
	return b.Bytes(), err
}
