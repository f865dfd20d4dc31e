package check

// FileError is what is wrong with a file. Anybody may have chosen its name: whoever shows
// the error marks it.
type FileError struct {
	Name string
	Err  error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *FileError) Unwrap() error { return e.Err }
