package person

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"consent-receipts/functions/internal/portal/shell"
)

// notice returns a notice as HTML.
func notice(v *shell.Visit, digest string) (template.HTML, error) {
	return shell.ByDigest(v, "/v1/notices/", digest, markdown)
}

// headingsBelow is the level of the heading above a notice.
const headingsBelow = 2

// markdown renders a notice. It leaves out raw HTML and dangerous links, and lowers the level of
// the headings, because the notice is a part of a page.
func markdown(source []byte) (template.HTML, error) {
	md := goldmark.New()
	doc := md.Parser().Parse(text.NewReader(source))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+headingsBelow, 6)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, source, doc); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // goldmark escapes; its safe mode is the default
}
