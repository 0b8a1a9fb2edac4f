package overview

import (
	"strings"

	"pikedash/pikeapi"
	"pikedash/ui/widget"
)

// View implements page.Page.
func (m *Model) View() string {
	t := m.deps.Theme
	switch {
	case m.err != nil:
		lines := []string{"", "  " + t.Bad.Paint(t.Glyphs.Failed+" the journal cannot be read")}
		for _, l := range widget.Wrap(widget.Clean(m.err.Error()), max(8, m.w-4)) {
			lines = append(lines, "  "+l)
		}
		return widget.FitLines(append(lines, "", "  "+m.deps.Keys.List.Refresh.Label()+" tries again"), m.w, m.h)
	case m.stats == nil:
		return widget.FitLines([]string{"", "  " + t.Dim.Paint("reading the journal")}, m.w, m.h)
	}
	all, _ := m.body()
	top := max(0, min(m.top, len(all)-1))
	return widget.FitLines(all[top:], m.w, m.h)
}

// body is every line of the screen, and the place of the chosen one.
func (m *Model) body() (lines []string, at int) {
	if m.stats == nil {
		return nil, 0
	}
	if m.fresh() {
		lines = m.firstSteps()
	}
	w := m.columnWidth()
	blocks, link := m.blocks(w), 0
	if !m.two() {
		for _, b := range blocks {
			lines, at, link = m.draw(b, w, lines, at, link)
		}
		return lines, at
	}
	var left, right []string
	var atLeft, atRight int
	for _, b := range blocks {
		// Links are numbered in the order of the blocks, whichever column they stand in.
		if b.right {
			right, atRight, link = m.draw(b, w, right, atRight, link)
		} else {
			left, atLeft, link = m.draw(b, w, left, atLeft, link)
		}
	}
	h := max(len(left), len(right))
	both := widget.Beside(widget.Beside(widget.FitLines(left, w, h), widget.FitLines(nil, 3, h)), widget.FitLines(right, m.w-w-3, h))
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	at = len(lines) + max(atLeft, atRight)
	return append(lines, strings.Split(both, "\n")...), at
}

// draw adds a block to lines; link counts the lines that open something, at is the chosen one's place.
func (m *Model) draw(b block, w int, lines []string, at, link int) ([]string, int, int) {
	t := m.deps.Theme
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, " "+t.Title.Paint(b.title))
	for _, l := range b.lines {
		mark := "   "
		if l.opens != nil {
			if link == m.cursor {
				mark, at = " "+t.Accent.Paint(t.Glyphs.Cursor)+" ", len(lines)
			}
			link++
		}
		lines = append(lines, mark+widget.Ends(l.left, l.right+" ", max(0, w-3)))
	}
	return lines, at, link
}

// fresh says that nothing was ever done here.
func (m *Model) fresh() bool {
	return len(m.stats.Week) == 0 && m.stats.Waiting == 0 && len(m.stats.Actions) == 0
}

// firstSteps teaches the main journey.
func (m *Model) firstSteps() []string {
	t, k := m.deps.Theme, m.deps.Keys
	steps := [][2]string{
		{k.Global.Screen2.Label(), "make a payout"},
		{k.Create.TestCards.Label(), "there, choose a test card"},
		{k.Form.Submit.Label(), "send it, and watch Pike make ready"},
		{k.Sessions.Confirm.Label(), "confirm it: the money moves"},
		{k.Global.Screen3.Label(), "see it succeed in the list, by itself"},
		{k.Sessions.Inspect.Label(), "inspect the signature of anything that was sent"},
		{k.Global.Help.Label(), "all keys"},
	}
	title := "Nothing has been done here yet. The first payout:"
	if m.desk.Kind() == string(pikeapi.Sandbox) {
		title = "This is the sandbox: a Pike of your own, where no real money moves. The first payout:"
	}
	lines := []string{"", " " + t.Strong.Paint(title)}
	for _, s := range steps {
		lines = append(lines, "   "+t.Accent.Paint(widget.Pad(s[0], 8))+s[1])
	}
	return lines
}
