package widget

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"
)

// PaletteEntry is a line of the palette.
type PaletteEntry struct {
	Title  string
	Detail string
	Key    string // the key that does the same
	Off    string // why it cannot be chosen now
	Then   tea.Cmd
}

// Palette finds any action by a few of its letters.
type Palette struct {
	Entries []PaletteEntry

	set    Setting
	line   Line
	cursor int
	found  []int
	note   string
}

// Open implements Dialog.
func (p *Palette) Open(s Setting) { p.set = s; p.narrow() }

// String and Len make Palette a fuzzy.Source.
func (p *Palette) String(i int) string { return p.Entries[i].Title + " " + p.Entries[i].Detail }

// Len is the number of entries.
func (p *Palette) Len() int { return len(p.Entries) }

// narrow finds what fits the typed letters: the best first; everything when nothing was typed.
func (p *Palette) narrow() {
	p.cursor, p.found, p.note = 0, nil, ""
	if p.line.Empty() {
		for i := range p.Entries {
			p.found = append(p.found, i)
		}
		return
	}
	for _, m := range fuzzy.FindFrom(p.line.Value(), p) {
		p.found = append(p.found, m.Index)
	}
}

// Update implements Dialog.
func (p *Palette) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	d := p.set.Keys.Dialog
	switch {
	case d.Cancel.Matches(k), p.set.Keys.Always.Palette.Matches(k):
		return nil, true
	case d.Accept.Matches(k):
		if p.cursor >= len(p.found) {
			return nil, false
		}
		e := p.Entries[p.found[p.cursor]]
		if e.Off != "" {
			p.note = e.Title + ": " + e.Off
			return nil, false
		}
		return e.Then, true
	}
	if to, ok := MoveCursor(p.set.Keys.Scroll, k, p.cursor, len(p.found), 10); ok && !p.set.Keys.Text.KillBefore.Matches(k) {
		p.cursor, p.note = to, ""
		return nil, false
	}
	old := p.line.Value()
	p.line.Update(k, p.set.Keys.Text)
	if p.line.Value() != old {
		p.narrow()
	}
	return nil, false
}

// View implements Dialog.
func (p *Palette) View(w, h int) string {
	t := p.set.Theme
	inner := min(w, paletteWidth) - 4
	lines := []string{t.Accent.Paint(":") + " " + p.line.View(t, max(1, inner-2), true)}
	room := clamp(h-6, 1, 16)
	top := scrollTop(p.cursor, len(p.found), min(room, len(p.found)))
	for i := top; i < len(p.found) && i < top+room; i++ {
		lines = append(lines, p.row(p.Entries[p.found[i]], i == p.cursor, inner))
	}
	if len(p.found) == 0 {
		lines = append(lines, t.Dim.Paint("nothing fits"))
	}
	for _, l := range notes(p.note, inner) {
		lines = append(lines, t.Wait.Paint(l))
	}
	return dialogBox(p.set, "palette", lines, w, h, paletteWidth)
}

// paletteWidth is how wide the palette likes to be, and paletteTitles how wide its titles are, in cells.
const (
	paletteWidth  = 108
	paletteTitles = 18
)

func (p *Palette) row(e PaletteEntry, here bool, w int) string {
	return menuRow(p.set, Item{Title: e.Title, Detail: e.Detail, Key: e.Key, Off: e.Off}, here, paletteTitles, w)
}
