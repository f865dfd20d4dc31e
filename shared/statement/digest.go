package statement

import (
	"crypto/sha256"
	"encoding/hex"
)

// Digest names bytes by their SHA-256: "sha256:" and 64 lower-case hexadecimal digits.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
