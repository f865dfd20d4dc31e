package consent

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// explain completes the event so that its receipt can be read on its own: it adds the record
// of each consent that the event gave, changed, ended or refused, the effects, and the words.
// It decides nothing. A line whose catalogue cannot be read is stated without words, since no
// no may fail.
func (d *decision) explain(before *statement.Standing) {
	for i := range d.event.Changes {
		c := &d.event.Changes[i]
		if c.Purpose == "" || c.Recipient == "" { // an unknown purpose or recipient has no record
			continue
		}
		l := d.stated(before, c)
		cat, ok := d.w.Catalogues[l.Catalogue]
		if !ok {
			continue
		}
		c.Labels = labels(l, cat, slices.Concat(c.Added.Data, c.Removed.Data)...)
		c.Effect = d.effect(c, l, cat)
		if now := d.after.Line(c.Purpose, c.Recipient); now != nil && now.Kind == statement.KindNo {
			complete(now, c, l, cat)
		}
		if _, known := cat.Purposes[l.Purpose]; known && c.To != statement.Paused { // a pause changes nothing that a record states
			d.event.Records = append(d.event.Records, NewRecord(l, cat, d.w.Subject))
		}
	}
	for i := range d.after.Lines {
		l := &d.after.Lines[i]
		if l.Labels == nil || l.Kind == statement.KindConsent && l.Latest.Seq == d.seq {
			l.Labels = d.labelled(l)
		}
	}
	for i := range d.event.Requests {
		r := &d.event.Requests[i]
		r.Labels = d.requestLabels(r)
	}
}

// complete adds to a no its words, and what happens to the data of the consent that has ended.
func complete(no *statement.Line, c *statement.Change, was *statement.Line, cat *catalogue.Catalogue) {
	if c.Labels != nil {
		words := *c.Labels
		words.Data = nil
		no.Labels = &words
	}
	switch {
	case c.Effect != nil:
		no.Deletion = c.Effect.Deletion
	case c.From == statement.Expired:
		no.Deletion = AfterEnd(was, cat)
	}
}

// AfterEnd returns what happens to the data of a consent that ended by itself, and by when. The
// catalogue is the one that the consent names.
func AfterEnd(l *statement.Line, cat *catalogue.Catalogue) *statement.Deletion {
	return &statement.Deletion{
		What: cat.Purposes[l.Purpose].AfterWithdrawal.What, By: cat.DataRequests.Day(l.Retention.AfterEnd.AddTo(l.Until)),
	}
}

// stated returns the line that a change concerns, with the terms to state: those now in
// force, those in force until now, or those refused.
func (d *decision) stated(before *statement.Standing, c *statement.Change) *statement.Line {
	if now := d.after.Line(c.Purpose, c.Recipient); now != nil && now.Kind == statement.KindConsent {
		if c.To != statement.Expired {
			return now
		}
		l := *now // an expiry is no act, so the line keeps its marks
		l.Latest = d.attested(now.Latest.Attests)
		l.Latest.At = now.Until
		return &l
	}
	l := statement.Line{
		Kind: statement.KindConsent, Purpose: c.Purpose, Recipient: c.Recipient, ConsentID: c.ConsentID, State: c.To,
		Latest: d.attested(d.attests),
	}
	if was := before.Line(c.Purpose, c.Recipient); was != nil && was.Kind == statement.KindConsent && was.Terms != nil {
		l.Terms, l.Granted, l.Latest = was.Terms, was.Granted, d.attested(was.Latest.Attests)
		return &l
	}
	l.Terms = d.refused(c)
	if l.ConsentID == "" {
		l.ConsentID = d.w.NewID() // the record needs its own id
	}
	return &l
}

// refused returns the terms of a refusal of a line without earlier terms: those of the offer,
// or else of the catalogue.
func (d *decision) refused(c *statement.Change) *statement.Terms {
	digest := d.event.Catalogue
	cat := d.w.Catalogues[digest]
	p, language := cat.Purposes[c.Purpose], cat.Language(d.language)
	return &statement.Terms{
		Data: slices.Sorted(maps.Keys(p.Data)), Access: p.Access, From: d.w.Now, Until: d.w.Now, Retention: p.Retention,
		Catalogue: digest, Notice: cat.Notices[p.Notice][language].Digest, Language: language,
	}
}

