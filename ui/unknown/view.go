package unknown

import (
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// View draws the list above and the chosen outcome with its ways out below.
func (m *Model) View() string {
	t := m.deps.Theme
	head := widget.Ends(" "+t.Title.Paint(m.Title()), m.count(), m.w)
	lines := []string{head}
	if i := m.current(); i == nil {
		lines = append(lines, "")
		for _, l := range widget.Wrap(m.nothing(), max(1, m.w-6)) {
			lines = append(lines, "   "+t.Dim.Paint(l))
		}
	} else {
		detail := m.detail(i)
		lines = append(lines, m.list(max(1, m.h-1-len(detail)-1))...)
		lines = append(lines, widget.Rule(t, "", m.w))
		lines = append(lines, detail...)
	}
	return widget.FitLines(lines, m.w, m.h)
}

func (m *Model) count() string {
	if len(m.rows) == 0 {
		return ""
	}
	return m.deps.Theme.Unknown.Paint(widget.Thousands(len(m.rows))) + " "
}

// nothing says why there is nothing to show.
func (m *Model) nothing() string {
	switch {
	case m.err != nil:
		return "The journal could not be read: " + widget.Clean(m.err.Error())
	case !m.loaded:
		return widget.WaitText("the journal", m.since, m.since.Add(readTime), m.now)
	}
	return "Every outcome is known. A request whose answer is lost comes here and stays until it is settled."
}

// list draws at most h intents around the cursor, one line each.
func (m *Model) list(h int) []string {
	t := m.deps.Theme
	h = min(h, len(m.rows))
	top := max(0, min(m.cursor-h/2, len(m.rows)-h))
	var out []string
	for n := top; n < top+h; n++ {
		i := &m.rows[n]
		mark := "   "
		if n == m.cursor {
			mark = " " + t.Accent.Paint(t.Glyphs.Cursor) + " "
		}
		left := mark + t.Outcome(string(i.State)).String() + "   " + describe(i)
		right := t.Dim.Paint(i.Method + "   " + widget.Span(m.now.Sub(sent(i))) + " ago ")
		out = append(out, widget.Ends(left, right, m.w))
	}
	return out
}

// detail draws what is known, and the three ways out.
func (m *Model) detail(i *journal.IntentRow) []string {
	t := m.deps.Theme
	text := fmt.Sprintf("%s   sent %s", describe(i), sent(i).In(m.now.Location()).Format(time.DateTime))
	if i.Attempts > 1 {
		text += fmt.Sprintf(", %d times", i.Attempts)
	}
	if i.Reason != "" {
		text += ": " + widget.Clean(i.Reason)
	}
	badge := t.Outcome(string(i.State))
	var out []string
	for n, l := range widget.Wrap(badge.Text()+"   "+text, max(1, m.w-2)) {
		if rest, ok := strings.CutPrefix(l, badge.Text()); ok && n == 0 {
			l = badge.String() + rest
		}
		out = append(out, " "+l)
	}
	out = append(out, "")
	for _, l := range widget.Wrap("It may have been carried out. Do not send it anew: nothing like it can be sent until this is settled.", max(1, m.w-4)) {
		out = append(out, "   "+t.Wait.Paint(l))
	}
	k := m.deps.Keys.Unknown
	out = append(out,
		m.way(page.Hint{Key: k.Ask, Off: m.askOff()}, "ask for the session's status", "the session's id is known: "+widget.Clean(i.SessionID)),
		m.way(page.Hint{Key: k.Resend, Off: m.resendOff()}, "send the same bytes, same key", "cannot pay twice; the key lives another "+widget.Span(i.ResendUntil.Sub(m.now))),
		m.way(page.Hint{Key: k.Resolve, Off: m.busyOff()}, "mark as resolved by hand", "asks for a note"))
	facts := fmt.Sprintf("%s %s   sha256 %s", i.Method, i.Version, i.Digest.Short())
	if i.IdempotencyKey != "" {
		facts += "   key " + widget.CutMiddle(widget.Clean(i.IdempotencyKey), 12)
	}
	return append(out, "", "   "+t.Dim.Paint(widget.Cut(facts, max(0, m.w-4))))
}

// way draws one way out: dimmed with its reason when it is closed.
func (m *Model) way(h page.Hint, what, why string) string {
	t := m.deps.Theme
	line := "   " + t.Accent.Paint(h.Key.Label()) + "  "
	if h.Off != "" {
		return line + t.Dim.Paint(widget.Pad(what, 34)+h.Off)
	}
	return line + widget.Pad(what, 34) + t.Dim.Paint(why)
}
