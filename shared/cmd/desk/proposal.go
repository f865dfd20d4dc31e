package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"consent-receipts/shared/api"
)

// propose proposes a step that a colleague has to approve.
func (d *desk) propose(ctx context.Context, path string, step api.Step) error {
	rec, err := ask[api.CaseRecord](ctx, d, http.MethodPost, api.CaseOf(path)+api.Proposals, step)
	if err != nil || rec == nil {
		return err
	}
	_, err = fmt.Fprintf(d.Stdout, "proposed as %d: a colleague approves it with desk approve\n", rec.Seq)
	return err
}

// proposal reads the arguments of a verb about a proposal: the path of the data request, and the
// number of the proposal.
func (d *desk) proposal() (path string, of uint64, err error) {
	at, err := d.acting(3)
	if err != nil {
		return "", 0, err
	}
	if of, err = strconv.ParseUint(d.f.Arg(2), 10, 64); err != nil || of == 0 {
		return "", 0, d.f.Wrong("NUMBER is that of the proposal, which desk request prints")
	}
	return at.Request(d.f.Arg(1)), of, nil
}

// approve takes the step that a colleague proposed. It is shown first, and taken if the user says so.
func (d *desk) approve(ctx context.Context) error {
	dry := d.f.Bool("dry-run", false, "show what the person would read, and record nothing")
	yes := d.f.Bool("yes", false, "record the step without a question")
	path, of, err := d.proposal()
	if err != nil {
		return err
	}
	if *dry && *yes {
		return d.f.Wrong("give one of --dry-run and --yes")
	}
	if !*yes {
		b, err := d.send(ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		life, err := read[api.Life](b)
		if err != nil {
			return err
		}
		if life.Proposal == nil || life.Proposal.Of != of {
			return d.f.Wrong("no proposal of this number awaits its approval; see desk request")
		}
		if sure, err := d.preview(ctx, path, life.Proposal.Step, *dry); err != nil || !sure {
			return err
		}
	}
	return d.act(ctx, api.CaseOf(path)+api.Approvals, api.Verdict{Of: of})
}

// reject rejects a step that was proposed. Whoever proposed it takes it back so.
func (d *desk) reject(ctx context.Context) error {
	note := d.f.String("note", "", "why, for colleagues; it is in no receipt")
	path, of, err := d.proposal()
	if err != nil {
		return err
	}
	rec, err := ask[api.CaseRecord](ctx, d, http.MethodPost, api.CaseOf(path)+api.Rejections, api.Verdict{Of: of, Text: *note})
	if err != nil || rec == nil {
		return err
	}
	_, err = fmt.Fprintln(d.Stdout, "rejected")
	return err
}
