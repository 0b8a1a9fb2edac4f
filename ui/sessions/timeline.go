package sessions

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

// columns of a line of the time line, in cells.
const (
	gapWidth  = 8
	whatWidth = 27
	roomy     = 70 // of a line that has all its columns
)

// line draws an entry in w cells.
func (m *Model) line(i, w int) string {
	t, e := m.deps.Theme, &m.detail.entries[i]
	mark := "  "
	if i == m.detail.cursor && !m.listFront() {
		mark = t.Accent.Paint(t.Glyphs.Cursor) + " "
	}
	gap := ""
	if !e.first && e.gap >= time.Millisecond {
		gap = "+" + brief(e.gap)
	}
	sign, what, ink, rest, right := m.parts(e)
	left := " " + mark + t.Dim.Paint(m.clock(e.at)) + " "
	if w >= roomy {
		left += t.Dim.Paint(widget.PadLeft(gap, gapWidth)) + " "
	}
	left += " " + sign + "  "
	room := w - widget.Width(left) - widget.Width(right) - 3
	what = widget.Clean(what)
	if len(rest) == 0 || room < whatWidth+6 {
		return widget.Ends(left+ink.Paint(widget.Cut(what, max(0, room))), right+" ", w)
	}
	width := max(whatWidth, widget.Width(what)+2)
	text := ink.Paint(widget.Cut(what, width))
	return widget.Ends(left+widget.Pad(text, min(width, room))+t.Dim.Paint(fitParts(rest, max(0, room-width))), right+" ", w)
}

// fitParts joins as many parts as fit in w cells; the first one is cut rather than left out, unless
// nothing to read would be left of it.
func fitParts(parts []string, w int) string {
	out := ""
	for i, p := range parts {
		p = widget.Clean(p)
		switch {
		case i == 0 && w < 12 && widget.Width(p) > w:
			return ""
		case i == 0:
			out = widget.Cut(p, w)
		case widget.Width(out)+2+widget.Width(p) <= w:
			out += "  " + p
		default:
			return out
		}
	}
	return out
}

// clock writes a moment to the millisecond, with its day when that is not today.
func (m *Model) clock(at time.Time) string {
	at = at.In(m.now.Location())
	if m.detail.today(m.now) {
		return at.Format("15:04:05.000")
	}
	return at.Format("01-02 15:04:05.000")
}

// today says that the whole time line is of now's day.
func (d *detail) today(now time.Time) bool {
	if len(d.entries) == 0 {
		return true
	}
	y, m, day := d.entries[0].at.In(now.Location()).Date()
	ny, nm, nday := now.Date()
	return y == ny && m == nm && day == nday
}

// brief writes a length of time in at most seven cells.
func brief(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + brief(-d)
	case d < time.Second:
		return widget.Span(d)
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return widget.Span(d)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d", int(d.Hours())/24)
}

// parts are what an entry says: a sign, what happened, details, and how it ended.
func (m *Model) parts(e *entry) (sign, what string, ink theme.Ink, rest []string, right string) {
	t := m.deps.Theme
	if e.asked > 0 {
		what, right = m.runText(e)
		return t.Glyphs.Ellipsis, what, t.Dim, nil, right
	}
	switch e.kind {
	case journal.EventRequest:
		sign, what, ink = t.Glyphs.Right, e.ex.Method, t.Strong
		rest = requestText(e.ex)
		if e.answered || e.ex.Outcome == "" {
			right = m.answer(e.ex)
		}
	case journal.EventAnswer:
		sign, what, ink, right = t.Glyphs.Left, "answer", t.Text, m.answer(e.ex)
		rest = []string{"of " + e.ex.Method}
	case journal.EventWebhook:
		sign, what, ink = t.Glyphs.Left, e.hook.Type, t.Strong
		if what == "" {
			what = "webhook that cannot be read"
		}
		rest, right = m.webhookText(e)
	case journal.EventState:
		sign, ink = " ", t.Text
		what, rest, right = m.changeText(e.change)
	}
	return sign, what, ink, rest, right
}

// runText says how often the status was asked for without any change, and when for the last time.
func (m *Model) runText(e *entry) (what, right string) {
	t, since := m.deps.Theme, m.now.Sub(e.latest.Started)
	what = "asked " + widget.Thousands(e.asked) + " times: no change"
	last := brief(since) + " ago"
	if w, _ := m.split(); w >= roomy {
		what, last = "status "+what, "last "+widget.Span(since)+" ago"
	}
	switch {
	case e.latest.Outcome == "":
		return what, t.Moves.Paint("in flight")
	case since < time.Second:
		last = "just now"
	}
	return what, t.Dim.Paint(last)
}

