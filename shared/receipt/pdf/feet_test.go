package pdf_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
)

// TestFeet: the foot of every page is set in its own size, whatever that page was written in last.
func TestFeet(t *testing.T) {
	rec, cat := story(t, "01-opt-in")
	d, err := page.NewDocument(rec, cat, "en")
	must(t, err)
	var b bytes.Buffer
	must(t, pdf.WriteLoose(&b, d, rec, nil))
	feet := 0
	for part := range strings.SplitSeq(b.String(), "endstream") {
		_, content, _ := strings.Cut(part, "\nstream\n")
		foot := strings.LastIndex(content, d.Number)
		if foot < 0 {
			continue
		}
		feet++
		sizes := regexp.MustCompile(`/F\w+ ([0-9.]+) Tf`).FindAllStringSubmatch(content[:foot], -1)
		if sizes == nil || sizes[len(sizes)-1][1] != "8.00" {
			t.Errorf("page %d: %v", feet, sizes)
		}
	}
	if feet < 2 {
		t.Errorf("%d pages", feet)
	}
}
