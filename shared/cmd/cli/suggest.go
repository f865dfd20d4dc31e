package cli

import "strings"

// unknownVerb says that there is no such verb, and which one may be meant.
func unknownVerb(above, word string, verbs []Verb) error {
	var names []string
	for _, v := range verbs {
		if v.Summary != "" {
			names = append(names, v.Name)
		}
	}
	text := above + ": there is no verb `" + word + "`; "
	if name := nearest(word, names); name != "" {
		return usageError(text + "did you mean `" + name + "`?")
	}
	return usageError(text + "see " + helpOn(above))
}

// maxDistance is how many letters of a mistyped word may be wrong.
const maxDistance = 2

// nearest returns the name that begins with the word. If there is none, it returns the name
// with the fewest letters to change, provided that these are at most two and fewer than the
// word has; otherwise "".
func nearest(word string, names []string) (near string) {
	if word == "" || len(word) > 64 {
		return ""
	}
	best := min(maxDistance+1, len(word))
	for _, name := range names {
		if strings.HasPrefix(name, word) {
			return name
		}
		if d := distance(word, name); d < best {
			near, best = name, d
		}
	}
	return near
}

// distance is how many bytes must be added, dropped or replaced to make one word of the
// other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // the distances between what was read of a and each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
