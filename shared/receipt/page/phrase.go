package page

import (
	"html"
	"html/template"
	"strings"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/wording"
)

// phrase is a text of a page, as plain text and as HTML. The HTML marks the words in another
// language than the page's.
type phrase struct {
	Text string
	HTML template.HTML
}

// inOwn returns a phrase in the language of the page. No line breaks within a number.
func inOwn(text string) phrase {
	return phrase{text, template.HTML(html.EscapeString(freetext.Unbroken(text)))}
}

// written returns a phrase that the controller wrote, in a language; "" is that of the page.
// Its direction of writing moves nothing around it (HTML, bdi).
func written(text, language string) phrase {
	p := inOwn(freetext.Visible(text))
	switch {
	case p.Text == "":
	case language == "":
		p.HTML = "<bdi>" + p.HTML + "</bdi>"
	default:
		p.HTML = template.HTML(`<bdi lang="`+html.EscapeString(language)+`">`) + p.HTML + "</bdi>"
	}
	return p
}

// linked returns an address as a link. Any other text stays a text.
func linked(address string) phrase { return to(address, inOwn(freetext.Visible(address))) }

// to links a phrase to an address.
func to(address string, p phrase) phrase {
	if strings.HasPrefix(address, "https://") {
		p.HTML = template.HTML(`<a href="`+html.EscapeString(address)+`" rel="noreferrer">`) + p.HTML + "</a>"
	}
	return p
}

// say returns the text of a key as Words.Say does, and keeps the markup of arguments that are
// phrases.
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

// quoted joins phrases that others wrote as Words.Quoted does.
func quoted(w *wording.Words, items []phrase) phrase {
	said := make([]phrase, len(items))
	for i, item := range items {
		said[i] = say(w, "quoted", "text", item)
	}
	return list(w, said)
}

// plain returns the texts of phrases, without markup.
func plain(items []phrase) []string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.Text
	}
	return texts
}
