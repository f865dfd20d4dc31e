package draft

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/wording"
)

// Question asks for one thing. Take puts the answer where it belongs.
type Question struct {
	Name    string // of its flag
	Ask     string
	Example string
	Default string                        // "": it must be answered, unless it is optional
	take    func(*Answers, string) string // "", or what is wrong
	many    bool                          // nothing is an answer too
}

// Optional reports whether nothing is an answer.
func (q Question) Optional() bool { return q.many || q.Default != "" }

// Take puts an answer where it belongs. It returns "", or sentences for whoever gave it that
// say what is wrong.
func (q Question) Take(a *Answers, answer string) (wrong string) {
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = q.Default
	}
	if _, err := freetext.Check(answer); err != nil || strings.Contains(answer, "\n") {
		return "Write it in one line, without control characters."
	}
	return q.take(a, answer)
}

// Questions are all of them, in the order in which they are asked.
func Questions() []Question {
	return []Question{
		{Name: "name", Ask: "Who asks? The name of your organisation.", Example: "Corner Bakery", take: takeName},
		{Name: "address", Ask: "Where is it? Street and town, with a comma between them.", Example: "1 Market Street, Bilbao", take: takeAddress},
		{Name: "contact", Ask: "How is it reached? An e-mail address and a phone number, with a comma between them.", Example: "privacy@bakery.example, +34 900 000 000", take: takeContact},
		{Name: "website", Ask: "What is its website?", Example: "https://www.bakery.example", take: takeWebsite},
		{Name: "country", Ask: "Whose law applies? The code of the country, and in the USA of the state.", Example: "ES, or US-CA", take: takeCountry},
		{Name: "languages", Ask: "In which languages do you ask? Some of " + known() + ", the main one first.", Example: "en, es", Default: wording.Fallback, take: takeLanguages},
		{Name: "purposes", Ask: "What for? Each purpose in a few words, with semicolons between them.", Example: "Newsletter; Offers by e-mail", take: list("purpose", func(a *Answers) *[]string { return &a.Purposes })},
		{Name: "data", Ask: "Which data? Each kind in a few words, with semicolons between them.", Example: "E-mail address; What you buy", take: list("kind of data", func(a *Answers) *[]string { return &a.Data })},
		{Name: "recipients", Ask: "Who gets them? The names of others, with semicolons; nothing if you alone use them.", Example: "Parcel Service", take: takeRecipients, many: true},
		{Name: "valid", Ask: "For how long does a yes count, at most?", Example: "12 months", Default: "12 months", take: takeValid},
	}
}

const (
	maxWords = 80 // characters of a name, a title or a label
	maxList  = 8  // so that there are at most 64 pairs of purpose and recipient
)

func short(what, s string) string {
	if n := utf8.RuneCountInString(s); n == 0 || n > maxWords {
		return fmt.Sprintf("Write %s in 1 to %d characters.", what, maxWords)
	}
	return ""
}

func takeName(a *Answers, s string) string {
	a.Name = s
	return short("the name", s)
}

func takeAddress(a *Answers, s string) string {
	i := strings.LastIndexByte(s, ',')
	if i < 0 {
		return "Write the street, a comma, and the town."
	}
	a.Street, a.Locality = strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:])
	return cmp.Or(short("the street", a.Street), short("the town", a.Locality))
}

var (
	emailPattern = regexp.MustCompile(`^[^@ \t]+@[^@ \t]+$`)
	phonePattern = regexp.MustCompile(`^[+0-9(][0-9 ().-]{4,39}$`)
)

func takeContact(a *Answers, s string) string {
	email, phone, _ := strings.Cut(s, ",")
	a.Email, a.Phone = strings.TrimSpace(email), strings.TrimSpace(phone)
	switch {
	case !emailPattern.MatchString(a.Email) || len(a.Email) > 254:
		return fmt.Sprintf("%.40q is no e-mail address. Write one, then a comma and a phone number.", a.Email)
	case !phonePattern.MatchString(a.Phone):
		return fmt.Sprintf("%.40q is no phone number. Write an e-mail address, a comma, and a number such as +34 900 000 000.", a.Phone)
	}
	return ""
}

var hostPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$`)

func takeWebsite(a *Answers, s string) string {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || len(u.Host) > 200 || !hostPattern.MatchString(strings.ToLower(u.Host)) {
		return "Write a web address that begins with https://, such as https://www.bakery.example."
	}
	host := strings.ToLower(u.Host)
	a.Website, a.Host = "https://"+host, strings.TrimPrefix(host, "www.")
	return ""
}

var placePattern = regexp.MustCompile(`^([A-Z]{2})(-[A-Z0-9]{1,3})?$`)

func takeCountry(a *Answers, s string) string {
	a.Place = strings.ToUpper(s)
	m := placePattern.FindStringSubmatch(a.Place)
	if m == nil {
		return "Write the two letters of ISO 3166 for the country, such as ES, or with the state, such as US-CA."
	}
	if region, err := language.ParseRegion(m[1]); err != nil || !region.IsCountry() {
		return fmt.Sprintf("No country has the code %s. Write its two letters of ISO 3166, such as ES.", m[1])
	}
	if a.Place == "US" {
		return "In the USA each state has its own law. Write the state too, such as US-CA."
	}
	return ""
}

func takeLanguages(a *Answers, s string) string {
	a.Languages = nil
	for _, lang := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",; ", r) }) {
		if !slices.Contains(wording.Languages(), lang) {
			return fmt.Sprintf("There are notices in %s, and none in %.20q. Choose of these; others can be added to the files by hand.", known(), lang)
		}
		if !slices.Contains(a.Languages, lang) {
			a.Languages = append(a.Languages, lang)
		}
	}
	if len(a.Languages) == 0 {
		return "Write some of " + known() + "."
	}
	return ""
}

// known lists the languages that have a notice: "en and es".
func known() string { return texts.In(wording.Fallback).List(wording.Languages()) }

// list takes texts with semicolons between them.
func list(what string, where func(*Answers) *[]string) func(*Answers, string) string {
	return func(a *Answers, s string) string {
		var texts []string
		for part := range strings.SplitSeq(s, ";") {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			if wrong := short("each "+what, part); wrong != "" {
				return wrong
			}
			if slices.Contains(texts, part) {
				return fmt.Sprintf("%q is there twice. Write each %s once.", part, what)
			}
			texts = append(texts, part)
		}
		if len(texts) == 0 || len(texts) > maxList {
			return fmt.Sprintf("Write 1 to %d, with semicolons between them. More can be added to the file by hand.", maxList)
		}
		*where(a) = texts
		return ""
	}
}

func takeRecipients(a *Answers, s string) string {
	a.Recipients = nil
	if s == "" {
		return ""
	}
	return list("recipient", func(a *Answers) *[]string { return &a.Recipients })(a, s)
}

// Term is a length of time in one unit.
type Term struct {
	N    int
	Unit string // day, week, month or year
}

var termPattern = regexp.MustCompile(`^([0-9]{1,3}) ?(day|week|month|year)s?$`)

func takeValid(a *Answers, s string) string {
	m := termPattern.FindStringSubmatch(strings.ToLower(s))
	if m == nil || strings.Trim(m[1], "0") == "" {
		return "Write a number and days, weeks, months or years, such as 12 months."
	}
	n, _ := strconv.Atoi(m[1]) // up to three digits
	a.Valid = Term{n, m[2]}
	return ""
}

// String writes the term as a duration of ISO 8601: P12M.
func (t Term) String() string { return fmt.Sprintf("P%d%c", t.N, strings.ToUpper(t.Unit)[0]) }

// In writes the term in words.
func (t Term) In(lang string) string { return texts.In(lang).Count("period."+t.Unit, t.N) }