// effect returns the effects of a change, or nil if the change takes nothing away.
func (d *decision) effect(c *statement.Change, l *statement.Line, cat *catalogue.Catalogue) *statement.Effect {
	held := c.From == statement.Given || c.From == statement.Paused
	day := func(t time.Time) string { return cat.DataRequests.Day(t) }
	after := cat.Purposes[l.Purpose].AfterWithdrawal
	switch {
	case !held || c.To == statement.Paused:
		return nil
	case c.To == statement.Given: // with other terms
		return narrowed(c, l, statement.Deletion{What: after.What, By: day(after.Within.AddTo(d.w.Now))})
	case c.To == statement.Expired: // at its planned end
		return &statement.Effect{
			Deletion:      AfterEnd(l, cat),
			EvidenceUntil: day(l.Retention.Evidence.AddTo(l.Until)),
		}
	}
	out := &statement.Effect{
		Deletion:      &statement.Deletion{What: after.What, By: day(after.Within.AddTo(d.w.Now))},
		EvidenceUntil: day(l.Retention.Evidence.AddTo(d.w.Now)),
	}
	if d.withdrew(c) {
		out.StopBy = d.stopBy()
	}
	return out
}

// withdrew reports whether the person withdrew the consent, or somebody who acts for them. An
// objection, a signal, an erasure, and what the system does by itself are no withdrawal of
// consent: the laws leave no time for them.
func (d *decision) withdrew(c *statement.Change) bool {
	return c.To == statement.Withdrawn && c.Cause == "" && d.event.Type != statement.EventErasure && d.c.Actor.Role != statement.RoleSystem
}

// stopBy returns the date by which processing ends after a consent was withdrawn, or "" if
// the law leaves no time for it.
func (d *decision) stopBy() string {
	terms := d.current.DataRequests
	rule := statement.Rule(terms.RuleFor(string(statement.WithdrawalOfConsent)))
	c, err := terms.Calendar(rule)
	if err != nil {
		return "" // no withdrawal may fail for lack of a calendar
	}
	dates, err := datarequest.Reckon(terms.Own, rule, statement.WithdrawalOfConsent, d.occurred, c)
	if err != nil {
		return "" // nor for lack of a rule
	}
	return dates.Due.Date.String()
}

// narrowed returns the effects of narrowing a consent.
func narrowed(c *statement.Change, l *statement.Line, deletion statement.Deletion) *statement.Effect {
	less := len(c.Removed.Data)+len(c.Removed.Resources) > 0
	sooner := c.Removed.Until != nil && c.Added.Until != nil && c.Added.Until.Before(*c.Removed.Until)
	switch {
	case less:
		return &statement.Effect{Deletion: &deletion, GoesOn: l.Data}
	case sooner:
		return &statement.Effect{GoesOn: l.Data}
	}
	return nil
}

// labelled returns new words for a line of the standing, or its present ones.
func (d *decision) labelled(l *statement.Line) *statement.Labels {
	digest, language := d.event.Catalogue, d.language
	if l.Terms != nil {
		digest, language = l.Catalogue, l.Language
	}
	cat, ok := d.w.Catalogues[digest]
	if !ok {
		return l.Labels
	}
	words := statement.Line{Purpose: l.Purpose, Recipient: l.Recipient, Terms: &statement.Terms{Language: cat.Language(language)}}
	if l.Terms != nil {
		words.Terms = l.Terms
	}
	return labels(&words, cat)
}

// labels returns the words for a line, and for more categories of data, in the line's own
// language, as far as a catalogue has them.
func labels(l *statement.Line, cat *catalogue.Catalogue, more ...string) *statement.Labels {
	out := statement.Labels{
		Language: l.Language, Purpose: cat.Purposes[l.Purpose].Text[l.Language].Title, Recipient: cat.Parties[l.Recipient].Name,
		Data: dataLabels(slices.Concat(l.Data, more), cat, l.Language),
	}
	if out.Purpose == "" && out.Recipient == "" && out.Data == nil {
		return nil
	}
	return &out
}

// requestLabels returns the words for a data request. They say in which language the person
// asked, if it is known, although nothing may need words.
func (d *decision) requestLabels(r *statement.RequestStatement) *statement.RequestLabels {
	cat, language := d.current, d.current.Language(d.language)
	out := statement.RequestLabels{
		Language: language, Law: cat.DataRequests.Own[r.Rule].Law, Data: dataLabels(r.Scope.Data, cat, language),
	}
	if r.Complaint != nil {
		out.Authority = cat.Parties[r.Complaint.Authority].Name
	}
	for _, id := range r.Scope.Purposes {
		if title := cat.Purposes[id].Text[language].Title; title != "" {
			if out.Purposes == nil {
				out.Purposes = map[string]string{}
			}
			out.Purposes[id] = title
		}
	}
	if d.c.Language == "" && out.Law == "" && out.Authority == "" && out.Purposes == nil && out.Data == nil {
		return nil
	}
	return &out
}

func dataLabels(ids []string, cat *catalogue.Catalogue, language string) map[string]string {
	words := map[string]string{}
	for _, id := range ids {
		if label := cat.Data[id].Label.In(language, cat.Languages...); label != "" {
			words[id] = label
		}
	}
	if len(words) == 0 {
		return nil
	}
	return words
}
