package cli

import (
	"fmt"
	"io"
	"time"
)

// Progress shows a line on a terminal when the work takes longer than a second.
type Progress struct {
	Done int

	w     io.Writer // nil: nothing is shown
	what  string
	next  time.Time
	drawn bool
}

// Progress begins to count receipts. What was done with them is one word, such as "checked".
func (s *Streams) Progress(what string) *Progress {
	return &Progress{w: s.screen, what: what, next: time.Now().Add(time.Second)}
}

// Step counts one receipt.
func (p *Progress) Step() {
	p.Done++
	if p.w == nil || p.Done%256 != 0 || time.Now().Before(p.next) {
		return
	}
	p.drawn, p.next = true, time.Now().Add(time.Second/4)
	fmt.Fprintf(p.w, "\r%d receipts %s", p.Done, p.what)
}

// End removes the line.
func (p *Progress) End() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\033[K")
		p.drawn = false
	}
}
