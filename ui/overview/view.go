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
	lines := all[top:]
	if len(lines) > m.h && m.h > 1 { // the last line in sight tells of the others
		lines = lines[: m.h-1 : m.h-1]
		more := widget.Plural(len(all)-top-len(lines), "more line", "more lines") + ": " + m.deps.Keys.List.NextPane.Label() + " goes on"
		lines = append(lines, "   "+t.Dim.Paint(widget.Cut(more, max(0, m.w-3))))
	}
	return widget.FitLines(lines, m.w, m.h)
}

// spot is where a line that opens something stands.
type spot struct {
	y     int
	right bool // in the right column
	block int  // of which it is a line
	name  string
}

// columnGap is between the two columns, in cells.
const columnGap = 3

// body is every line of the screen, and where its links stand.
func (m *Model) body() (lines []string, spots []spot) {
	if m.stats == nil {
		return nil, nil
	}
	if m.fresh() {
		lines = m.firstSteps()
	}
	w := m.columnWidth()
	if !m.two() {
		for i, b := range m.blocks(w) {
			lines, spots = m.draw(b, i, w, lines, spots)
		}
		return lines, spots
	}
	var left, right []string
	for i, b := range m.blocks(w) {
		// Links are numbered in the order of the blocks, whichever column they stand in.
		if b.right {
			right, spots = m.draw(b, i, w, right, spots)
		} else {
			left, spots = m.draw(b, i, w, left, spots)
		}
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	for i := range spots {
		spots[i].y += len(lines)
	}
	h := max(len(left), len(right))
	both := widget.Beside(widget.FitLines(left, w+columnGap, h), widget.FitLines(right, m.w-w-columnGap, h))
	return append(lines, strings.Split(both, "\n")...), spots
}

// draw adds a block to lines, and where its links stand to spots.
func (m *Model) draw(b block, n, w int, lines []string, spots []spot) ([]string, []spot) {
	t := m.deps.Theme
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, " "+t.Title.Paint(b.title))
	for _, l := range b.lines {
		mark := "   "
		if l.opens != nil {
			if len(spots) == m.cursor {
				mark = " " + t.Accent.Paint(t.Glyphs.Cursor) + " "
			}
			spots = append(spots, spot{len(lines), b.right, n, l.name})
		}
		lines = append(lines, mark+widget.Ends(l.left, l.right+" ", max(0, w-3)))
	}
	return lines, spots
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
	lines := []string{""}
	for _, l := range widget.Wrap(title, max(8, m.w-2)) {
		lines = append(lines, " "+t.Strong.Paint(l))
	}
	for _, s := range steps {
		lines = append(lines, "   "+t.Accent.Paint(widget.Pad(s[0], 8))+s[1])
	}
	return lines
}
