package check

// Names that mean something to a verifier, at the top of a bundle or of a folder.
const (
	RootFile     = "root.pem"
	LooksFile    = "who-looked.json"
	NoticesDir   = "notices/"
	CatalogueDir = "catalogues/"
)

// FileError is what is wrong with a file. Anybody may have chosen its name: whoever shows
// the error marks it.
type FileError struct {
	Name string
	Err  error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *FileError) Unwrap() error { return e.Err }
