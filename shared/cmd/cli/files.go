package cli

import (
	"io"
	"os"
)

// ReadAtMost reads a file of at most so many bytes; of a larger one it gives one byte
// more, so that the reader refuses it.
func ReadAtMost(name string, size int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, size+1))
}
