package source

import (
	"fmt"
	"slices"
	"strings"
)

// named checks that each notice names what ISO/IEC 29184:2020, 5.3, wants of a notice and the
// catalogue knows. Capitals and line breaks do not matter. What is said in sentences, such as
// how long data are kept (5.3.11), a linter cannot read.
func (l *linter) named(f *file, texts map[string][]byte) {
	for _, id := range sorted(f.Purposes) {
		p := f.Purposes[id]
		for _, lang := range f.Languages {
			text, ok := texts[f.Catalogue.Notices[p.Notice][lang].Digest]
			if !ok {
				continue // another problem says so
			}
			missing := func(clause, what string, names ...string) {
				names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
				if len(names) == 0 {
					return // another problem says so
				}
				said := slices.ContainsFunc(names, func(name string) bool { return strings.Contains(plain(string(text)), plain(name)) })
				l.want(said, at("notices", p.Notice, lang), fmt.Sprintf("notice %s in %q does not name %s (%s)", p.Notice, lang, what, clause),
					fmt.Sprintf("write %q into %s", names[0], f.Notices[p.Notice][lang]))
			}
			controller, authority := f.Parties[f.Controller], f.Parties[f.Authority]
			missing("ISO/IEC 29184, 5.3.2", "the purpose "+id, p.Text[lang].Title)
			missing("ISO/IEC 29184, 5.3.4", "the controller", controller.Name)
			for _, d := range sorted(p.Data) {
				missing("ISO/IEC 29184, 5.3.5", "the data "+d, f.Data[d].Label[lang])
			}
			for _, r := range p.Recipients {
				missing("ISO/IEC 29184, 5.3.10", "the recipient "+r, f.Parties[r].Name)
			}
			missing("ISO/IEC 29184, 5.3.12", "where to withdraw", f.Withdrawal.URL)
			contacts := []string{controller.Email, controller.Phone}
			if controller.DPO != nil {
				contacts = append(contacts, controller.DPO.Email)
			}
			missing("ISO/IEC 29184, 5.3.13", "whom to ask", contacts...)
			missing("ISO/IEC 29184, 5.3.13", "to whom to complain", authority.Name, authority.URL)
			if r := controller.Representative; r != nil {
				missing("GDPR Art. 13(1)(a)", "the controller's representative", r.Name)
			}
		}
	}
}

// plain is a text in small letters, with one space where there is white space.
func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
