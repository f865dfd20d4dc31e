package cards

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// Request is one data request in words.
type Request struct {
	page.RequestWords
	W        *wording.Words // for the template
	ID       string
	Person   string // pseudonym of the person who asked; the desk links with it
	Overdue  bool
	By       string // who asked, if it was not the person
	Notes    []Note
	Open     bool
	TakeBack bool    // the person can take the request back
	Appeal   bool    // the person can appeal against the answer
	GoesOn   bool    // something that the person allows goes on while the request for erasure is open
	Contact  string  // of the controller, for a person whose answer is late
	Files    []File  // what the answer has for the person to download
	HasData  bool    // the request is for data: the bundle has those of this service at once
	Added    []added // what other systems have added to the answer
}

// Step is a step of a data request: what one receipt says of it, with the mark of that receipt.
type Step struct {
	api.Stated
	Mark page.Mark
}

// StepsOf lists the steps of a data request.
func StepsOf(history []api.Stated) (steps []Step) {
	for _, s := range history {
		steps = append(steps, Step{s, page.RequestMark(s.State)})
	}
	return steps
}

// Note is a remark, and who wrote it.
type Note struct {
	By    string
	Lines []string // as freetext.Lines shows them
}

// RequestOf says a data request in words. The current catalogue has the rules of what can be
// done now. About is the earlier request that an appeal is about, or nil.
func RequestOf(v *shell.Visit, n *page.Names, r statement.RequestStatement, about *statement.Request) (card Request, err error) {
	current, err := v.CurrentCatalogue()
	if err != nil {
		return card, err
	}
	terms := current.DataRequests
	card = Request{
		RequestWords: n.Request(r, about), W: v.Words, ID: r.ID, Person: v.R.PathValue("person"), Open: r.Open(),
		Overdue: terms.Overdue(r.Request, v.Now()), Contact: n.Contact(),
		Appeal: datarequest.Appealable(r.Request, terms.Today(r.Rule, v.Now())), HasData: r.Type.HasParts() && (r.Open() || r.State.Answered()),
	}
	if v.Prefix == "" && r.Open() && r.Type == statement.Erasure {
		now, err := Standing(v)
		if err != nil {
			return card, err
		}
		card.GoesOn = slices.ContainsFunc(now.Lines, func(l api.Line) bool { return l.InForce })
	}
	if calendar, err := terms.Calendar(r.Rule); err == nil {
		for _, c := range datarequest.Choices(r.Request, datarequest.Person, v.Now(), terms.Own, calendar) {
			card.TakeBack = card.TakeBack || c.Act == datarequest.Withdraw
		}
	}
	return card, nil
}

// WholeRequest is RequestOf with what only the API knows: the request that an appeal is
// about, unless it is given, and what was added to the answer.
func WholeRequest(v *shell.Visit, n *page.Names, r statement.RequestStatement, about *statement.Request) (card Request, err error) {
	if about == nil && r.AboutRequest != "" {
		if about, err = earlier(v, r.AboutRequest); err != nil {
			return card, err
		}
	}
	if card, err = RequestOf(v, n, r, about); err != nil || v.Prefix != "" {
		return card, err
	}
	return card, card.addTo(v, r.Request)
}

// became says what is known today of the data requests in a receipt of the person's own.
func became(v *shell.Visit, n *page.Names, rec *receipt.Receipt) (list []Request, err error) {
	requests, err := receipt.Decode[statement.Request](rec.Request)
	if err != nil || len(requests) == 0 {
		return nil, err
	}
	now, err := Standing(v)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		at := slices.IndexFunc(now.Requests, func(s statement.Request) bool { return s.ID == r.ID })
		var today *statement.Request
		if at >= 0 {
			today = &now.Requests[at]
		} else if today, err = earlier(v, r.ID); err != nil {
			return nil, err
		}
		if today == nil {
			continue
		}
		card, err := RequestOf(v, n, statement.RequestStatement{Request: *today}, nil)
		if err != nil {
			return nil, err
		}
		card.Appeal = card.Appeal && at >= 0 // a request that was appealed against no longer stands
		if err := card.addTo(v, *today); err != nil {
			return nil, err
		}
		list = append(list, card)
	}
	return list, nil
}

// added is a part that another system has added to the answer to a request for data.
type added struct {
	Name, Link, Digest string
	Where              []string // the place, as lines of text, if it is no link
}

// ManifestPath is the API's path of the list of what the answer to a request consists of.
func ManifestPath(id string) string {
	return api.Own.Request(id) + "/manifest"
}

// addTo lists what was added to the answer to a request. The person can download files once the
// request is answered. Of what other systems have added, only an https address becomes a link.
func (card *Request) addTo(v *shell.Visit, r statement.Request) error {
	if r.Parts == 0 {
		return nil
	}
	manifest, err := shell.Get[api.Manifest](v, ManifestPath(r.ID))
	for _, p := range manifest.Parts {
		if p.Attached {
			if r.State.Answered() {
				card.Files = append(card.Files, FileOf(v.Words, p.Part))
			}
			continue
		}
		part := added{Name: freetext.Inline(p.Name), Digest: p.Digest, Where: freetext.Lines(p.Where)}
		if u, err := url.Parse(p.Where); err == nil && u.Scheme == "https" && u.Host != "" {
			part.Link = p.Where
		}
		card.Added = append(card.Added, part)
	}
	return err
}

// earlier finds a request by its id, whatever became of it. If it no longer exists, earlier
// returns nil.
func earlier(v *shell.Visit, id string) (*statement.Request, error) {
	var r statement.Request
	var err error
	if path := v.Ledger().Request(id); v.R.PathValue("person") == "" {
		r, err = shell.Get[statement.Request](v, path)
	} else {
		var l api.Life
		l, err = shell.Get[api.Life](v, path)
		r = l.Request.Request
	}
	if p, ok := errors.AsType[*api.Problem](err); ok && p.Status == http.StatusNotFound {
		return nil, nil
	}
	return &r, err
}
