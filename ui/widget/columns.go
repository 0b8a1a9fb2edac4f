package widget

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

// ColumnsDialog lets the user choose, order and size a table's columns. Then gets the new arrangement.
type ColumnsDialog struct {
	States []ColumnState
	Then   func([]ColumnState) tea.Cmd

	set    Setting
	cursor int
	note   string
}

// Open implements Dialog.
func (c *ColumnsDialog) Open(s Setting) {
	c.set = s
	c.States = append([]ColumnState(nil), c.States...)
}

// Update implements Dialog.
func (c *ColumnsDialog) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok || len(c.States) == 0 {
		return nil, ok
	}
	m := c.set.Keys
	c.note = ""
	switch {
	case m.Dialog.Cancel.Matches(k):
		return nil, true
	case m.Dialog.Accept.Matches(k):
		return c.Then(c.States), true
	case m.List.Mark.Matches(k):
		c.toggle()
	case m.List.PrevTab.Matches(k):
		c.shift(-1)
	case m.List.NextTab.Matches(k):
		c.shift(1)
	case m.Form.Left.Matches(k):
		c.widen(-1)
	case m.Form.Right.Matches(k):
		c.widen(1)
	default:
		c.cursor, _ = MoveCursor(m.Move, k, c.cursor, len(c.States), 10)
	}
	return nil, false
}

// toggle goes from shown where there is room, to hidden, to shown always.
func (c *ColumnsDialog) toggle() {
	shown := 0
	for _, s := range c.States {
		if !s.Hidden {
			shown++
		}
	}
	s := &c.States[c.cursor]
	switch {
	case s.Hidden:
		s.Hidden, s.Always = false, true
	case s.Always:
		s.Always = false
	case shown == 1:
		c.note = "one column has to stay"
	default:
		s.Hidden = true
	}
}

func (c *ColumnsDialog) shift(by int) {
	to := c.cursor + by
	if to < 0 || to >= len(c.States) {
		return
	}
	c.States[c.cursor], c.States[to] = c.States[to], c.States[c.cursor]
	c.cursor = to
}

// widen changes a column's width; the first change starts from the width of its title.
func (c *ColumnsDialog) widen(by int) {
	s := &c.States[c.cursor]
	if s.Width == 0 {
		s.Width = max(s.Own, Width(s.Title))
	}
	s.Width = clamp(s.Width+by, 3, 80)
}

// View implements Dialog.
func (c *ColumnsDialog) View(w, h int) string {
	t, m := c.set.Theme, c.set.Keys
	inner := min(w, columnsWidth) - 4
	keys := Wrap(fmt.Sprintf("%s hide, always, show   %s %s order   %s %s width   %s keep", m.List.Mark.Label(), m.List.PrevTab.Label(),
		m.List.NextTab.Label(), m.Form.Left.Label(), m.Form.Right.Label(), m.Dialog.Accept.Label()), max(1, inner))
	room := max(1, h-5-len(keys))
	top := scrollTop(c.cursor, len(c.States), min(room, len(c.States)))
	var lines []string
	for i := top; i < len(c.States) && i < top+room; i++ {
		s := c.States[i]
		mark, box := "  ", "[x] "
		if i == c.cursor {
			mark = t.Accent.Paint(t.Glyphs.Cursor) + " "
		}
		note := ""
		switch {
		case s.Hidden:
			box = "[ ] "
		case s.Always:
			box, note = "[!] ", "always   "
		case s.Absent:
			note = "no room now   "
		}
		width := "own width"
		if s.Width > 0 {
			width = fmt.Sprintf("%d cells", s.Width)
		}
		lines = append(lines, Ends(mark+box+Clean(s.Title), t.Dim.Paint(note+width), inner))
	}
	lines = append(lines, t.Wait.Paint(c.note))
	for _, l := range keys {
		lines = append(lines, t.Dim.Paint(l))
	}
	return dialogBox(c.set, "columns", lines, w, h, columnsWidth)
}

// columnsWidth is how wide the dialog likes to be, in cells.
const columnsWidth = 66

// Progress shows work that takes long. The screen that does the work keeps the pointer and calls Set
// and Finish from its Update; esc asks the work to stop.
type Progress struct {
	Title string
	Stop  func() tea.Cmd // what esc starts; nil when it cannot be stopped

	set         Setting
	text        string
	part, whole float64
	finished    bool
	stopping    bool
}

// Open implements Dialog.
func (p *Progress) Open(s Setting) { p.set = s }

// Set tells how far the work is; whole 0 means that nobody knows.
func (p *Progress) Set(text string, part, whole float64) { p.text, p.part, p.whole = text, part, whole }

// Finish closes the dialog at the next message, which may be the one that is being handled.
func (p *Progress) Finish() { p.finished = true }

// Update implements Dialog.
func (p *Progress) Update(msg tea.Msg) (tea.Cmd, bool) {
	if p.finished {
		return nil, true
	}
	k, ok := msg.(tea.KeyMsg)
	if ok && p.set.Keys.Dialog.Cancel.Matches(k) && p.Stop != nil && !p.stopping {
		p.stopping = true
		return p.Stop(), false
	}
	return nil, false
}

// View implements Dialog.
func (p *Progress) View(w, h int) string {
	t := p.set.Theme
	inner := min(w, 64) - 4
	lines := append([]string{""}, paragraph([]string{p.text}, inner)...)
	if p.whole > 0 {
		label := fmt.Sprintf(" %3.0f %%", 100*p.part/p.whole)
		lines = append(lines, Meter(t, t.Moves, p.part, p.whole, max(1, inner-Width(label)))+label)
	}
	hint := ""
	if p.Stop != nil {
		hint = p.set.Keys.Dialog.Cancel.Label() + " stops"
	}
	if p.stopping {
		hint = "stopping"
	}
	lines = append(lines, "", t.Dim.Paint(hint))
	return dialogBox(p.set, p.Title, lines, w, h, 64)
}
