package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// ValidDigest reports whether a text has the form of a digest.
func ValidDigest(s string) bool { return digestForm.MatchString(s) }

// Digest names bytes by their SHA-256: "sha256:" and 64 lower-case hexadecimal digits.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
