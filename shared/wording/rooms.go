package wording

import "embed"

// The rooms. Each has one file in the folder of every language, named for the package whose
// words it holds; a program links the files of those rooms alone that it asks for.
var (
	// vocabulary has the words that every interface needs: dates, periods, states, events.
	//
	//go:embed */vocabulary.json
	vocabulary embed.FS
	// Page has the words of a receipt's page, PDF and text.
	//
	//go:embed */page.json
	Page embed.FS
	// Bundle has the words of the pages of a bundle.
	//
	//go:embed */bundle.json
	Bundle embed.FS
	// Readme has the template of a bundle's README.txt.
	//
	//go:embed */readme.txt
	Readme embed.FS
	// Verifypage has the words of verify.html, whose build reads them.
	//
	//go:embed */verifypage.json
	Verifypage embed.FS
	// Consentoffer has the words of the element <consent-offer>.
	//
	//go:embed */consentoffer.json
	Consentoffer embed.FS
	// Shell, Cards, Person and Desk have the words of the portal's packages of these names.
	//
	//go:embed */shell.json
	Shell embed.FS
	//go:embed */cards.json
	Cards embed.FS
	//go:embed */person.json
	Person embed.FS
	//go:embed */desk.json
	Desk embed.FS
	// Door has the words of the mails to people without an account.
	//
	//go:embed */door.json
	Door embed.FS
	// Draft has the words of a catalogue that is drafted.
	//
	//go:embed */draft.json
	Draft embed.FS
	// Notice has the template of a notice that is drafted.
	//
	//go:embed */notice.md
	Notice embed.FS
	// Devissuer has the words of the sign-in page of the local system.
	//
	//go:embed */devissuer.json
	Devissuer embed.FS
	// Sampleapp has the words of the local system's page of somebody else.
	//
	//go:embed */sampleapp.json
	Sampleapp embed.FS
)
