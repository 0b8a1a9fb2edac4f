package unknown

import (
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// low is the height below which there is no list, only the chosen outcome.
const low = 12

// View draws the list above and the chosen outcome with its ways out below.
func (m *Model) View() string {
	t := m.deps.Theme
	lines := []string{widget.Ends(" "+t.Title.Paint(m.Title()), m.count(), m.w)}
	i := m.current()
	switch {
	case i == nil:
		lines = append(lines, "")
		for _, l := range widget.Wrap(m.nothing(), max(1, m.w-6)) {
			lines = append(lines, "   "+t.Dim.Paint(l))
		}
	case m.h < low:
		lines = append(lines, m.detail(i, m.h-1)...)
	default:
		lines = append(lines, m.list()...)
		lines = append(lines, widget.Rule(t, "", m.w))
		lines = append(lines, m.detail(i, m.h-len(lines))...)
	}
	return widget.FitLines(lines, m.w, m.h)
}

func (m *Model) count() string {
	if len(m.rows) == 0 {
		return ""
	}
	text := widget.Thousands(len(m.rows))
	if m.h < low {
		text = widget.Thousands(m.cursor+1) + " of " + text
	}
	return m.deps.Theme.Unknown.Paint(text) + " "
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

// inSight is how many outcomes are listed, and the first of them.
func (m *Model) inSight() (top, n int) {
	if m.h < low {
		return 0, 0
	}
	n = min(len(m.rows), max(1, m.h/4))
	return max(0, min(m.cursor-n/2, len(m.rows)-n)), n
}

// list draws the outcomes around the cursor, one line each.
func (m *Model) list() []string {
	t := m.deps.Theme
	top, h := m.inSight()
	var out []string
	for n := top; n < top+h; n++ {
		i := &m.rows[n]
		mark := "   "
		if n == m.cursor {
			mark = " " + t.Accent.Paint(t.Glyphs.Cursor) + " "
		}
		left := mark + t.Outcome(string(i.State)).String() + "   " + describe(i)
		age := widget.Span(m.now.Sub(sent(i))) + " ago "
		right := t.Dim.Paint(widget.Clean(i.Method) + "   " + age)
		if widget.Width(left)+1+widget.Width(right) > m.w {
			right = t.Dim.Paint(age)
		}
		out = append(out, widget.Ends(left, right, m.w))
	}
	return out
}

// block is a part of the detail. Where there is no room, blocks are shortened to their first line and
// then left out, the highest rank first; rank 0 stays.
type block struct {
	rank  int
	lines []string
}

// detail draws what is known, what to do next, and the three ways out, in at most h lines.
func (m *Model) detail(i *journal.IntentRow, h int) []string {
	blocks := []block{
		{1, m.what(i)}, {6, []string{""}}, {2, m.paragraph(m.deps.Theme.Wait.Paint, "It may have been carried out. Do not send it anew: nothing like it can be sent until this is settled.")},
		{3, m.paragraph(m.deps.Theme.Strong.Paint, i.NextStep(m.now))}, {5, []string{""}}, {0, m.ways(i, true)}, {6, []string{""}}, {4, m.facts(i)},
	}
	for rank := 6; height(blocks) > h && rank > 0; rank-- {
		for n := range blocks {
			if blocks[n].rank == rank && rank > 3 {
				blocks[n].lines = nil
			}
		}
	}
	if height(blocks) > h {
		blocks[5].lines = m.ways(i, false)
	}
	for rank := 3; height(blocks) > h && rank > 0; rank-- {
		for n := range blocks {
			if blocks[n].rank == rank && len(blocks[n].lines) > 1 {
				first := widget.Cut(blocks[n].lines[0], max(0, m.w-2))
				blocks[n].lines = []string{first + " " + m.deps.Theme.Glyphs.Ellipsis}
			}
		}
	}
	for rank := 3; height(blocks) > h && rank > 0; rank-- {
		for n := range blocks {
			if blocks[n].rank == rank {
				blocks[n].lines = nil
			}
		}
	}
	var out []string
	for _, b := range blocks {
		out = append(out, b.lines...)
	}
	return out
}

func height(blocks []block) int {
	n := 0
	for _, b := range blocks {
		n += len(b.lines)
	}
	return n
}

func (m *Model) paragraph(paint func(string) string, text string) []string {
	var out []string
	for _, l := range widget.Wrap(widget.Clean(text), max(1, m.w-4)) {
		out = append(out, "   "+paint(l))
	}
	return out
}

// what says what was sent, to whom, how much, when, and what went wrong.
func (m *Model) what(i *journal.IntentRow) []string {
	text := fmt.Sprintf("%s   sent %s", describe(i), sent(i).In(m.now.Location()).Format(time.DateTime))
	if i.Attempts > 1 {
		text += fmt.Sprintf(", %d times", i.Attempts)
	}
	if reason, _, _ := strings.Cut(i.Reason, "; the outcome is unknown"); reason != "" { // that is said beneath
		text += "   " + widget.Clean(reason)
	}
	badge := m.deps.Theme.Outcome(string(i.State))
	var out []string
	for n, l := range widget.Wrap(badge.Text()+"   "+text, max(1, m.w-2)) {
		if rest, ok := strings.CutPrefix(l, badge.Text()); ok && n == 0 {
			l = badge.String() + rest
		}
		out = append(out, " "+l)
	}
	return out
}

// ways are the three ways out. Reasons that do not fit are wrapped where there is room for that.
func (m *Model) ways(i *journal.IntentRow, wrap bool) []string {
	k := m.deps.Keys.Unknown
	return append(append(
		m.way(wrap, page.Hint{Key: k.Ask, Off: m.askOff()}, "ask for the session's status", "the session's id is known: "+widget.Clean(i.SessionID)),
		m.way(wrap, page.Hint{Key: k.Resend, Off: m.resendOff()}, "send the same bytes, same key", "cannot pay twice; the key lives another "+widget.Span(i.ResendUntil.Sub(m.now)))...),
		m.way(wrap, page.Hint{Key: k.Resolve, Off: m.busyOff()}, "mark as resolved by hand", "asks for a note")...)
}

// way draws one way out: dimmed with its reason when it is closed.
func (m *Model) way(wrap bool, h page.Hint, what, why string) []string {
	const indent, column = 6, 32
	t := m.deps.Theme
	line := "   " + t.Accent.Paint(h.Key.Label()) + widget.Blanks(max(1, 3-widget.Width(h.Key.Label())))
	name := widget.Pad(what, column)
	if h.Off != "" {
		why, name = widget.Clean(h.Off), t.Dim.Paint(name)
	}
	room := m.w - indent - column - 1
	if !wrap || widget.Width(why) <= room {
		return []string{line + name + t.Dim.Paint(why)}
	}
	if room < 30 { // the reason gets lines of its own
		out := []string{line + name}
		for _, l := range widget.Wrap(why, max(1, m.w-indent-3)) {
			out = append(out, widget.Blanks(indent+2)+t.Dim.Paint(l))
		}
		return out
	}
	var out []string
	for n, l := range widget.Wrap(why, room) {
		if n == 0 {
			out = append(out, line+name+t.Dim.Paint(l))
			continue
		}
		out = append(out, widget.Blanks(indent+column)+t.Dim.Paint(l))
	}
	return out
}

// facts name the request for comparing it with Pike's records.
func (m *Model) facts(i *journal.IntentRow) []string {
	t := m.deps.Theme
	text := fmt.Sprintf("%s %s   project %s", widget.Clean(i.Method), i.Version, widget.Clean(i.Project))
	if i.HTTPStatus != 0 {
		text += fmt.Sprintf("   last answer HTTP %d %s", i.HTTPStatus, widget.Clean(i.ErrorCode))
	}
	if i.ExchangeID != 0 {
		text += fmt.Sprintf("   exchange %d", i.ExchangeID)
	}
	lines := []string{text, "sha256 " + i.Digest.String()}
	if i.IdempotencyKey != "" {
		lines = append(lines, "key    "+widget.Clean(i.IdempotencyKey))
	}
	for n, l := range lines {
		lines[n] = "   " + t.Dim.Paint(widget.Cut(l, max(0, m.w-4)))
	}
	return lines
}
