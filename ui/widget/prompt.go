package widget

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Prompt asks for a line of text: a note, a path, a name. It takes pastes. For money use
// TypeToConfirm.
type Prompt struct {
	Title string
	Text  []string
	Label string
	Value string                     // what stands there at first
	Check func(typed string) error   // nil accepts everything but nothing
	Then  func(typed string) tea.Cmd // what the text starts
	Else  tea.Cmd
	Yes   string // the button; "OK" when empty

	Secret bool // what is typed is not shown

	set  Setting
	line Line
	note string
}

// Open implements Dialog.
func (p *Prompt) Open(s Setting) { p.set = s; p.line.SetValue(p.Value) }

// Update implements Dialog.
func (p *Prompt) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	d := p.set.Keys.Dialog
	switch {
	case d.Cancel.Matches(k):
		return p.Else, true
	case d.Accept.Matches(k):
		value := p.line.Value()
		if p.Check != nil {
			if err := p.Check(value); err != nil {
				p.note = Clean(err.Error())
				return nil, false
			}
		} else if value == "" {
			p.note = "type something, or esc"
			return nil, false
		}
		return p.Then(value), true
	}
	p.note = ""
	p.line.Update(k, p.set.Keys.Text)
	return nil, false
}

// View implements Dialog.
func (p *Prompt) View(w, h int) string {
	t := p.set.Theme
	inner := min(w, dialogWidth) - 4
	lines := append([]string{""}, paragraph(p.Text, inner)...)
	if len(p.Text) > 0 {
		lines = append(lines, "")
	}
	label := p.Label
	if label != "" {
		label = Cut(label, max(0, inner-9)) + " "
	}
	line := p.line
	if p.Secret {
		line.SetValue(strings.Repeat(t.Glyphs.Dot, len(p.line.runes)))
		line.cursor = p.line.cursor
	}
	field := t.Accent.Paint(t.Glyphs.Cursor) + " " + label + line.View(t, max(1, inner-2-Width(label)), true)
	yes := p.Yes
	if yes == "" {
		yes = "OK"
	}
	keys := t.Dim.Paint(p.set.Keys.Dialog.Accept.Label() + " " + yes + "  " + p.set.Keys.Dialog.Cancel.Label() + " cancel")
	note := notes(p.note, inner)
	lines = fitDialog(lines, 3+len(note), h)
	lines = append(lines, field)
	for _, l := range note {
		lines = append(lines, t.Bad.Paint(l))
	}
	lines = append(lines, "", Ends("", keys, inner))
	return dialogBox(p.set, p.Title, lines, w, h, dialogWidth)
}
