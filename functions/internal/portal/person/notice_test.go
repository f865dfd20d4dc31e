package person

import (
	"strings"
	"testing"
)

func TestNoticesAreSafe(t *testing.T) {
	got, err := markdown([]byte("# Title\n\n<script>x</script> [a](javascript:x) <b>b</b>\n\n## Part"))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(got); strings.Contains(s, "<script") || strings.Contains(s, "javascript") || strings.Contains(s, "<b>") ||
		!strings.Contains(s, "<h3>Title</h3>") || !strings.Contains(s, "<h4>Part</h4>") {
		t.Errorf("rendered as %s", s)
	}
}
