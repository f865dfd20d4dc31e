package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/exchange"
	"consent-receipts/shared/receipt"
)

// TestReportsAreComplete: a report names every value of the receipt, and no
// other, and counts what it names.
func TestReportsAreComplete(t *testing.T) {
	d, recs := story(t)
	each(t, d, recs, func(t *testing.T, rec *receipt.Receipt, f exchange.Format, doc *exchange.Document) {
		claims, err := json.Marshal(rec.Claims)
		must(t, err)
		source, target := leaves("", tree(t, claims)), tree(t, doc.Body)
		r := doc.Report
		if len(r.Fields) != len(source) || r.Carried+r.Approx+r.Dropped != len(source) || r.Format != f.Name || r.Source != rec.Digest {
			t.Fatalf("%d fields (%d, %d, %d) of %d", len(r.Fields), r.Carried, r.Approx, r.Dropped, len(source))
		}
		for _, field := range r.Fields {
			value, known := source[field.Path]
			at := resolve(target, field.To)
			switch {
			case !known:
				t.Errorf("%s is not in the receipt", field.Path)
			case field.Fate != exchange.Carried && field.Why == "":
				t.Errorf("%s is %s without a why", field.Path, field.Fate)
			case (field.Fate == exchange.Dropped) != (field.To == ""):
				t.Errorf("%s is %s, to %q", field.Path, field.Fate, field.To)
			case field.To != "" && at == nil:
				t.Errorf("%s is %s at %s, where there is nothing", field.Path, field.Fate, field.To)
			case field.Fate == exchange.Carried && !holds(at, value):
				t.Errorf("%s is %q, and at %s is %v", field.Path, value, field.To, at)
			}
		}
	})
}

// TestReportsTellTheTruth changes every value of a receipt, one at a time: what
// changes the document was not dropped, and what does not was.
func TestReportsTellTheTruth(t *testing.T) {
	d, recs := story(t)
	for _, name := range []string{"all", "annulled", "erasure", "objection", "request", "unlimited"} { // more of the same
		delete(recs, name)
	}
	each(t, d, recs, func(t *testing.T, rec *receipt.Receipt, f exchange.Format, doc *exchange.Document) {
		t.Parallel()
		claims, err := json.Marshal(rec.Claims)
		must(t, err)
		source, target := leaves("", tree(t, claims)), tree(t, doc.Body)
		for _, field := range doc.Report.Fields {
			if rest, in := strings.CutPrefix(field.Path, "/standing/"); in && !strings.HasPrefix(rest, "0/") {
				continue // one is as good as the others
			}
			changed := *rec
			if !change(t, &changed, claims, field) {
				continue
			}
			again, err := f.Export(&changed, d.cat, "")
			same := err == nil && bytes.Equal(again.Body, doc.Body)
			switch {
			case field.Fate == exchange.Dropped && !same:
				t.Errorf("%s is dropped (%s), and yet the document depends on it: %v", field.Path, field.Why, err)
			case field.Fate == exchange.Approximated && same:
				t.Errorf("%s is approximated at %s, and yet nothing depends on it", field.Path, field.To)
			case field.Fate == exchange.Carried && same && !holds(resolve(target, field.To), source[field.Path]):
				t.Errorf("%s is carried at %s, and yet nothing depends on it", field.Path, field.To)
			}
		}
	})
}

