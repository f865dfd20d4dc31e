package page

import (
	"cmp"
	"slices"
	"strings"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// of puts a member of every record into words. If the records differ, each line names its
// purpose, so that no fact is said twice.
func (b *builder) of(rows []Row, key string, lines func(r record, p statement.RecordPurpose) []phrase) []Row {
	said := make([][]phrase, len(b.purposes))
	differ := false
	for i, p := range b.purposes {
		said[i] = slices.DeleteFunc(lines(p.record, p.RecordPurpose), func(line phrase) bool { return line.Text == "" })
		differ = differ || !slices.EqualFunc(said[i], said[0], func(a, b phrase) bool { return a.Text == b.Text })
	}
	if len(said) > 0 && !differ {
		return b.row(rows, key, said[0]...)
	}
	var all []phrase
	for i, p := range b.purposes {
		for _, line := range said[i] {
			all = append(all, say(b.Words, "record.of", "purpose", p.title, "line", line))
		}
	}
	return b.row(rows, key, all...)
}

// each returns texts that the controller wrote, in the language of a record.
func (r record) each(texts ...string) (out []phrase) {
	for _, text := range texts {
		out = append(out, written(text, r.names.Foreign()))
	}
	return out
}

// joined returns the texts as one line.
func (r record) joined(texts []string) []phrase { return r.each(strings.Join(texts, ", ")) }

// parties states who asked, who gets the data, and where they go.
func (b *builder) parties() Section {
	s := Section{Title: b.Words.Say("record.who")}
	met := map[string]bool{}
	for _, role := range []string{"controller", "recipient", "processor", "authority"} {
		for _, r := range b.records {
			for _, p := range r.Parties {
				if key := p.PartyID + " " + r.party(p).Text; p.Role == role && !met[key] && !r.complain(p) {
					met[key] = true
					s.Rows = b.row(s.Rows, "record.party."+role, r.partyLines(p)...)
				}
			}
		}
	}
	if len(met) == 0 {
		return Section{Title: b.Words.Say("record.contact", "controller", freetext.Visible(b.Controller().Name)), Texts: present(b.Contact(), b.Controller().URL)}
	}
	s.Rows = b.of(s.Rows, "record.own-use", func(r record, _ statement.RecordPurpose) (out []phrase) {
		for _, p := range r.Parties {
			if p.OwnUse {
				out = append(out, written(p.Name, ""))
			}
		}
		return out
	})
	s.Rows = b.of(s.Rows, "record.where", func(r record, p statement.RecordPurpose) []phrase {
		where := b.Words.Say("record.where.same", "places", b.Words.List(b.places(p.StorageLocations)))
		if !slices.Equal(p.StorageLocations, p.ProcessingLocations) {
			where = b.Words.Say("record.where.apart", "stored", b.Words.List(b.places(p.StorageLocations)), "used", b.Words.List(b.places(p.ProcessingLocations)))
		}
		return append(r.each(p.GeographicRestrictions), written(where, ""))
	})
	s.Rows = b.of(s.Rows, "record.transfers", func(r record, p statement.RecordPurpose) (out []phrase) {
		for _, t := range p.Transfers {
			out = append(out, say(b.Words, "record.transfer", "place", b.place(t.Place), "safeguard", r.each(t.Safeguard)[0]))
		}
		return out
	})
	s.Rows = b.of(s.Rows, "record.services", func(r record, p statement.RecordPurpose) []phrase { return r.joined(p.Services) })
	return s
}

// complain reports whether a party is the one to complain to, which is said with the rights.
func (r record) complain(p statement.RecordParty) bool {
	return slices.ContainsFunc(r.Purposes, func(one statement.RecordPurpose) bool { return one.AuthorityParty == p.PartyID })
}

// party states the name of a party and how to reach it.
func (r record) party(p statement.RecordParty) phrase {
	parts := present(p.Name, r.address(p.Address), p.Email, p.Phone, p.URL)
	if p.Contact != p.Email {
		parts = append(parts, present(p.Contact)...)
	}
	return written(strings.Join(parts, ", "), "")
}

func (r record) partyLines(p statement.RecordParty) []phrase {
	w, lines := r.names.Words, []phrase{r.party(p)}
	if rep := p.Representative; rep != nil {
		lines = append(lines, say(w, "record.represented", "party", written(strings.Join(present(rep.Name, r.address(rep.Address), rep.Email), ", "), "")))
	}
	return lines
}

// address writes an address in the order of an envelope.
func (r record) address(a statement.Address) string {
	return strings.Join(present(a.Street, a.Locality, a.Region, a.PostalCode, r.names.place(a.Country)), ", ")
}

// called returns what a language calls itself, or else its tag.
func called(language string) string {
	if w, ok := texts[language]; ok {
		return w.Say("language.name")
	}
	return freetext.Visible(language)
}

// told states what the person was told before the answer.
func (b *builder) told() Section {
	w := b.Words
	s := Section{Title: w.Say("record.told")}
	var notices []phrase
	for _, r := range b.records {
		for _, p := range r.Purposes {
			notices = append(notices, say(w, "record.notice.text", "title", to(r.PrivacyNotice.URL, r.each(p.Title)[0]), "language", called(r.Language)))
		}
	}
	s.Rows = b.row(s.Rows, "record.notice", notices...)
	for _, member := range []struct {
		key   string
		lines func(r record, p statement.RecordPurpose) []phrase
	}{
		{"record.description", func(r record, p statement.RecordPurpose) []phrase { return r.each(p.Description) }},
		{"record.lawful", func(_ record, p statement.RecordPurpose) []phrase {
			return terms(w, "value.lawful_basis", p.LawfulBasis)
		}},
		{"record.special", func(_ record, p statement.RecordPurpose) []phrase {
			return terms(w, "value.special_basis", p.SpecialBasis)
		}},
		{"record.jurisdiction", func(r record, p statement.RecordPurpose) []phrase { return r.joined(b.places(p.Jurisdiction)) }},
		{"record.collection", func(r record, p statement.RecordPurpose) []phrase { return r.each(p.CollectionMethod) }},
		{"record.processing", func(r record, p statement.RecordPurpose) []phrase { return r.each(p.ProcessingMethod) }},
		{"record.optional", optional},
		{"record.sensitive", sensitive},
		{"record.categories", categories},
		{"record.if-not", func(r record, p statement.RecordPurpose) []phrase { return r.each(p.IfNotGiven) }},
		{"record.codes", func(r record, p statement.RecordPurpose) []phrase { return r.joined(p.CodesOfConduct) }},
		{"record.assessment", func(r record, p statement.RecordPurpose) []phrase { return asLink(p.ImpactAssessment, r) }},
	} {
		s.Rows = b.of(s.Rows, member.key, member.lines)
	}
	return s
}

// asLink returns an address as a link, and any other text as the record's.
func asLink(text string, r record) []phrase {
	if strings.HasPrefix(text, "https://") {
		return []phrase{linked(text)}
	}
	return r.each(text)
}

// terms returns the words for identifiers of a kind, as one line.
func terms(w *wording.Words, kind string, ids ...string) []phrase {
	var words []string
	for _, id := range present(ids...) {
		words = append(words, w.Term(kind, freetext.Visible(id)))
	}
	return []phrase{written(upperFirst(strings.Join(words, ", ")), "")}
}

// optional lists the data without which the purpose works.
func optional(r record, p statement.RecordPurpose) []phrase {
	var labels []string
	for _, d := range p.PIIInformation {
		if d.Optional {
			labels = append(labels, d.Label)
		}
	}
	return r.joined(labels)
}

// sensitive lists the data that are, or may reveal, a special category.
func sensitive(r record, p statement.RecordPurpose) (out []phrase) {
	for _, d := range p.PIIInformation {
		if d.Special != "" {
			out = append(out, say(r.names.Words, "record.of", "purpose", r.each(d.Label)[0], "line", r.names.Words.Term("value.special_pii_category", freetext.Visible(d.Special))))
		}
	}
	return out
}

func categories(r record, p statement.RecordPurpose) (out []phrase) {
	for _, d := range p.PIIInformation {
		out = append(out, terms(r.names.Words, "value.special_categories", d.SpecialCategories...)...)
	}
	return out
}

// kept states how long each copy is kept.
func (b *builder) kept() Section {
	w := b.Words
	s := Section{Title: w.Say("record.kept")}
	s.Rows = b.of(s.Rows, "record.kept.recipient", func(_ record, p statement.RecordPurpose) []phrase {
		k := p.RetentionPeriod
		return []phrase{inOwn(w.Say("record.kept.recipient.text", "period", w.Period(k.Recipient), "end", w.Period(k.AfterEnd)))}
	})
	s.Rows = b.of(s.Rows, "record.kept.after", func(_ record, p statement.RecordPurpose) []phrase {
		what := upperFirst(w.Term("value.what", freetext.Visible(p.AfterWithdrawal.What)))
		return []phrase{inOwn(w.Say("record.kept.after.text", "what", what, "period", w.Period(p.AfterWithdrawal.Within), "backups", w.Period(p.RetentionPeriod.Backups)))}
	})
	s.Rows = b.of(s.Rows, "record.kept.evidence", func(_ record, p statement.RecordPurpose) []phrase {
		return []phrase{inOwn(w.Say("record.kept.evidence.text", "period", w.Period(p.RetentionPeriod.Evidence)))}
	})
	return s
}

// rights states what the person may do, and where.
func (b *builder) rights() Section {
	w := b.Words
	s := Section{Title: w.Say("record.rights")}
	s.Rows = b.of(s.Rows, "record.rights.may", func(_ record, p statement.RecordPurpose) (out []phrase) {
		var urls []string
		at := map[string][]string{}
		for _, right := range p.PrivacyRights {
			if at[right.URL] == nil {
				urls = append(urls, right.URL)
			}
			at[right.URL] = append(at[right.URL], w.Term("value.right", freetext.Visible(right.Right)))
		}
		for _, url := range urls {
			out = append(out, say(w, "record.rights.at", "rights", w.List(at[url]), "url", linked(url)))
		}
		return out
	})
	s.Rows = b.of(s.Rows, "record.complain", func(r record, p statement.RecordPurpose) []phrase {
		for _, party := range r.Parties {
			if party.PartyID == p.AuthorityParty {
				return r.partyLines(party)
			}
		}
		return r.each(p.AuthorityParty)
	})
	s.Rows = b.of(s.Rows, "record.review", func(r record, p statement.RecordPurpose) []phrase { return method(r, p.ReviewMethod) })
	if !b.stopped {
		s.Rows = b.of(s.Rows, "record.withdraw", func(r record, p statement.RecordPurpose) []phrase { return method(r, p.WithdrawalMethod) })
	}
	return s
}

func method(r record, m statement.RecordMethod) []phrase {
	return append([]phrase{linked(m.URL)}, r.each(m.Alternative)...)
}

// how states who acted, the evidence, and the events of the records.
func (b *builder) how() (Section, error) {
	s := Section{Title: b.Words.Say("record.how", "controller", freetext.Visible(b.Controller().Name))}
	actor, _ := receipt.Values(b.rec.Actor)
	evidence, _ := receipt.Values(b.rec.Evidence)
	for _, value := range slices.Concat(actor, evidence) {
		fields, err := b.fields(value)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, rows(fields, 0)...)
	}
	now := func(e statement.RecordEvent) bool { return e.Receipt == b.rec.Seq && len(b.changes) > 0 }
	s.Rows = b.of(s.Rows, "record.said", func(r record, _ statement.RecordPurpose) (out []phrase) {
		for _, e := range r.Events {
			if now(e) {
				kind := []string{upperFirst(b.Words.Term("value.event_type", freetext.Visible(e.EventType)))}
				out = append(out, inOwn(strings.Join(append(kind, b.validity(r, e)...), ". ")))
			}
		}
		return out
	})
	s.Rows = b.of(s.Rows, "record.events", func(r record, _ statement.RecordPurpose) (out []phrase) {
		for _, e := range r.Events {
			if !now(e) {
				out = append(out, b.event(r, e))
			}
		}
		return out
	})
	return s, nil
}

