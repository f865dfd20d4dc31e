package check

// FileError is an error with the name of the file. The name may be hostile: a display must
// mark it.
type FileError struct {
	Name string
	Err  error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns the error without the name.
func (e *FileError) Unwrap() error { return e.Err }
