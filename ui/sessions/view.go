package sessions

import (
	"fmt"
	"strings"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// SetSize implements page.Page.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	m.resize()
}

// wideEnough is from which width on list and detail stand side by side, in cells.
const wideEnough = 170

// wide says that list and detail stand side by side.
func (m *Model) wide() bool { return m.detail != nil && m.w >= wideEnough }

// listFront says that keys go to the list.
func (m *Model) listFront() bool { return m.detail == nil || m.aside && m.wide() && !m.raw }

// split is the width of the detail, and where it begins.
func (m *Model) split() (w, x int) {
	if !m.wide() {
		return m.w, 0
	}
	x = m.w / 2
	return m.w - x - 1, x + 1
}

func (m *Model) resize() {
	m.list.SetSize(m.w, m.h)
	if _, x := m.split(); x > 0 {
		m.list.SetSize(x-2, m.h) // a blank before the edge
	}
	m.json.SetSize(m.w, max(0, m.h-1))
	m.keepInSight()
}

// View implements page.Page.
func (m *Model) View() string {
	switch {
	case m.w <= 0 || m.h <= 0:
		return ""
	case m.detail == nil:
		return widget.Fit(m.list.View(m.now), m.w, m.h)
	case m.raw:
		return widget.Fit(widget.Below(widget.Rule(m.deps.Theme, widget.Clean(m.Title()), m.w), m.json.View(m.now)), m.w, m.h)
	}
	w, x := m.split()
	out := m.detailView(w)
	if x > 0 {
		t := m.deps.Theme
		edge := widget.FitLines(strings.Split(strings.Repeat(t.Rule.Paint(t.Glyphs.Frame.Left)+"\n", m.h), "\n"), 1, m.h)
		out = widget.Beside(widget.Beside(widget.Fit(m.list.View(m.now), x-1, m.h), edge), out)
	}
	return widget.Fit(out, m.w, m.h)
}

// detailView draws the session in w cells.
func (m *Model) detailView(w int) string {
	head, foot := m.heading(), m.footing()
	out := head
	room := m.timelineRoom(len(head), len(foot))
	out = append(out, m.timelineLines(room)...)
	for len(out) < m.h-len(foot) {
		out = append(out, "")
	}
	return widget.FitLines(append(out, foot...), w, m.h)
}

// timelineRoom is how many lines of the time line are in sight.
func (m *Model) timelineRoom(head, foot int) int { return max(0, m.h-head-foot) }

// heading says what the session is and where it stands.
func (m *Model) heading() []string {
	t, d := m.deps.Theme, m.detail
	w, _ := m.split()
	title := " " + t.Title.Paint("Sessions "+t.Glyphs.Crumb+" "+widget.Clean(d.id)) + "   "
	switch {
	case d.session == nil && d.err != nil:
		return []string{title, "", "   " + t.Bad.Paint(widget.Cut("This could not be read: "+widget.Clean(d.err.Error()), w-3))}
	case d.session == nil && d.missing:
		return []string{title, "", "   " + t.Dim.Paint(widget.Cut("Nothing is known of this session here. "+m.deps.Keys.List.Refresh.Label()+" asks Pike for it.", w-3)), ""}
	case d.session == nil:
		text := widget.WaitText("the journal", d.since, d.since.Add(readTime), m.now)
		return []string{title, "", "   " + t.Dim.Paint(widget.Cut(text, w-3))}
	}
	left := title + m.standing("   ", "waits for you: ")
	if widget.Width(left) > w {
		stands := m.standing("  ", "waits: ")
		left = " " + t.Title.Paint(widget.CutMiddle(widget.Clean(d.id), max(8, w-widget.Width(stands)-3))) + "  " + stands
	}
	lines := []string{widget.Cut(left, w)}
	if about := t.Strong.Paint(widget.Clean(about(d.session))); widget.Width(left)+widget.Width(about)+3 <= w {
		lines[0] = widget.Ends(left, about+" ", w)
	} else {
		lines = append(lines, " "+widget.Cut(about, w-1))
	}
	if d.err != nil {
		lines = append(lines, "   "+t.Bad.Paint(widget.Cut("old: "+widget.Clean(d.err.Error()), w-3)))
	}
	lines = append(lines, m.operationLines()...)
	for _, o := range d.odd {
		lines = append(lines, "   "+t.Bad.Paint(widget.Cut(t.Glyphs.Failed+" contradicts the protocol: "+widget.Clean(o), w-3)))
	}
	return append(lines, "")
}

