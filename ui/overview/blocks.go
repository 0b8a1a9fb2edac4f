package overview

import (
	"fmt"
	"sort"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// block is one part of the screen.
type block struct {
	title string
	right bool // in the right column where there are two
	lines []line
}

// line is one line of a block. Its text is drawn already; opens is what enter goes to.
type line struct {
	left, right string
	opens       tea.Msg
}

// text makes a line that only tells.
func text(left string) line { return line{left: left} }

// blocks are all parts that have something to say, drawn for columns of w cells.
func (m *Model) blocks(w int) []block {
	if m.stats == nil {
		return nil
	}
	var out []block
	for _, b := range []block{m.waits(), m.unknown(), m.counts(), m.failures(), m.calls(w), m.well(), m.done()} {
		if len(b.lines) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// waits lists what waits for the operator, the most urgent first.
func (m *Model) waits() block {
	t := m.deps.Theme
	b := block{title: fmt.Sprintf("Waits for you (%d)", m.stats.Waiting)}
	for _, w := range m.waiting {
		left := ""
		if !w.Deadline.IsZero() {
			left = widget.Span(max(0, w.Deadline.Sub(m.now))) + " left"
		}
		b.lines = append(b.lines, line{
			left:  t.Wait.Paint(t.Glyphs.Pending+" "+string(w.Action)) + "  " + widget.Clean(w.SessionID) + "  " + w.Amount.Format() + "  " + widget.Clean(w.Recipient),
			right: t.Dim.Paint(left), opens: page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: w.SessionID}},
		})
	}
	if more := m.stats.Waiting - len(m.waiting); more > 0 && len(m.waiting) > 0 {
		b.lines = append(b.lines, line{left: fmt.Sprintf("and %s more", widget.Thousands(more)),
			opens: page.Navigate{Screen: page.Sessions, Arg: page.OpenFilter{Text: "next:confirm,capture"}}})
	}
	if len(b.lines) == 0 {
		b.lines = []line{text(t.Dim.Paint("nothing waits for you"))}
	}
	return b
}

func (m *Model) unknown() block {
	if m.stats.Unknown == 0 {
		return block{}
	}
	t := m.deps.Theme
	return block{title: "Unknown outcomes", lines: []line{{
		left:  t.Unknown.Paint(fmt.Sprintf("%s %d may have been carried out: settle them before anything like them is sent", t.Glyphs.Unknown, m.stats.Unknown)),
		opens: page.Navigate{Screen: page.Unknown},
	}}}
}

// window returns the totals of the chosen period.
func (m *Model) window() []journal.Total {
	return [][]journal.Total{m.stats.Hour, m.stats.Day, m.stats.Week}[m.period]
}

// counts tells how many operations of which state there were, and their sums.
func (m *Model) counts() block {
	t := m.deps.Theme
	b := block{title: "Payouts and payments, " + periods()[m.period].name}
	totals := append([]journal.Total(nil), m.window()...)
	sort.SliceStable(totals, func(i, k int) bool {
		if totals[i].Kind != totals[k].Kind {
			return totals[i].Kind > totals[k].Kind // payouts before payments
		}
		return totals[i].Count > totals[k].Count
	})
	for _, total := range totals {
		badge := t.Operation(total.Status)
		b.lines = append(b.lines, line{
			left:  fmt.Sprintf("%-8s", total.Kind) + " " + badge.Ink.Paint(widget.Pad(badge.Text(), 13)) + widget.PadLeft(widget.Thousands(int(total.Count)), 10),
			right: total.Sum.Format(), opens: page.Navigate{Screen: page.Payouts, Arg: page.OpenFilter{Text: m.filterOf(total)}},
		})
	}
	if len(b.lines) == 0 {
		b.lines = []line{text(t.Dim.Paint("none in the " + periods()[m.period].name + "; " + m.deps.Keys.Overview.Period.Label() + " changes the period"))}
	}
	return b
}

// filterOf is the filter that lists what a total counts.
func (m *Model) filterOf(t journal.Total) string {
	return strings.Join([]string{journal.Term("kind", string(t.Kind)), journal.Term("status", t.Status), "created<" + periods()[m.period].age,
		journal.Term("currency", strings.ToLower(t.Sum.Currency))}, " ")
}

func (m *Model) failures() block {
	t := m.deps.Theme
	b := block{title: "Failures by code, last week", right: true}
	for i, f := range m.stats.Failures {
		if i == 6 {
			b.lines = append(b.lines, text(t.Dim.Paint(fmt.Sprintf("and %d more codes", len(m.stats.Failures)-i))))
			break
		}
		b.lines = append(b.lines, line{
			left:  t.Bad.Paint(t.Glyphs.Failed+" "+widget.Clean(f.Code)) + t.Dim.Paint(fmt.Sprintf("  %s in the last day", widget.Thousands(int(f.Day)))),
			right: widget.Thousands(int(f.Week)), opens: page.Navigate{Screen: page.Payouts, Arg: page.OpenFilter{Text: journal.Term("error", f.Code) + " created<7d"}},
		})
	}
	return b
}

// calls plots the last hour of calls to Pike, a cell a minute.
func (m *Model) calls(w int) block {
	t := m.deps.Theme
	b := block{title: "Calls to Pike, last hour", right: true}
	var counts, medians []float64
	var calls, failed int
	var worst time.Duration
	for _, bucket := range m.stats.Latency {
		counts, medians = append(counts, float64(bucket.Count)), append(medians, float64(bucket.Median))
		calls, failed, worst = calls+bucket.Count, failed+bucket.Failed, max(worst, bucket.Worst)
	}
	if calls == 0 {
		return b
	}
	room := min(60, max(10, w-32))
	recent := page.Navigate{Screen: page.Traffic, Arg: page.OpenFilter{Text: "created<1h"}}
	b.lines = []line{
		{left: "calls    " + widget.Spark(t, t.Moves, counts, room), right: widget.Thousands(calls) + " in all", opens: recent},
		{left: "latency  " + widget.Spark(t, t.Accent, medians, room), right: "worst " + widget.Span(worst)},
	}
	if failed > 0 {
		b.lines = append(b.lines, line{left: t.Bad.Paint(fmt.Sprintf("%s %s not accepted", t.Glyphs.Failed, widget.Thousands(failed))),
			opens: page.Navigate{Screen: page.Traffic, Arg: page.OpenFilter{Text: "outcome:refused,unknown,not_sent created<1h"}}})
	}
	return b
}

// well tells whether keys, receiver and server are fit for work.
func (m *Model) well() block {
	t := m.deps.Theme
	b := block{title: "Health", right: true}
	mark := func(ink theme.Ink, glyph, what, rest string) line {
		return text(ink.Paint(glyph+" "+what) + t.Dim.Paint("  "+widget.Clean(rest)))
	}
	env := m.desk.Env
	if key := m.desk.KeyShort(); key != "" {
		b.lines = append(b.lines, mark(t.Good, t.Glyphs.Done, "signing key", key))
	} else {
		b.lines = append(b.lines, mark(t.Bad, t.Glyphs.Failed, "no signing key", "7 Keys makes one"))
	}
	switch n := len(env.PikeKeys); {
	case n > 0:
		b.lines = append(b.lines, mark(t.Good, t.Glyphs.Done, "Pike's keys", fmt.Sprintf("%d known", n)))
	default:
		b.lines = append(b.lines, mark(t.Wait, t.Glyphs.Pending, "Pike's keys", "none: notifications cannot be verified, 7 Keys adds one"))
	}
	switch r := m.receiver; {
	case r.Listening:
		b.lines = append(b.lines, mark(t.Good, t.Glyphs.Done, "webhooks", fmt.Sprintf("at %s, %d received", r.Address, r.Received)))
	case r.Err != "":
		b.lines = append(b.lines, mark(t.Bad, t.Glyphs.Failed, "webhooks", r.Err))
	default:
		b.lines = append(b.lines, mark(t.Dim, t.Glyphs.Created, "webhooks", "not received here; sessions are asked for instead"))
	}
	if m.desk.Sandbox != nil {
		b.lines = append(b.lines, mark(t.Good, t.Glyphs.Done, "sandbox", "at "+m.desk.Sandbox.Address()))
	} else {
		b.lines = append(b.lines, mark(t.Dim, t.Glyphs.Created, "server", env.BaseURL))
	}
	return b
}

// done lists what was done last.
func (m *Model) done() block {
	t := m.deps.Theme
	b := block{title: "Done lately"}
	for _, a := range m.stats.Actions {
		e := a.Entry
		if e.Method == "" {
			continue
		}
		state := e.State
		if state == "" {
			state = e.Event
		}
		badge := t.Outcome(state)
		what := strings.TrimPrefix(e.Method, "session/")
		if e.Amount != nil {
			what += "  " + (pikeapi.Money{Amount: *e.Amount, Currency: e.Currency}).Format()
		}
		l := line{left: t.Dim.Paint(widget.Stamp(a.At, m.now, m.ages)) + "  " + badge.Ink.Paint(badge.Text()) + "  " + widget.Clean(what), right: t.Dim.Paint(widget.Clean(e.SessionID))}
		switch {
		case e.SessionID != "":
			l.opens = page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: e.SessionID}}
		case e.ExchangeID != 0:
			l.opens = page.Navigate{Screen: page.Traffic, Arg: page.OpenExchange{ID: e.ExchangeID}}
		}
		b.lines = append(b.lines, l)
	}
	return b
}
