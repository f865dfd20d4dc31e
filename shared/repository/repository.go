// Package repository finds the files of this repository, for tests that run programs beside
// Go: compiled files do not say where their source lies.
package repository

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// File returns the absolute path of a file of the repository, whose path from the root is
// given in parts.
func File(t testing.TB, parts ...string) string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// Root returns the folder with go.mod, which is the working directory or one above it.
func Root() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = fmt.Errorf("go.mod: %w", os.ErrNotExist)
		}
	}
	return "", err
}
