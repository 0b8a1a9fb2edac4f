package overview

import (
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// tallEnough is from which height on plots are two lines high, in cells.
const tallEnough = 24

// calls plots the last hour of calls to Pike.
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
	since := m.stats.Latency[0].Start.In(m.now.Location())
	recent := "created>=" + since.Format("2006-01-02T15:04")
	opens := func(filter string) page.Navigate {
		return page.Navigate{Screen: page.Traffic, Arg: page.OpenFilter{Text: filter + " " + recent}}
	}
	wide, high := min(len(counts), max(10, w-32)), 1
	if m.h >= tallEnough {
		high = 2
	}
	plot := func(name string, values []float64, right string) {
		rows := widget.Plot(t, t.Text, values, wide, high)
		for i, row := range rows {
			l := line{left: widget.Pad("", 9) + row}
			if i == len(rows)-1 {
				l = line{left: widget.Pad(name, 9) + row, right: right, name: name, opens: opens("-outcome:open")}
			}
			b.lines = append(b.lines, l)
		}
	}
	plot("calls", counts, widget.Thousands(calls)+" in all")
	if high > 1 {
		b.lines = append(b.lines, text("")) // so that the bars do not touch
	}
	plot("latency", medians, "worst "+widget.Span(worst))
	b.lines = append(b.lines, text(t.Dim.Paint(widget.Pad("", 9)+widget.Ends(since.Format("15:04"), "now", wide))))
	if failed > 0 {
		b.lines = append(b.lines, line{left: t.Bad.Paint(fmt.Sprintf("%s %s not accepted", t.Glyphs.Failed, widget.Thousands(failed))), name: "not accepted", opens: opens("outcome:refused,unknown,not_sent")})
	}
	return b
}

// well tells whether keys, receiver and server are fit for work.
func (m *Model) well() block {
	t := m.deps.Theme
	b := block{title: "Health", right: true}
	add := func(ink theme.Ink, glyph, what, rest string, opens page.ID) {
		l := text(ink.Paint(glyph+" "+what) + t.Dim.Paint("  "+widget.Clean(rest)))
		if opens != "" {
			l.opens, l.name = page.Navigate{Screen: opens}, "health "+what
		}
		b.lines = append(b.lines, l)
	}
	env := m.desk.Env
	if key := m.desk.KeyShort(); key != "" {
		add(t.Good, t.Glyphs.Done, "signing key", key, page.Keyring)
	} else {
		add(t.Bad, t.Glyphs.Failed, "no signing key", "7 Keys makes one", page.Keyring)
	}
	if n := len(env.PikeKeys); n > 0 {
		add(t.Good, t.Glyphs.Done, "Pike's keys", fmt.Sprintf("%d known", n), page.Keyring)
	} else {
		add(t.Wait, t.Glyphs.Pending, "Pike's keys", "none: notifications cannot be verified, 7 Keys adds one", page.Keyring)
	}
	switch r := m.receiver; {
	case r.Listening:
		add(t.Good, t.Glyphs.Done, "webhooks", fmt.Sprintf("at %s, %s received", r.Address, widget.Thousands(r.Received)), page.Webhooks)
	case r.Err != "":
		add(t.Bad, t.Glyphs.Failed, "webhooks", r.Err, page.Webhooks)
	default:
		add(t.Dim, t.Glyphs.Created, "webhooks", "not received here; sessions are asked for instead", page.Webhooks)
	}
	if m.desk.Sandbox != nil {
		add(t.Good, t.Glyphs.Done, "sandbox", "at "+m.desk.Sandbox.Address(), "")
	} else {
		add(t.Dim, t.Glyphs.Created, "server", env.BaseURL, "")
	}
	return b
}

// done lists what was done last.
func (m *Model) done() block {
	t := m.deps.Theme
	b := block{title: "Done lately"}
	var badges, methods, amounts []string
	var entries []journal.Action
	for _, a := range m.stats.Actions {
		e := a.Entry
		if e.Method == "" {
			continue
		}
		state := e.State
		if state == "" {
			state = e.Event
		}
		amount := ""
		if e.Amount != nil {
			amount = (pikeapi.Money{Amount: *e.Amount, Currency: e.Currency}).Format()
		}
		entries = append(entries, a)
		badges = append(badges, t.Outcome(state).String())
		methods = append(methods, widget.Clean(strings.TrimPrefix(e.Method, "session/")))
		amounts = append(amounts, widget.Clean(amount))
	}
	badges, methods, amounts = widget.PadAll(badges), widget.PadAll(methods), widget.AlignPoints(amounts)
	for i, a := range entries {
		stamp := t.Dim.Paint(widget.Pad(widget.Stamp(a.At, m.now, m.ages), 11))
		l := line{left: stamp + "  " + badges[i] + "  " + methods[i] + "  " + amounts[i], right: t.Dim.Paint(widget.Clean(a.Entry.SessionID)), name: "done " + a.At.String() + " " + methods[i]}
		switch {
		case a.Entry.SessionID != "":
			l.opens = page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: a.Entry.SessionID}}
		case a.Entry.ExchangeID != 0:
			l.opens = page.Navigate{Screen: page.Traffic, Arg: page.OpenExchange{ID: a.Entry.ExchangeID}}
		}
		b.lines = append(b.lines, l)
	}
	return b
}
