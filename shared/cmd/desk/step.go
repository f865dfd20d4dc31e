package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"consent-receipts/shared/api"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// templates lists the templates of the words to the person who made a data request.
func (d *desk) templates(ctx context.Context) error {
	at, err := d.about(2)
	if err != nil {
		return err
	}
	life, err := ask[api.Life](ctx, d, http.MethodGet, at.Request(d.f.Arg(1)), nil)
	if err != nil || life == nil {
		return err
	}
	p := &cli.Printer{W: d.Stdout}
	for _, a := range life.Answers {
		p.Line("%s, for %s, in %s: %s", a.ID, strings.Trim(fmt.Sprint(a.Acts), "[]"), life.Language, a.Title)
		p.Quote(a.Text)
	}
	return p.Err
}

// step takes a data request one step on. A step that decides is shown first: it is recorded if the
// user says so, by --yes or at the terminal.
func (d *desk) step(ctx context.Context) error {
	reason := d.f.String("reason", "", "a reason that the rule knows")
	due := d.f.String("due", "", "of set-due: the date (YYYY-MM-DD); the note is its reason")
	received := d.f.String("received", "", "of give-identity and give-clarification: when the answer came (YYYY-MM-DD; default: today)")
	note := d.f.String("note", "", "a word to the person; it is kept in the receipt")
	template := d.f.String("template", "", "a template of desk templates, as the word to the person")
	nothing := d.f.Bool("nothing-held", false, "of complete: you hold no data about the person that the request asks for")
	var without cli.List
	d.f.Var(&without, "without", "of complete-partly: REASON=WHAT, what the answer leaves out and why; may be repeated")
	dry := d.f.Bool("dry-run", false, "show what the person would read, and record nothing")
	yes := d.f.Bool("yes", false, "record a step that ends the request without a question")
	at, err := d.acting(3)
	if err != nil {
		return err
	}
	act := datarequest.Act(d.f.Arg(2))
	if acts := datarequest.StaffActs(); !slices.Contains(acts, act) {
		return d.f.Wrong("ACT is one of %s; desk request says which are possible now", strings.ReplaceAll(strings.Trim(fmt.Sprint(acts), "[]"), " ", ", "))
	}
	if *template != "" && *note != "" || *dry && *yes {
		return d.f.Wrong("give one of --note and --template, and one of --dry-run and --yes")
	}
	path := at.Request(d.f.Arg(1))
	if *template != "" {
		if *note, err = d.template(ctx, path, *template); err != nil {
			return err
		}
	}
	body := api.Step{Act: act, Reason: *reason, Due: *due, Received: *received, Note: *note, NothingHeld: *nothing}
	if body.Withheld, err = d.withheld(without); err != nil {
		return err
	}
	if *dry || act.Decides() && !*yes {
		if sure, err := d.preview(ctx, path, body, *dry); err != nil || !sure {
			return err
		}
	}
	err = d.act(ctx, path+"/steps", body)
	if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Slug() == "second-eyes" {
		return d.propose(ctx, path, body)
	}
	return err
}

// withheld reads what an answer leaves out, and why.
func (d *desk) withheld(items []string) (list []statement.Withheld, err error) {
	for _, item := range items {
		why, what, ok := strings.Cut(item, "=")
		if !ok {
			return nil, d.f.Wrong("--without: give a reason that the rule knows, an equals sign, and what the answer leaves out")
		}
		list = append(list, statement.Withheld{What: what, Why: why})
	}
	return list, nil
}

// template returns the text of a template, filled in for the data request at a path.
func (d *desk) template(ctx context.Context, path, id string) (string, error) {
	b, err := d.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	life, err := read[api.Life](b)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(life.Answers, func(a api.Answer) bool { return a.ID == id })
	if i < 0 {
		return "", d.f.Wrong("--template: desk templates lists those that this request has now")
	}
	return life.Answers[i].Text, nil
}

// preview prints what the receipt of a step would say to the person, and reports whether the step
// is to be recorded. At a dry run it is not; else the user is asked.
func (d *desk) preview(ctx context.Context, path string, step api.Step, dry bool) (bool, error) {
	if !dry && !d.Typed {
		return false, d.f.Wrong("%s ends the request: give --yes to record it, or --dry-run to see what the person will read", step.Act)
	}
	b, err := d.send(ctx, http.MethodPost, path+"/steps/preview", step)
	if err != nil {
		return false, err
	}
	if dry && d.json {
		return false, d.print(b)
	}
	told, err := read[api.Preview](b)
	if err != nil {
		return false, err
	}
	rec, err := told.Unsigned()
	if err != nil {
		return false, err
	}
	doc, err := page.NewDocument(rec, nil, told.Language)
	if err != nil {
		return false, err
	}
	if err := doc.WriteCard(d.Stdout); err != nil || dry {
		return false, err
	}
	fmt.Fprintf(d.Stderr, "\nThis is what the person will read. A recorded step cannot be taken back. Record it? (yes or no) ")
	answer, err := bufio.NewReader(io.LimitReader(d.Stdin, 16)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if strings.TrimSpace(answer) != "yes" {
		fmt.Fprintln(d.Stderr, "Nothing was recorded.")
		return false, nil
	}
	return true, nil
}
