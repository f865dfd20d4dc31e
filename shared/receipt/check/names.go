package check

// Names that mean something to a verifier, at the top of a bundle or of a folder.
const (
	RootFile     = "root.pem"
	LooksFile    = "who-looked.json"
	NoticesDir   = "notices/"
	CatalogueDir = "catalogues/"
)