// standing is the session's status and what it waits for, with space between the parts.
func (m *Model) standing(space, waits string) string {
	t, s := m.deps.Theme, m.detail.session
	text := t.Session(string(s.Status)).String()
	if s.Status == "" {
		text = t.Dim.Paint("its status was not asked for yet")
	}
	if s.NextAction != "" {
		text += space + t.Wait.Paint(waits+widget.Clean(string(s.NextAction)))
		if !s.Deadline.IsZero() {
			if left := s.Deadline.Sub(m.now); left > 0 {
				text += space + t.Dim.Paint(widget.Span(left)+" left")
			} else {
				text += space + t.Bad.Paint("the time is over")
			}
		}
	}
	return text
}

// about is what the session moves: "payout 150.00 EUR to Jane Roe".
func about(s *journal.SessionDetail) string {
	if len(s.Operations) == 0 {
		return "nothing started yet"
	}
	o := &s.Operations[0]
	text := string(o.Kind) + " " + o.Amount.Format()
	if o.Recipient != "" {
		text += " to " + o.Recipient
	}
	if n := len(s.Operations) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// operationLines list the operations with their refunds: all of them where there is room.
func (m *Model) operationLines() []string {
	t, s := m.deps.Theme, m.detail.session
	w, _ := m.split()
	var lines []string
	for i := range s.Operations {
		o := &s.Operations[i]
		text := "   " + t.Operation(string(o.Status)).String() + "  " + widget.Clean(o.OperationID) + "  " + t.Strong.Paint(o.Amount.Format())
		card, rest := page.CardText(o.Brand, o.BIN, o.Last4), ""
		if widget.Width(text)+2+widget.Width(card) > w {
			card = page.CardText(o.Brand, "", o.Last4)
		}
		add := func(part string) { // what does not fit is left out whole: half a number is another one
			if part = widget.Clean(part); part != "" && widget.Width(text)+widget.Width(rest)+2+widget.Width(part) <= w {
				rest += "  " + part
			}
		}
		add(card)
		if o.Fee != nil {
			add("fee " + o.Fee.Format())
		}
		if o.Interaction != "" && !o.Status.Final() {
			add("waits for the payer")
		}
		add(o.Customer)
		lines = append(lines, widget.Cut(text+t.Dim.Paint(rest), w))
		if o.ErrorCode != "" {
			lines = append(lines, m.errorLines(o)...)
		}
		for _, r := range s.Refunds {
			if r.OperationID == o.OperationID {
				lines = append(lines, widget.Cut(m.refundLine(&r), w))
			}
		}
	}
	if most := max(1, m.h/3); len(lines) > most {
		more := len(lines) - most + 1
		lines = append(lines[:most-1:most-1], "   "+t.Dim.Paint(fmt.Sprintf("and %d lines more: %s shows everything", more, m.deps.Keys.Sessions.Raw.Label())))
	}
	return lines
}

func (m *Model) refundLine(r *journal.RefundRow) string {
	t := m.deps.Theme
	name := "refund"
	if r.Chargeback {
		name = "chargeback"
	}
	return "     " + t.Refund(string(r.Status)).String() + "  " + t.Dim.Paint(name+" "+widget.Clean(r.RefundID)) + "  " + r.Amount.Format()
}

// errorLines say why an operation failed, in plain words.
func (m *Model) errorLines(o *journal.OperationRow) []string {
	text := o.ErrorCode
	if advice, ok := pikeapi.ErrorAdvice(o.ErrorCode); ok {
		text += ": " + advice
	} else if o.ErrorText != "" {
		text += ": " + o.ErrorText
	}
	var lines []string
	w, _ := m.split()
	for _, l := range widget.Wrap(widget.Clean(text), max(1, w-6)) {
		lines = append(lines, "     "+m.deps.Theme.Bad.Paint(l))
	}
	return lines
}

// lineWidth is how long a line of the time line gets at most: eyes lose longer ones.
const lineWidth = 132

// timelineLines draws what is in sight of the time line.
func (m *Model) timelineLines(room int) []string {
	d := m.detail
	if len(d.entries) == 0 {
		if d.session == nil {
			return nil
		}
		return []string{"   " + m.deps.Theme.Dim.Paint("No request or webhook of this session is recorded here.")}
	}
	var lines []string
	w, _ := m.split()
	for i := d.top; i < len(d.entries) && len(lines) < room; i++ {
		lines = append(lines, m.line(i, min(w, lineWidth)))
	}
	return lines
}
