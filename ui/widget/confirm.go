package widget

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
)

// dialogWidth is how wide dialogs like to be, in cells.
const dialogWidth = 88

// Confirm asks yes or no. Cancel has the focus. It is deaf after opening, to pasted text and to held
// keys, and its key is never the one that opened it.
type Confirm struct {
	Title string
	Text  []string // sentences; the first says what will happen
	Warn  []string // sentences that are loud, such as an earlier payout like this one
	Yes   string   // the button, such as "Send"
	Then  tea.Cmd  // what yes starts
	Else  tea.Cmd  // what cancel starts; may be nil

	guard guard
	arm   arm
	onYes bool
	note  string
}

// Open implements Dialog.
func (c *Confirm) Open(s Setting) {
	c.guard = newGuard(s)
	c.guard.quiet = true
}

// yesKey is the key that says yes: not the one that opened the dialog.
func (c *Confirm) yesKey() keymap.Binding {
	d := c.guard.Keys.Dialog
	for _, k := range d.Yes.Keys() {
		if k == c.guard.Opener {
			return d.YesToo
		}
	}
	return d.Yes
}

// Update implements Dialog.
func (c *Confirm) Update(msg tea.Msg) (tea.Cmd, bool) {
	if c.arm.fires(msg) {
		return c.Then, true
	}
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	if c.arm.off() {
		c.guard.deafen(k.String())
		c.note = "keys came too fast: nothing was done"
		return nil, false
	}
	switch c.guard.hear(k) {
	case ignored:
		return nil, false
	case pasted:
		c.note = "pasted text is not taken here"
		return nil, false
	}
	return c.key(k)
}

func (c *Confirm) key(k tea.KeyMsg) (tea.Cmd, bool) {
	d := c.guard.Keys.Dialog
	c.note = ""
	switch {
	case c.yesKey().Matches(k):
		return c.arm.set(), false
	case d.Cancel.Matches(k), d.No.Matches(k):
		return c.Else, true
	case d.Next.Matches(k), d.Prev.Matches(k):
		c.onYes = !c.onYes
	case d.Accept.Matches(k) && c.onYes:
		return c.arm.set(), false
	case d.Accept.Matches(k):
		return c.Else, true
	}
	return nil, false
}

// View implements Dialog.
func (c *Confirm) View(w, h int) string {
	t := c.guard.Theme
	inner := min(w, dialogWidth) - 4
	lines := append([]string{""}, paragraph(c.Text, inner)...)
	for _, l := range paragraph(c.Warn, inner) {
		lines = append(lines, t.Wait.Paint(l))
	}
	lines = append(lines, "")
	yes := c.Yes
	if yes == "" {
		yes = "Yes"
	}
	buttons := button(t, "Cancel", !c.onYes) + "  " + button(t, yes+"  "+c.yesKey().Label(), c.onYes)
	lines = fitDialog(lines, 2, h)
	lines = append(lines, Ends(t.Wait.Paint(c.note), buttons, inner), "")
	return dialogBox(c.guard.Setting, c.Title, lines, w, h, dialogWidth)
}

// paragraph wraps sentences, each on lines of its own.
func paragraph(text []string, w int) []string {
	var out []string
	for _, s := range text {
		out = append(out, Wrap(Clean(s), w)...)
	}
	return out
}

// fitDialog drops lines of text so that more lines still fit in h; buttons are never dropped.
func fitDialog(lines []string, more, h int) []string {
	room := max(0, h-2-more)
	if len(lines) <= room {
		return lines
	}
	if len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	if len(lines) > room {
		lines = lines[:room]
	}
	return lines
}

// TypeToConfirm asks for a text to be typed, such as an amount or the word LIVE. Cancel has the focus
// until the text is right. It hears no paste and no held key.
type TypeToConfirm struct {
	Title string
	Text  []string
	Warn  []string
	Label string                     // such as "Type the amount to send:"
	Yes   string                     // the button, such as "Send"
	Check func(typed string) error   // nil when the text is right; called on each key, must be quick
	Then  func(typed string) tea.Cmd // what the right text starts
	Else  tea.Cmd

	guard guard
	arm   arm
	line  Line
	note  string
}

// Open implements Dialog.
func (c *TypeToConfirm) Open(s Setting) { c.guard = newGuard(s); c.line.Limit = 200 }

// Update implements Dialog.
func (c *TypeToConfirm) Update(msg tea.Msg) (tea.Cmd, bool) {
	if c.arm.fires(msg) {
		return c.Then(c.line.Value()), true
	}
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	if c.arm.off() {
		c.guard.deafen(k.String())
		c.note = "keys came too fast: nothing was done"
		return nil, false
	}
	switch c.guard.hear(k) {
	case ignored:
		return nil, false
	case pasted:
		c.note = "pasted text is not taken here: type it"
		return nil, false
	}
	return c.key(k)
}

func (c *TypeToConfirm) key(k tea.KeyMsg) (tea.Cmd, bool) {
	d := c.guard.Keys.Dialog
	c.note = ""
	switch {
	case d.Cancel.Matches(k):
		return c.Else, true
	case d.Accept.Matches(k) && c.line.Empty():
		return c.Else, true
	case d.Accept.Matches(k):
		if err := c.Check(c.line.Value()); err != nil {
			c.note = Clean(err.Error())
			return nil, false
		}
		return c.arm.set(), false
	}
	c.line.Update(k, c.guard.Keys.Text)
	return nil, false
}

// View implements Dialog.
func (c *TypeToConfirm) View(w, h int) string {
	t := c.guard.Theme
	inner := min(w, dialogWidth) - 4
	lines := append([]string{""}, paragraph(c.Text, inner)...)
	for _, l := range paragraph(c.Warn, inner) {
		lines = append(lines, t.Wait.Paint(l))
	}
	lines = append(lines, "")
	right := !c.line.Empty() && c.Check(c.line.Value()) == nil
	buttons := button(t, "Cancel", !right)
	if right {
		buttons += " " + button(t, c.Yes, true)
	}
	label := Cut(c.Label, inner) + " "
	field := c.line.View(t, max(8, min(24, inner-Width(label)-Width(buttons)-1)), true)
	tail := []string{Ends(label+field, buttons, inner)}
	if Width(label)+Width(buttons)+10 > inner {
		tail = []string{label, field, buttons}
	}
	note := Wrap(c.note, inner)
	lines = fitDialog(lines, len(tail)+max(1, len(note)), h)
	lines = append(lines, tail...)
	for _, l := range note {
		lines = append(lines, t.Bad.Paint(l))
	}
	return dialogBox(c.guard.Setting, c.Title, lines, w, h, dialogWidth)
}
