package inbound

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"consent-receipts/shared/consent/catalogue"
)

// Lines reads a file of schema earlier-consent/1 line by line; empty lines are skipped. An
// error that is not about a line ends the reading, and is the second value then.
func Lines(r io.Reader, cat *catalogue.Catalogue) iter.Seq2[Result, error] {
	return lines(r, func(b []byte) iter.Seq2[*Record, error] {
		return func(yield func(*Record, error) bool) { yield(parseLine(b, cat)) }
	})
}

// Mapped reads a file of another system by a mapping, row by row. The number of a result is
// that of the line; of CSV, that of the row, in which the names of the columns count.
func Mapped(r io.Reader, m *Mapping, cat *catalogue.Catalogue) iter.Seq2[Result, error] {
	if m.Format == formatCSV {
		return m.rows(r, cat)
	}
	return lines(r, func(b []byte) iter.Seq2[*Record, error] {
		return func(yield func(*Record, error) bool) {
			for row, err := range m.objects(b) {
				var record *Record
				if err == nil {
					record, err = m.read(row, cat)
				}
				if !yield(record, err) {
					return
				}
			}
		}
	})
}

// bom is the byte order mark with which some systems begin a file in UTF-8. It says nothing
// (Unicode 16.0, 23.8; RFC 8259, 8.1).
const bom = "\ufeff"

// unmarked reads what follows the byte order mark of a file, if it has one.
func unmarked(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if b, _ := in.Peek(len(bom)); string(b) == bom { // an error comes again with the next read
		_, _ = in.Discard(len(bom))
	}
	return in
}

// lines reads a file line by line, and what a line holds with read.
func lines(r io.Reader, read func([]byte) iter.Seq2[*Record, error]) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		in := bufio.NewReaderSize(unmarked(r), MaxLine+2)
		for n := 1; ; n++ {
			b, err := in.ReadSlice('\n')
			text := bytes.TrimSpace(b)
			if errors.Is(err, bufio.ErrBufferFull) {
				for text = nil; errors.Is(err, bufio.ErrBufferFull); {
					_, err = in.ReadSlice('\n')
				}
				if !yield(Result{Number: n, Err: fmt.Errorf("%w: over %d bytes", ErrLine, MaxLine)}, nil) {
					return
				}
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Result{Number: n}, err)
				return
			}
			if len(text) > 0 {
				for record, failed := range read(text) {
					if !yield(Result{n, record, failed}, nil) {
						return
					}
				}
			}
			if err != nil {
				return
			}
		}
	}
}

// rows reads a CSV file (RFC 4180). A row with a fault costs only itself.
func (m *Mapping) rows(r io.Reader, cat *catalogue.Catalogue) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		source := &bounded{r: unmarked(r)}
		in := csv.NewReader(source)
		in.ReuseRecord = true
		if m.Separator != "" {
			in.Comma = rune(m.Separator[0])
		}
		var columns []string
		for n := 1; ; n++ {
			source.left = maxAhead
			values, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if fault := (*csv.ParseError)(nil); err != nil && !errors.As(err, &fault) {
				yield(Result{Number: n}, err)
				return
			}
			if columns == nil {
				if columns, err = m.columns(values, err); err != nil {
					yield(Result{Number: n}, err)
					return
				}
				in.FieldsPerRecord = len(columns)
				if len(m.Columns) == 0 {
					continue
				}
			}
			if !yield(m.result(n, columns, values, err, cat), nil) {
				return
			}
		}
	}
}

// columns are the names of the columns, from the mapping or else from the first row. Every
// name that the mapping uses must be there, once.
func (m *Mapping) columns(first []string, err error) ([]string, error) {
	names := slices.Clone(m.Columns)
	if len(names) == 0 {
		for _, name := range first {
			names = append(names, strings.TrimSpace(name))
		}
	}
	used := slices.Clone(m.Empty)
	for _, name := range m.From {
		used = append(used, name)
	}
	for name := range m.Only {
		used = append(used, name)
	}
	slices.Sort(used)
	for _, name := range used {
		there := 0
		for _, n := range names {
			if n == name {
				there++
			}
		}
		if there != 1 {
			return nil, fmt.Errorf("%w: the file has the column %q %d times", ErrLine, name, there)
		}
	}
	return names, err
}

// result is what a row of a CSV file comes to.
func (m *Mapping) result(n int, columns, values []string, err error, cat *catalogue.Catalogue) Result {
	if errors.Is(err, csv.ErrFieldCount) || err == nil && len(values) != len(columns) {
		return Result{Number: n, Err: fmt.Errorf("%w: it has not as many values as there are columns", ErrLine)}
	}
	if err != nil {
		return Result{Number: n, Err: fmt.Errorf("%w: not a row of CSV", ErrLine)}
	}
	record, err := m.read(func(name string) (string, bool) {
		return values[slices.Index(columns, name)], true
	}, cat)
	return Result{n, record, err}
}

// maxAhead bounds what is read for one row: the longest row, and what the reader of CSV reads
// ahead.
const maxAhead = MaxLine + 4096

// bounded is a reader that ends with an error when a row is too long, as it is when a quote is
// never closed.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%w: a row is over %d bytes, or a quote is not closed", ErrLine, MaxLine)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
