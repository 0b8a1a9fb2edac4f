package payouts

import (
	"encoding/json"
	"fmt"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// statesWidth is how wide the states stand beside the facts, in cells.
const statesWidth = 50

// detailLines is everything that is known of the row, for w cells.
func (m *Model) detailLines(w int) []string {
	d, t := &m.detail, m.deps.Theme
	if !d.ok {
		return []string{"", "   " + t.Dim.Paint("Choose a payout to see it here.")}
	}
	lines := m.summary(w)
	states := m.states()
	if w >= 100 { // side by side
		facts := m.facts(w - statesWidth)
		for i := range max(len(states), len(facts)) {
			a, b := "", ""
			if i < len(states) {
				a = states[i]
			}
			if i < len(facts) {
				b = facts[i]
			}
			lines = append(lines, widget.Pad(a, statesWidth)+b)
		}
	} else {
		lines = append(append(append(lines, states...), ""), m.facts(w)...)
	}
	return lines
}

// nameLeast is how much of a name stays, and nameMost how much of one is told in the summary alone, in cells.
const (
	nameLeast = 8
	nameMost  = 40
)

// summary is what happened, and why.
func (m *Model) summary(w int) []string {
	t, r := m.deps.Theme, &m.detail.row
	b := t.Operation(string(r.Status))
	head := " " + b.Ink.Paint(b.Text()) + " " + t.Strong.Paint(r.Amount.Format())
	card := widget.Clean(page.CardText(r.Brand, r.BIN, r.Last4))
	if card != "" {
		card = ", " + card
	}
	if who := widget.Clean(to(r)); who != "" { // a long name is cut before the card's last digits are
		head += " to " + widget.Cut(who, max(nameLeast, w-widget.Width(head)-len(" to ")-widget.Width(card)))
	}
	lines := []string{widget.Cut(head+card, w)}
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
			for _, l := range widget.Wrap(t.Glyphs.Failed+" "+widget.Clean(flag), statesWidth-14) {
				out = append(out, "             "+t.Bad.Paint(l))
			}
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

// longestFact is as much as is shown of a value, in cells; the JSON has the rest.
const longestFact = 600

// facts are names and values, in w cells.
func (m *Model) facts(w int) []string {
	t, r := m.deps.Theme, &m.detail.row
	var out []string
	add := func(name, value string) {
		for i, l := range widget.Wrap(widget.Cut(widget.Clean(value), longestFact), max(8, w-15)) {
			if value == "" {
				return
			}
			if i > 0 {
				name = ""
			}
			out = append(out, widget.Cut("   "+t.Dim.Paint(widget.Pad(name, 10))+" "+l, w))
		}
	}
	if who := widget.Clean(to(r)); widget.Width(who) > nameMost {
		add("recipient", who)
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
	add("card id", widget.CutMiddle(widget.Clean(r.CardID), max(8, w-15)))
	add("rrn", r.RRN)
	add("auth code", r.AuthCode)
	add("metadata", metadataText(r.Metadata))
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

// metadataText is metadata for people to read: a JSON string without its quotes and escapes.
func metadataText(raw string) string {
	var text string
	if json.Unmarshal([]byte(raw), &text) != nil {
		return raw
	}
	return text
}
