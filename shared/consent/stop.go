package consent

import (
	"maps"
	"slices"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// stop does at once what a request asks to stop. Whatever becomes of the request,
// only a later yes of the person brings it back.
func (d *decision) stop(kind statement.RequestType, scope statement.Scope) {
	switch kind {
	case statement.Restriction:
		for _, l := range slices.Clone(d.after.Lines) {
			if l.InForce(d.w.Now) && covers(scope, l.Purpose, l.Data) {
				d.pause(l)
			}
		}
	case statement.Objection:
		d.endAll(statement.CauseObjection, func(l *statement.Line) bool {
			return holds(l, d.w.Now) && covers(scope, l.Purpose, l.Data)
		})
	case statement.OptOutOfSale:
		for _, p := range d.gpcPurposes() {
			d.endPurpose(p, statement.CauseOptOutOfSale)
		}
	case statement.LimitSensitiveUse:
		for _, p := range d.sensitivePurposes(scope) {
			d.endPurpose(p, statement.CauseLimit)
		}
	}
}

// sensitivePurposes lists the purposes in a scope that use data marked special: by the
// current catalogue, and by the consents that hold, each on its own catalogue.
func (d *decision) sensitivePurposes(scope statement.Scope) (purposes []string) {
	add := func(cat *catalogue.Catalogue, purpose string, data []string) {
		data = slices.DeleteFunc(data, func(id string) bool { return cat.Data[id].Special == "" })
		if len(data) > 0 && covers(scope, purpose, data) {
			purposes = append(purposes, purpose)
		}
	}
	for id, p := range d.current.Purposes {
		add(d.current, id, slices.Collect(maps.Keys(p.Data)))
	}
	for _, l := range d.after.Lines {
		if !holds(&l, d.w.Now) {
			continue
		}
		if cat, ok := d.w.Catalogues[l.Catalogue]; ok {
			add(cat, l.Purpose, slices.Clone(l.Data))
		} else if covers(scope, l.Purpose, l.Data) { // nobody can say that none of it is special
			purposes = append(purposes, l.Purpose)
		}
	}
	return unique(purposes)
}

// covers reports whether a scope is about a purpose and data: it names the purpose, or
// none, and some of the data, or none.
func covers(s statement.Scope, purpose string, data []string) bool {
	return (len(s.Purposes) == 0 || slices.Contains(s.Purposes, purpose)) &&
		(len(s.Data) == 0 || slices.ContainsFunc(s.Data, func(id string) bool { return slices.Contains(data, id) }))
}

// pause leaves a consent as it was, but not in force.
func (d *decision) pause(l statement.Line) {
	d.event.Changes = append(d.event.Changes, statement.Change{
		ConsentID: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient,
		From: l.State, To: statement.Paused, GivenIn: l.Granted.Seq, Cause: statement.CauseRestriction,
	})
	l.State, l.Latest, l.AsOf = statement.Paused, d.mark(), latest(l.AsOf, d.w.Now)
	put(&d.after, l)
}
