package payouts

import (
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// placement is where the detail stands.
type placement int

const (
	over placement = iota
	below
	beside
)

// From which size on there is room for list and detail, in cells.
const (
	besideWidth = 150
	belowHeight = 26
)

func (m *Model) place() placement {
	switch {
	case m.w >= besideWidth && m.h >= 12:
		return beside
	case m.h >= belowHeight:
		return below
	}
	return over
}

// detailBox is the size of the detail, its title among it.
func (m *Model) detailBox() (w, h int) {
	switch m.place() {
	case beside:
		return min(76, m.w*2/5), m.h
	case below:
		return m.w, min(max(10, m.h*2/5), 18)
	}
	return m.w, m.h
}

// SetSize implements page.Page.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	m.resize()
}

func (m *Model) resize() {
	dw, dh := m.detailBox()
	switch m.place() {
	case beside:
		m.list.SetSize(m.w-dw, m.h)
	case below:
		m.list.SetSize(m.w, m.h-dh)
	default:
		m.list.SetSize(m.w, m.h)
	}
	m.json.SetSize(m.w, max(0, m.h-1))
}

// View implements page.Page.
func (m *Model) View() string {
	dw, dh := m.detailBox()
	var out string
	switch {
	case m.w <= 0 || m.h <= 0:
		return ""
	case m.raw:
		out = widget.Below(widget.Rule(m.deps.Theme, m.Title(), m.w), m.json.View(m.now))
	case m.place() == beside:
		out = widget.Beside(m.list.View(m.now), m.detailView(dw, dh))
	case m.place() == below:
		out = widget.Below(m.list.View(m.now), m.detailView(dw, dh))
	case m.over && m.detail.ok:
		out = m.detailView(dw, dh)
	default:
		out = m.list.View(m.now)
	}
	return widget.Fit(out, m.w, m.h)
}

// detailView draws the detail with its title in w by h cells.
func (m *Model) detailView(w, h int) string {
	t := m.deps.Theme
	edge, inner := "", w
	if m.place() == beside {
		edge, inner = t.Rule.Paint(t.Glyphs.Frame.Left), w-1
	}
	title := "no payout"
	if m.detail.ok {
		title = widget.Clean(m.detail.row.OperationID)
	}
	head := widget.Rule(t, title, inner)
	if m.focused {
		head = widget.Rule(t, title+" "+t.Glyphs.Up+t.Glyphs.Down, inner)
	}
	lines := m.detailLines(inner)
	top := max(0, min(m.detail.top, len(lines)-(h-1)))
	lines = lines[top:]
	if len(lines) > h-1 && h > 1 {
		more := len(lines) - (h - 2)
		lines = append(lines[:h-2:h-2], " "+t.Dim.Paint(fmt.Sprintf("%d more lines: %s scrolls", more, m.deps.Keys.List.NextPane.Label())))
	}
	out := append([]string{head}, lines...)
	for i := range out {
		out[i] = edge + widget.Pad(out[i], inner)
	}
	for len(out) < h {
		out = append(out, edge+widget.Blanks(inner))
	}
	return widget.FitLines(out, w, h)
}

// detailLines is everything that is known of the row, for w cells.
func (m *Model) detailLines(w int) []string {
	d, t := &m.detail, m.deps.Theme
	if !d.ok {
		return []string{"", "   " + t.Dim.Paint("Choose a payout to see it here.")}
	}
	lines := m.summary(w)
	states, facts := m.states(), m.facts()
	const left = 50
	if w >= 100 { // side by side
		for i := range max(len(states), len(facts)) {
			a, b := "", ""
			if i < len(states) {
				a = states[i]
			}
			if i < len(facts) {
				b = facts[i]
			}
			lines = append(lines, widget.Pad(a, left)+b)
		}
	} else {
		lines = append(append(append(lines, states...), ""), wrapFacts(facts, w)...)
	}
	return append(lines, "", " "+m.detailHints())
}

func wrapFacts(facts []string, w int) []string {
	out := make([]string, len(facts))
	for i, f := range facts {
		out[i] = widget.Cut(f, w)
	}
	return out
}

// summary is what happened, and why.
func (m *Model) summary(w int) []string {
	t, r := m.deps.Theme, &m.detail.row
	b := t.Operation(string(r.Status))
	head := " " + b.Ink.Paint(b.Text()) + " " + t.Strong.Paint(r.Amount.Format())
	text := ""
	if who := to(r); who != "" {
		text += " to " + who
	}
	if c := page.CardText(r.Brand, r.BIN, r.Last4); c != "" {
		text += ", " + c
	}
	lines := []string{widget.Cut(head+widget.Clean(text), w)}
	if why, ink := m.why(r); r.ErrorCode == "" && why != "" {
		lines = append(lines, " "+ink.Paint(widget.Cut(why+m.left(), max(0, w-1))))
	}
	if r.ErrorCode != "" {
		for _, l := range widget.Wrap(widget.Clean(reason(r)), max(1, w-2)) {
			lines = append(lines, " "+t.Bad.Paint(l))
		}
	}
	if m.detail.err != nil {
		lines = append(lines, " "+t.Bad.Paint(widget.Cut("this could not be read: "+widget.Clean(m.detail.err.Error()), max(0, w-1))))
	}
	return append(lines, "")
}

