// Package person is the pages of people who act for themselves: what stands now, what is
// offered, every receipt, their data requests, and the ways out.
package person

import (
	"embed"
	"io/fs"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/wording"
)

//go:embed templates
var files embed.FS

// Realm is the pages of people. What people may do is for the API to say.
func Realm(client shell.Client) shell.Realm {
	return shell.Realm{
		Secrets: "portal", Client: client, Files: []fs.FS{cards.Files, files}, Words: []fs.FS{wording.Cards, wording.Consentoffer, wording.Person}, Pages: []shell.Pages{pages, doorPages},
		Admit: func([]string) (string, error) { return "", nil },
	}
}

// pages are the pages by pattern.
var pages = shell.Pages{
	"GET /{$}":                          home,
	"GET " + page.TrustPath:             shell.With((*shell.Visit).Roots, showTrust),
	"GET " + page.VerifyPath:            shell.With((*shell.Visit).Roots, verify),
	"GET /offer":                        shell.SignedIn(shell.With(freshOffer, renderOffer)),
	"POST /offer":                       shell.Posted(answerOffer),
	"GET /receipts":                     shell.SignedIn(cards.ShowTimeline),
	"GET /receipts/{seq}":               shell.SignedIn(shell.With(cards.Fetch, showReceipt)),
	"GET /receipts/bundle":              shell.SignedIn(bundle),
	"POST /withdraw":                    shell.Posted(withdraw),
	"GET /withdraw-all":                 shell.SignedIn(shell.With(cards.OverviewOf, confirmWithdrawAll)),
	"POST /withdraw-all":                shell.Posted(withdrawAll),
	"GET /looked":                       shell.SignedIn(cards.ShowLooked),
	"GET " + page.RequestsPath:          shell.SignedIn(showRequests),
	"POST " + page.RequestsPath:         shell.Posted(ask),
	"POST /requests/{id}":               shell.Posted(takeBack),
	"GET /requests/{id}/manifest":       shell.SignedIn(downloadManifest),
	"GET /requests/{id}/files/{digest}": shell.SignedIn(cards.OpenFile),
	"GET /requests/{id}/appeal":         shell.SignedIn(showAppeal),
	"POST /requests/{id}/appeal":        shell.Posted(appeal),
	"GET /consents/{id}/narrow":         shell.SignedIn(shell.With(readNarrow, renderNarrow)),
	"POST /consents/{id}/narrow":        shell.Posted(shell.With(readNarrow, narrow)),
	"GET /consents/{id}/withdraw":       shell.SignedIn(confirmWithdraw),
	"GET /receipts/{seq}/print":         shell.SignedIn(printReceipt),
	"GET /receipts/{seq}/download":      shell.SignedIn(downloadReceipt),
	"GET /receipts/{seq}/part":          shell.SignedIn(shell.With(cards.Fetch, chooseParts)),
	"POST /receipts/{seq}/part":         shell.Posted(shell.With(cards.Fetch, showParts)),
}
