package system_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"consent-receipts/functions/local/browser"
	"consent-receipts/shared/receipt"
)

var shots = flag.String("shots", "", "make the screenshots anew, in this folder of the repository: docs/screenshots")

// TestBrowser plays the story in Chromium: on a desktop and on a phone, in both
// languages, by keyboard alone and without JavaScript. What was kept of it is genuine.
func TestBrowser(t *testing.T) {
	for name, story := range map[string]browser.Story{
		"desktop":  {Width: 1280},
		"phone":    {Width: 360, Language: "es", Dark: true},
		"keyboard": {Width: 1280, Language: "es", Keyboard: true},
		"noscript": {Width: 360, NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			story.Base, story.Person = h.Base, alex
			if *shots != "" && (name == "desktop" || name == "phone") {
				var err error
				story.Shots, err = filepath.Abs(filepath.Join("..", "..", "..", *shots, name))
				must(t, err)
				must(t, os.MkdirAll(story.Shots, 0o755))
			}
			kept := story.Play(t)
			verifier, err := receipt.NewVerifier(h.sys.Root)
			must(t, err)
			whole, err := verifier.Verify(kept.Receipt)
			must(t, err)
			part, err := verifier.Verify(kept.Part)
			must(t, err)
			if part.Digest != whole.Digest || part.Changes[0].Value == nil || part.Changes[1].Value != nil || part.Withheld()["standing"] != 2 {
				t.Errorf("the part withholds %v", part.Withheld())
			}
			s := h.standing(t, h.token(t, alex))
			if whole.Seq != 1 || s.Seq != 4 || len(s.Requests) != 1 || s.Lines[0].InForce {
				t.Errorf("after the story: %+v", s)
			}
		})
	}
}
