package shell

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/freetext"
)

// Choice is one entry of a list in which people tick or select.
type Choice struct {
	ID, Label, Explained string
	Checked              bool
}

// Choices makes a list of ids and their labels. Those in ticked are checked.
func Choices(ids, labels, ticked []string) (list []Choice) {
	for i, id := range ids {
		list = append(list, Choice{ID: id, Label: labels[i], Checked: slices.Contains(ticked, id)})
	}
	return list
}

// Tick checks the entries whose ids were chosen, and returns these ids.
func Tick(list []Choice, chosen []string) (ids []string) {
	for i := range list {
		if list[i].Checked = slices.Contains(chosen, list[i].ID); list[i].Checked {
			ids = append(ids, list[i].ID)
		}
	}
	return ids
}

// Form is what every page with a form has. RenderForm fills in the members that are empty.
type Form struct {
	Error, Field string // what is wrong, and the id of the field that it is in
	Key          string // the idempotency key of the command that the form sends
	Max          int    // how many characters a text may have
	Case         string // the case for which the staff acts
	Status       int    // the HTTP status of the page; 0: 200, or 422 if there is an Error
}

func (f *Form) common() *Form { return f }

// FormPage is a page with a form.
type FormPage interface{ common() *Form }

// Wrong says what is wrong with a field, if something is. The first fault counts.
func (f *Form) Wrong(is bool, field, message string) {
	if is && f.Error == "" {
		f.Error, f.Field = message, field
	}
}

// CheckLength says that the text of a field is too long, if it is.
func (v *Visit) CheckLength(f *Form, field, text string) {
	f.Wrong(utf8.RuneCountInString(text) > consent.MaxText, field, v.Words.Say("error.long", "n", consent.MaxText))
}

// Text is the text in a field of the posted form. Line ends become line feeds, and white
// space at the ends and characters that no text may hold are removed: whoever pasted them
// does not see them.
func (v *Visit) Text(field string) string {
	return strings.TrimSpace(freetext.Clean(v.R.PostForm.Get(field)))
}

// Reason is the part of the reason in a posted opt-out that a receipt keeps.
func (v *Visit) Reason() consent.Reason {
	return consent.Reason(consent.Reason(v.Text("reason")).Kept())
}

// RenderForm writes a page with a form. If something in the form is wrong, the title begins
// with that.
func (v *Visit) RenderForm(name, title string, page FormPage) (err error) {
	f := page.common()
	f.Max, f.Case = consent.MaxText, v.CaseOfForm()
	if f.Key == "" {
		if f.Key, err = v.formKey(); err != nil {
			return err
		}
	}
	if f.Error != "" {
		f.Status = http.StatusUnprocessableEntity
	}
	if f.Status == 0 {
		return v.Render(http.StatusOK, name, title, page)
	}
	return v.Render(f.Status, name, v.Words.Say("error.prefix", "title", title), page)
}

// Submit carries out the command of a form. It takes effect once, even if the form is sent
// several times.
func (v *Visit) Submit(path string, body any) error {
	key, err := v.formKey()
	if err != nil {
		return err
	}
	return v.Command(http.MethodPost, path, body, api.IdempotencyKey, key)
}

// SubmitOr carries out the command of a form, or shows the form again if something in it is
// wrong.
func SubmitOr[P FormPage](v *Visit, page P, again func(*Visit, P) error, path string, body any) error {
	if page.common().Error != "" {
		return again(v, page)
	}
	return v.Submit(path, body)
}

// formKey is the idempotency key of a form: random when the form is first shown, and then
// the one that came with the form.
func (v *Visit) formKey() (string, error) {
	if key := v.R.PostForm.Get("key"); key != "" {
		return key, nil
	}
	return v.Random()
}
