package widget

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Item is a line of a menu.
type Item struct {
	Title  string
	Detail string // dim, after the title
	Off    string // why it cannot be chosen
	Key    string // shown on the right; the menu does not listen to it
	Then   tea.Cmd
}

// Menu chooses one of several lines. With Search, letters narrow it and only the arrows move.
type Menu struct {
	Title  string
	Text   []string
	Items  []Item
	Search bool
	Empty  string // said when there is nothing to choose
	At     int    // the line that has the cursor at first

	set    Setting
	line   Line
	cursor int
	note   string
}

// Open implements Dialog.
func (m *Menu) Open(s Setting) {
	m.set = s
	m.cursor = clamp(m.At, 0, max(0, len(m.Items)-1))
}

// shown returns the indexes of the items that match what was typed.
func (m *Menu) shown() []int {
	out := make([]int, 0, len(m.Items))
	want := strings.Fields(strings.ToLower(m.line.Value()))
	for i, it := range m.Items {
		text := strings.ToLower(it.Title + " " + it.Detail)
		ok := true
		for _, word := range want {
			ok = ok && strings.Contains(text, word)
		}
		if ok {
			out = append(out, i)
		}
	}
	return out
}

// Update implements Dialog.
func (m *Menu) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	shown := m.shown()
	d := m.set.Keys.Dialog
	m.note = ""
	switch {
	case d.Cancel.Matches(k):
		return nil, true
	case d.Accept.Matches(k):
		if m.cursor >= len(shown) {
			return nil, false
		}
		it := m.Items[shown[m.cursor]]
		if it.Off != "" {
			m.note = it.Off
			return nil, false
		}
		return it.Then, true
	}
	moves := m.set.Keys.Move
	if m.Search {
		moves = m.set.Keys.Scroll
	}
	if to, ok := MoveCursor(moves, k, m.cursor, len(shown), 10); ok {
		m.cursor = to
	} else if m.Search && m.line.Update(k, m.set.Keys.Text) {
		m.cursor = 0
	}
	return nil, false
}

// View implements Dialog.
func (m *Menu) View(w, h int) string {
	t := m.set.Theme
	like := m.likes()
	inner := min(w, like) - 4
	head := paragraph(m.Text, inner)
	if m.Search {
		head = append(head, "/ "+m.line.View(t, max(1, inner-2), true))
	}
	shown := m.shown()
	tail := notes(m.note, inner)
	room := max(1, h-2-len(head)-len(tail))
	top := scrollTop(m.cursor, len(shown), min(room, len(shown)))
	lines := head
	for i := top; i < len(shown) && i < top+room; i++ {
		lines = append(lines, m.row(m.Items[shown[i]], i == m.cursor, inner))
	}
	if len(shown) == 0 {
		lines = append(lines, t.Dim.Paint(m.emptyText()))
	}
	for _, l := range tail {
		lines = append(lines, t.Wait.Paint(l))
	}
	return dialogBox(m.set, m.Title, lines, w, h, like)
}

func (m *Menu) emptyText() string {
	if m.Empty != "" && m.line.Empty() {
		return m.Empty
	}
	return "nothing fits"
}

// How wide the lines of a menu may make it, how far a title may push the details to the right, and from which
// width on details stand below each other, in cells.
const (
	menuMost  = 140
	titleMost = 34
	linedUp   = 72
)

// titles is how wide the titles before a detail are, so that the details stand below each other.
func (m *Menu) titles() int {
	wide := 0
	for i := range m.Items {
		if n := Width(Clean(m.Items[i].Title)); n <= titleMost && (m.Items[i].Detail != "" || m.Items[i].Off != "") {
			wide = max(wide, n)
		}
	}
	return wide
}

// likes is how wide the menu likes to be: as wide as a dialog, and wider where its lines need that.
func (m *Menu) likes() int {
	wide, titles := dialogWidth, m.titles()
	for i := range m.Items {
		it := &m.Items[i]
		detail := Width(Clean(it.Detail))
		if it.Off != "" {
			detail = Width(Clean(it.Off))
		}
		wide = max(wide, 4+2+max(titles, Width(Clean(it.Title)))+2+detail+1+Width(it.Key))
	}
	return min(wide, menuMost)
}

func (m *Menu) row(it Item, here bool, w int) string { return menuRow(m.set, it, here, m.titles(), w) }

// menuRow draws a line: its title, what there is to say of it from behind the widest title on, its key.
func menuRow(set Setting, it Item, here bool, titles, w int) string {
	t := set.Theme
	mark, ink := "  ", t.Text
	if here {
		mark, ink = t.Accent.Paint(t.Glyphs.Cursor)+" ", t.Strong
	}
	if it.Off != "" {
		ink, it.Detail = t.Dim, it.Off
	}
	title := Cut(Clean(it.Title), max(0, w-2))
	left := mark + ink.Paint(title)
	lead := max(0, titles-Width(title))
	if w < linedUp {
		lead = 0 // what is said is worth more than that it lines up
	}
	room := w - 2 - Width(title) - lead - 2 - Width(it.Key) - 1
	if it.Detail != "" && room > 3 {
		left += Blanks(lead+2) + t.Dim.Paint(Cut(Clean(it.Detail), room))
	}
	return Ends(left, t.Accent.Paint(it.Key), w)
}