// left is how long Pike waits still; empty when it does not.
func (m *Model) left() string {
	s := m.detail.session
	if s == nil || s.Deadline.IsZero() {
		return ""
	}
	if left := s.Deadline.Sub(m.now); left > 0 {
		return ", " + widget.Span(left) + " left"
	}
	return ", the time is over"
}

// reason is an error with its plain sentence.
func reason(r *journal.OperationRow) string {
	text := r.ErrorCode
	advice, known := pikeapi.ErrorAdvice(r.ErrorCode)
	switch {
	case known:
		text += ": " + advice
	case r.ErrorText != "":
		text += ": " + r.ErrorText
	}
	if known && r.ErrorText != "" {
		text += " Pike says: " + r.ErrorText
	}
	return text
}

// states are the operation's states with their times and the gaps between them.
func (m *Model) states() []string {
	t, d := m.deps.Theme, &m.detail
	var out []string
	last := time.Time{}
	add := func(at time.Time, text string, flag string) {
		gap := ""
		if !last.IsZero() && at.Sub(last) >= time.Millisecond {
			gap = "+" + seconds(at.Sub(last))
		}
		last = at
		out = append(out, "   "+t.Dim.Paint(at.In(m.now.Location()).Format("15:04:05"))+"  "+widget.Pad(text, 24)+" "+t.Dim.Paint(gap))
		if flag != "" {
			out = append(out, "             "+t.Bad.Paint(t.Glyphs.Failed+" "+widget.Clean(flag)))
		}
	}
	if d.session == nil {
		add(d.row.Created, "created", "")
		if !d.row.Finished.IsZero() {
			add(d.row.Finished, t.Operation(string(d.row.Status)).String(), "")
		}
		return out
	}
	for _, h := range d.session.History {
		switch {
		case h.ObjectID == d.row.OperationID:
			add(h.At, t.Operation(h.To).String(), h.Flag)
		case h.Object == "session" && h.Next != "":
			add(h.At, t.Wait.Paint("ready: "+widget.Clean(string(h.Next))), h.Flag)
		case h.Object == "refund" && m.ownRefund(h.ObjectID):
			b := t.Refund(h.To)
			add(h.At, b.Ink.Paint(b.Glyph+" refund "+widget.Clean(b.Word)), h.Flag)
		}
	}
	if len(out) == 0 {
		add(d.row.Created, "created", "")
	}
	return out
}

func (m *Model) ownRefund(id string) bool {
	for _, r := range m.detail.session.Refunds {
		if r.RefundID == id {
			return r.OperationID == m.detail.row.OperationID
		}
	}
	return false
}

// seconds writes a gap with a tenth of a second where it is short.
func seconds(d time.Duration) string {
	if d >= 0 && d < time.Minute && d >= time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return widget.Span(d)
}

// facts are names and values.
func (m *Model) facts() []string {
	t, r := m.deps.Theme, &m.detail.row
	var out []string
	add := func(name, value string) {
		if value != "" {
			out = append(out, "   "+t.Dim.Paint(widget.Pad(name, 10))+" "+widget.Clean(value))
		}
	}
	fee := ""
	if r.Fee != nil {
		fee = r.Fee.Format()
	}
	add("session", r.SessionID)
	add("created", r.Created.In(m.now.Location()).Format("2006-01-02 15:04:05"))
	add("fee", fee)
	add("customer", r.Customer)
	add("country", r.Country)
	add("card id", r.CardID)
	add("rrn", r.RRN)
	add("auth code", r.AuthCode)
	add("metadata", r.Metadata)
	if m.detail.session != nil {
		for _, x := range m.detail.session.Refunds {
			if x.OperationID == r.OperationID {
				name := "refund"
				if x.Chargeback {
					name = "chargeback"
				}
				add(name, x.Amount.Format()+" "+t.Refund(string(x.Status)).Text()+" "+x.RefundID)
			}
		}
	}
	if r.Version != 0 {
		add("version", r.Version.String())
	}
	return out
}

// detailHints are the ways on from here.
func (m *Model) detailHints() string {
	k, t := m.deps.Keys, m.deps.Theme
	var parts []string
	for _, h := range []page.Hint{
		{Key: k.Payouts.Session, Name: "session"}, {Key: k.Payouts.Inspect, Name: "inspect signature"}, {Key: k.Payouts.Traffic},
	} {
		parts = append(parts, t.Accent.Paint(h.Key.Label())+" "+t.Dim.Paint(h.Label()))
	}
	if m.legal(page.ActionConfirm) == "" {
		parts = append([]string{t.Accent.Paint(k.Payouts.Confirm.Label()) + " " + t.Wait.Paint("confirm")}, parts...)
	}
	return strings.Join(parts, t.Dim.Paint(" "+t.Glyphs.Dot+" "))
}