// requestText is a request's size, key and idempotency key.
func requestText(x *journal.ExchangeRow) []string {
	parts := []string{fmt.Sprintf("%d B", x.RequestBytes)}
	if x.Amount != nil && (x.Method == pikeapi.MethodCapture || x.Method == pikeapi.MethodRefund) {
		parts = append([]string{x.Amount.Format()}, parts...)
	}
	if x.KeyFingerprint != "" {
		parts = append(parts, "signed "+page.ShortKey(x.KeyFingerprint))
	}
	if x.IdempotencyKey != "" {
		parts = append(parts, "key "+widget.CutMiddle(x.IdempotencyKey, 7))
	}
	return parts
}

// answer is how a call ended, and how long it took.
func (m *Model) answer(x *journal.ExchangeRow) string {
	t := m.deps.Theme
	switch {
	case x.Outcome == "":
		return t.Moves.Paint("in flight")
	case x.Outcome == pikeapi.Accepted:
		return t.Good.Paint(fmt.Sprint(x.HTTPStatus)) + t.Dim.Paint(widget.PadLeft(brief(x.Latency), 8))
	}
	b := t.Outcome(string(x.Outcome))
	text := b.Text()
	if x.ErrorCode != "" {
		text = b.Glyph + " " + x.ErrorCode
	}
	if x.HTTPStatus != 0 {
		text += fmt.Sprintf("  %d", x.HTTPStatus)
	}
	return b.Ink.Paint(widget.Cut(widget.Clean(text), 40)) + t.Dim.Paint(widget.PadLeft(brief(x.Latency), 8))
}

// webhookText says what is known of a notification.
func (m *Model) webhookText(e *entry) (rest []string, right string) {
	t, w := m.deps.Theme, e.hook
	b := t.Webhook(string(w.Badge))
	if w.Badge == journal.BadgeVerified && w.Duplicate {
		b = t.Webhook("duplicate")
	} else if w.Badge == journal.BadgeVerified && w.Late {
		b = t.Webhook("late")
	}
	right = b.Ink.Paint(widget.Clean(b.Text()))
	var parts []string
	if w.Duplicate {
		text := "the same came before"
		if !e.original.IsZero() {
			text = "the same as " + m.clock(e.original)
		}
		parts = append(parts, text)
	}
	if w.Late {
		parts = append(parts, "older than what was known")
	}
	if w.Cause != "" {
		parts = append(parts, w.Cause)
	} else if w.Key != "" {
		parts = append(parts, "signed by "+w.Key)
	}
	if w.Problem != "" {
		parts = append(parts, w.Problem)
	}
	if w.ForwardStatus != 0 {
		parts = append(parts, fmt.Sprintf("forwarded: %d", w.ForwardStatus))
	} else if w.ForwardError != "" {
		parts = append(parts, "not forwarded: "+w.ForwardError)
	}
	return parts, right
}

// changeText says what changed, and what is expected then.
func (m *Model) changeText(c *journal.Transition) (what string, rest []string, right string) {
	t := m.deps.Theme
	name := c.Object
	if c.Object != "session" {
		name = c.ObjectID
	}
	from, to := words(c.From), words(c.To)
	switch {
	case c.From == "":
		what = name + " " + to
	case c.From == c.To && c.Next != "":
		what = name + " is ready"
	case c.From == c.To:
		what = name + " goes on"
	default:
		what = name + " " + from + " " + t.Glyphs.Right + " " + to
	}
	if c.Next != "" {
		rest = []string{"next: you " + string(c.Next) + " or cancel"}
	}
	if c.Flag != "" {
		right = t.Bad.Paint(t.Glyphs.Failed + " " + widget.Cut(widget.Clean(c.Flag), 48))
	} else if b := m.badge(c); b.Glyph != "" {
		right = b.Ink.Paint(b.Glyph)
	}
	return what, rest, right
}

func words(status string) string { return strings.ReplaceAll(status, "_", " ") }

// badge is the badge of what a change led to.
func (m *Model) badge(c *journal.Transition) theme.Badge {
	switch c.Object {
	case "session":
		return m.deps.Theme.Session(c.To)
	case "refund":
		return m.deps.Theme.Refund(c.To)
	}
	return m.deps.Theme.Operation(c.To)
}
