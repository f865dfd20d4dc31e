package events

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestPublished: the samples of published events are valid, and the sample event of the
// function callbacks is one of them.
func TestPublished(t *testing.T) {
	files, err := filepath.Glob("published/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no samples", err)
	}
	known := map[string]bool{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckJSON("published/1", b); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, b); err != nil {
			t.Fatal(err)
		}
		known[compact.String()] = true
	}
	var news struct{ Records []struct{ Body string } }
	b, err := os.ReadFile("invocations/callbacks/news.json")
	if err == nil {
		err = json.Unmarshal(b, &news)
	}
	if err != nil || len(news.Records) != 1 || !known[news.Records[0].Body] {
		t.Errorf("callbacks is told of what is not published: %v", err)
	}
}
