package check

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
)

// Answer is a file that a receipt or a manifest names as part of the answer to a data request, with
// what was given of it.
type Answer struct {
	manifest.Named
	File    string // the given file with its content, or else one with its name; "": neither; it may be hostile
	Changed bool   // that file has another content
}

// compare finds the files of answers among the given files. A file in which nothing was to be judged
// is judged by that: it is what was signed for, or it has the name of such a file and other content.
func (r *run) compare() error {
	if len(r.paths) == 0 {
		return nil
	}
	for _, named := range r.named.Parts() {
		r.Answers = append(r.Answers, Answer{Named: named})
	}
	if len(r.Answers) == 0 {
		return nil
	}
	digests := make([]string, len(r.paths))
	for i, path := range r.paths {
		var err error
		if digests[i], err = digestOf(path); err != nil {
			return err
		}
	}
	for i := range r.paths { // what is there is found before what has a name only
		r.match(&r.Files[i], func(a *Answer) bool { return a.Digest == digests[i] }, nil)
	}
	for i, path := range r.paths {
		changed := errors.New("it has the name of a file that a receipt or a manifest names, and another content")
		r.match(&r.Files[i], func(a *Answer) bool {
			return a.Name == filepath.Base(path) && a.Digest != digests[i] && digests[i] != ""
		}, changed)
	}
	return nil
}

// match notes which of the files of answers a given file is.
func (r *run) match(file *Outcome, is func(*Answer) bool, changed error) {
	for i := range r.Answers {
		a := &r.Answers[i]
		if !is(a) {
			continue
		}
		if a.File == "" {
			a.File, a.Changed = file.Name, changed != nil
		}
		if file.Err == nil { // it was judged by what is in it, or has its verdict already
			continue
		}
		if file.Err, file.Verdict = changed, r.passed; changed != nil {
			file.Verdict = receipt.Changed
		}
	}
}

// digestOf returns the digest of a file; "" of a folder, and of what can be read only once.
func digestOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return fmt.Sprintf("sha256:%s", hex.EncodeToString(sum.Sum(nil))), errors.Join(err, f.Close())
}
