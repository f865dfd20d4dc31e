package pdf_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
)

// TestTitleAboveItsRow: wherever a page ends, a title stands on the page of its first row.
func TestTitleAboveItsRow(t *testing.T) {
	programs(t)
	rec, cat := story(t, "01-opt-in")
	d, err := page.NewDocument(rec, cat, "en")
	must(t, err)
	const many = 40
	for n := range many {
		lines := slices.Repeat([]string{"line"}, 3+n%5)
		d.Sections = append(d.Sections, page.Section{Title: fmt.Sprintf("Title %d.", n), Rows: []page.Row{{Label: fmt.Sprintf("Row %d.", n), Lines: lines}}})
	}
	file := drawn(t, d, rec)
	pages := strings.Split(run(t, "pdftotext", "-layout", file, "-"), "\f")
	for n := range many {
		title := slices.IndexFunc(pages, func(p string) bool { return strings.Contains(p, fmt.Sprintf("Title %d.", n)) })
		if title < 0 || !strings.Contains(pages[title], fmt.Sprintf("Row %d.", n)) {
			t.Errorf("title %d is on page %d, without its row", n, title+1)
		}
	}
}

// TestStub: what anyone can check the receipt by follows the card, however short it is.
func TestStub(t *testing.T) {
	programs(t)
	rec, cat := story(t, "01-opt-in")
	d, err := page.NewDocument(rec, cat, "en")
	must(t, err)
	d.Answers = nil
	file := drawn(t, d, rec)
	above, below := -1.0, -1.0
	for _, word := range regexp.MustCompile(`yMin="([0-9.]+)"[^>]*>([^<]+)<`).FindAllStringSubmatch(run(t, "pdftotext", "-f", "1", "-l", "1", "-bbox", file, "-"), -1) {
		at, err := strconv.ParseFloat(word[1], 64)
		must(t, err)
		switch {
		case strings.HasSuffix(word[2], "/receipts/1"):
			above = at
		case word[2] == "Check" && below < 0:
			below = at
		}
	}
	if above < 0 || below < above || below > above+60 {
		t.Errorf("the card ends at %.0f points, and %q begins at %.0f", above, "Check it", below)
	}
}

// drawn writes the PDF of a document into a file.
func drawn(t *testing.T, d *page.Document, rec *receipt.Receipt) string {
	t.Helper()
	var b bytes.Buffer
	must(t, pdf.Write(&b, d, rec, nil))
	file := filepath.Join(t.TempDir(), "receipt.pdf")
	must(t, os.WriteFile(file, b.Bytes(), 0o600))
	return file
}