// BenchmarkExport writes the receipt of an opt-in, with its report.
func BenchmarkExport(b *testing.B) {
	d, recs := story(b)
	for _, f := range exchange.Formats {
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.Export(recs["opt-in"], d.cat, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// each calls for every document that there is.
func each(t *testing.T, d *desk, recs map[string]*receipt.Receipt, check func(*testing.T, *receipt.Receipt, exchange.Format, *exchange.Document)) {
	t.Helper()
	n := 0
	for name, rec := range recs {
		for _, f := range exchange.Formats {
			doc, err := f.Export(rec, d.cat, "")
			if err != nil {
				continue
			}
			n++
			t.Run(name+"/"+f.Name, func(t *testing.T) { check(t, rec, f, doc) })
		}
	}
	if n < 15 {
		t.Fatalf("only %d documents", n)
	}
}

// leaves lists the values of a document by their paths.
func leaves(path string, v any) map[string]string {
	out := map[string]string{}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			for p, s := range leaves(path+"/"+name, e) {
				out[p] = s
			}
		}
	case []any:
		for i, e := range v {
			for p, s := range leaves(path+"/"+strconv.Itoa(i), e) {
				out[p] = s
			}
		}
	default:
		out[path] = fmt.Sprint(v)
	}
	return out
}

// resolve finds what a JSON pointer names. The names here have no slash but in
// schema: addresses, which have none either.
func resolve(v any, pointer string) any {
	for _, step := range strings.Split(pointer, "/")[1:] {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// holds reports whether a value stands at or below a place, alone or in a text.
func holds(at any, value string) bool {
	p, isPeriod := strings.CutSuffix(strings.TrimPrefix(value, "P"), "D")
	for _, s := range leaves("", at) {
		if strings.Contains(s, value) || (isPeriod && s == p) {
			return true
		}
	}
	return false
}

var (
	digit  = regexp.MustCompile(`[0-9]`)
	uuid   = regexp.MustCompile(`^[0-9a-f-]{36}$`)
	length = regexp.MustCompile(`^P[0-9]+[YMD]`)
	place  = regexp.MustCompile(`^[A-Z]{2}(-[A-Z]+)?$`)
)

// change sets another value at a path of the claims, of the same kind; the id
// of a consent changes wherever it stands. It reports false for what has to be as it is for
// the claims to be read.
func change(t *testing.T, rec *receipt.Receipt, claims []byte, field exchange.Field) bool {
	t.Helper()
	path := field.Path
	if id, ok := resolve(tree(t, claims), path).(string); ok && uuid.MatchString(id) && !strings.HasPrefix(path, "/standing") {
		return reread(rec, bytes.ReplaceAll(claims, []byte(id), []byte("00000000-0000-4000-8000-000000000000")))
	}
	if strings.HasSuffix(path, "/special_pii_category") && field.Fate != exchange.Dropped { // one list for all records
		return reread(rec, bytes.ReplaceAll(claims, []byte(`"may-reveal"`), []byte(`""`)))
	}
	root := tree(t, claims).(map[string]any)
	steps := strings.Split(path, "/")[1:]
	parent := resolve(root, "/"+strings.Join(steps[:len(steps)-1], "/"))
	if len(steps) == 1 {
		parent = root
	}
	last := steps[len(steps)-1]
	var value any
	switch at := parent.(type) {
	case map[string]any:
		value = other(at[last])
		at[last] = value
	case []any:
		i, err := strconv.Atoi(last)
		must(t, err)
		at[i] = other(at[i])
	}
	b, err := json.Marshal(root)
	must(t, err)
	return reread(rec, b)
}

// opposite says what else there is, where not every text will do.
var opposite = map[string]string{"recurring": "one-time", "none": "none"}

// other is another value of the same kind.
func other(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case json.Number:
		n, _ := v.Int64()
		return n + 86400
	case string:
		if to, ok := opposite[v]; ok {
			return to
		}
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.AddDate(0, 0, 40).Format(time.RFC3339)
		}
		if place.MatchString(v) {
			return "AQ"
		}
		if length.MatchString(v) {
			return digit.ReplaceAllStringFunc(v, func(d string) string { return string('0' + ('9'-d[0])%9 + 1) })
		}
		return v + "x"
	}
	return v
}

// reread puts claims in the place of a receipt's, all disclosed.
func reread(rec *receipt.Receipt, claims []byte) bool {
	var in struct {
		receipt.Claims
		Changes  []json.RawMessage `json:"changes"`
		Records  []json.RawMessage `json:"records"`
		Standing []json.RawMessage `json:"standing"`
		Actor    []json.RawMessage `json:"actor"`
		Evidence []json.RawMessage `json:"evidence"`
		Request  []json.RawMessage `json:"request"`
		Note     []json.RawMessage `json:"note"`
	}
	if json.Unmarshal(claims, &in) != nil {
		return false
	}
	rec.Claims = in.Claims
	for to, from := range map[*[]receipt.Element][]json.RawMessage{
		&rec.Changes: in.Changes, &rec.Records: in.Records, &rec.Standing: in.Standing, &rec.Actor: in.Actor,
		&rec.Evidence: in.Evidence, &rec.Request: in.Request, &rec.Note: in.Note,
	} {
		*to = []receipt.Element{}
		for _, raw := range from {
			*to = append(*to, receipt.Element{Value: raw})
		}
	}
	return true
}
