package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ValidDigest reports whether a text has the form of a digest.
func ValidDigest(s string) bool {
	digits, ok := strings.CutPrefix(s, "sha256:")
	return ok && len(digits) == 2*sha256.Size && strings.Trim(digits, "0123456789abcdef") == ""
}

// Digest names bytes by their SHA-256: "sha256:" and 64 lower-case hexadecimal digits.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