// event states an event of a record by another receipt.
func (b *builder) event(r record, e statement.RecordEvent) phrase {
	w := b.Words
	parts := []string{w.Say("record.event", "moment", w.Moment(e.EventTime), "n", e.Receipt,
		"state", w.Term("value.event_state", freetext.Visible(e.EventState)), "kind", w.Term("value.event_type", freetext.Visible(e.EventType)))}
	if e.EventTime.Before(e.ValidityDuration) {
		parts = append(parts, w.Say("record.event.until", "until", w.Until(e.ValidityDuration)))
	}
	return inOwn(strings.Join(append(parts, b.validity(r, e)...), ". "))
}

// validity states who caused an event, if it was not the person, and for how long it holds.
func (b *builder) validity(r record, e statement.RecordEvent) (parts []string) {
	if e.EntityID != r.PrincipalID {
		parts = append(parts, b.Words.Say("record.event.by", "who", b.Words.Term("value.entity_id", freetext.Visible(e.EntityID))))
	}
	if !e.Validity.IsZero() {
		parts = append(parts, b.Words.Say("record.event.validity", "period", b.Words.Period(e.Validity)))
	}
	return parts
}

// held states what else held after the receipt: what the card does not already say.
func (b *builder) held() Section {
	w, at := b.Words, b.rec.Time()
	s := Section{Title: w.Say("record.held")}
	said := map[string]bool{}
	for _, c := range b.changes {
		said[c.Purpose+"\n"+c.Recipient] = true
	}
	for i := range b.standing.Lines {
		if l := &b.standing.Lines[i]; !said[l.Purpose+"\n"+l.Recipient] {
			n := b.OfLine(l)
			line := w.Say("record.line", "state", upperFirst(w.Term("state", l.StateAt(at))), "n", l.Latest.Seq)
			lines := []phrase{inOwn(line)}
			if l.Terms != nil {
				lines = append(lines, quoted(w, append(n.data(l.Data), n.resources(l.Resources)...)),
					inOwn(upperFirst(b.Access(l.Access))), inOwn(upperFirst(w.Say("record.line.until", "moment", w.Until(l.Until)))))
			}
			lines = append(lines, inOwn(n.Attests(l)))
			s.Rows = addRow(s.Rows, joined(n.Purpose(l.Purpose), n.Party(l.Recipient)), lines...)
		} else if attests := b.OfLine(l).Attests(l); attests != "" {
			s.Texts = append(s.Texts, attests)
		}
	}
	asked := map[string]bool{}
	for _, r := range b.requests {
		asked[r.ID] = true
	}
	for _, r := range b.standing.Requests {
		if !asked[r.ID] {
			words := b.Request(statement.RequestStatement{Request: r}, nil)
			s.Rows = addRow(s.Rows, words.What, inOwn(upperFirst(words.State)), inOwn(upperFirst(words.Asked)), inOwn(words.Next), inOwn(words.Law))
		}
	}
	if len(b.standing.Lines) == 0 && b.rec.Withheld()["standing"] == 0 {
		s.Texts = append(s.Texts, w.Say("standing.none"))
	}
	if f := b.standing.Fence; f != nil {
		s.Texts = append(s.Texts, w.Say("fence."+f.Cause, "date", w.Moment(f.At), "n", f.Seq))
	}
	return s
}

// rows lays out fields one below the other; a group of plain fields is one row.
func rows(fields []node, depth int) (out []Row) {
	for _, f := range fields {
		row := Row{Depth: depth, Label: f.Label}
		text, plain := inline(f.Children)
		if row.Quoted = f.Quoted; plain {
			row.Lines = present(cmp.Or(f.Text, text))
			out = append(out, row)
			continue
		}
		out = append(append(out, row), rows(f.Children, depth+1)...)
	}
	return out
}

// inline writes fields in one line. It reports false if a field has fields below it, or a
// person's own words.
func inline(fields []node) (text string, plain bool) {
	var parts []string
	for _, f := range fields {
		if len(f.Children)+len(f.Quoted) > 0 {
			return "", false
		}
		parts = append(parts, f.Label+": "+f.Text)
	}
	return strings.Join(parts, "; "), true
}

func joined(purpose, recipient string) string {
	if recipient == "" {
		return purpose
	}
	return purpose + " – " + recipient
}
