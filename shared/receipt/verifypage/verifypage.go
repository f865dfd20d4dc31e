// Package verifypage has verify.html: one page that checks receipts, bundles and
// saved renderings on a person's own device, without a network. It gives the
// verdicts of package check. build.mjs makes it from src/.
package verifypage

import _ "embed"

// FileName is what the page is called wherever it is handed out.
const FileName = "verify.html"

// Page is the whole page. It loads nothing and sends nothing: its policy allows
// its own script and style, each by its hash, and no connection.
//
//go:embed verify.html
var Page []byte
