package page

import (
	"html"
	"html/template"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/page/wording"
)

// phrase is a text of a page. In HTML, the words in it that are of another language than
// the page say of which.
type phrase struct {
	Text string
	HTML template.HTML
}

// inOwn is a text in the language of the page.
func inOwn(text string) phrase { return phrase{text, template.HTML(html.EscapeString(text))} }

// written is what the controller wrote, in a language; "" is that of the page.
func written(text, language string) phrase {
	p := inOwn(freetext.Visible(text))
	if language != "" {
		p.HTML = template.HTML(`<span lang="`+html.EscapeString(language)+`">`) + p.HTML + "</span>"
	}
	return p
}

// say returns the text of a key as Words.Say does; arguments that are phrases stay so.
func say(w *wording.Words, key string, args ...any) phrase {
	texts, marked := make([]any, len(args)), make([]any, len(args))
	for i, arg := range args {
		texts[i], marked[i] = arg, arg
		switch value := arg.(type) {
		case phrase:
			texts[i], marked[i] = value.Text, value.HTML
		case string:
			marked[i] = html.EscapeString(value)
		}
	}
	return phrase{w.Say(key, texts...), template.HTML(w.Say(key, marked...))}
}

// list joins phrases as Words.List does.
func list(w *wording.Words, items []phrase) phrase {
	marked := make([]string, len(items))
	for i, item := range items {
		marked[i] = string(item.HTML)
	}
	return phrase{w.List(plain(items)), template.HTML(w.List(marked))}
}

// plain are the texts of phrases, without markup.
func plain(items []phrase) []string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.Text
	}
	return texts
}
