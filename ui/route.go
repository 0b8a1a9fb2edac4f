package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/page"
)

// Update routes a message. Keys go, in this order:
//
//  1. size, quitting, suspending: always the App's; no other where the terminal is too small to draw in
//  2. the dialog in front
//  3. the screen, while text is being typed in it
//  4. keys that work everywhere, but for those that the screen offers for something else
//  5. the screen
//
// Answers of another environment and answers that were superseded are dropped. Everything else goes to
// the App's own handlers, then to all dialogs and all living screens.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if a.crash != "" {
		return a, tea.Quit
	}
	cmd := a.guard(func() tea.Cmd {
		cmd := a.route(msg)
		return tea.Batch(cmd, a.retitle(), a.hurry())
	})
	return a, cmd
}

// hurry starts a quick tick when something has begun to be waited for.
func (a *App) hurry() tea.Cmd {
	if a.fast || !a.waiting() {
		return nil
	}
	a.fast = true
	clock := a.deps.Now
	return a.after(quickTick, func() tea.Msg { return nudgeMsg{clock()} })
}

func (a *App) route(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		return a.onSize(m)
	case tea.KeyMsg:
		return a.onKey(m)
	case tea.MouseMsg:
		return a.onMouse(m)
	}
	if stamped, ok := msg.(page.Stamped); ok {
		if fresh, foreign := a.deps.Stamps.Fresh(stamped.Answers()); !fresh {
			return a.stale(msg, foreign)
		}
	}
	if cmd, mine := a.own(msg); mine {
		return cmd
	}
	return tea.Batch(a.broadcast(msg), a.dialogs.Update(msg))
}

// stale drops an answer; what the operator must know of it is said.
func (a *App) stale(msg tea.Msg, foreign bool) tea.Cmd {
	if late, ok := msg.(page.Late); ok && foreign {
		a.notice(page.Warning, late.TooLate())
	}
	return nil
}

// onKey takes the keys that are always the App's, then gives the key on.
func (a *App) onKey(msg tea.KeyMsg) tea.Cmd {
	k := a.deps.Keys.Always
	a.toasts.Pressed(a.now)
	a.touched = true
	switch {
	case k.Quit.Matches(msg):
		return a.quit()
	case k.Suspend.Matches(msg):
		return suspend()
	}
	if a.w > 0 && a.small() {
		return nil // nothing is drawn: an answer would be given blindly
	}
	a.lastKey = msg.String()
	if a.dialogs.Open() {
		cmd := a.dialogs.Key(msg)
		a.quitAsked = a.quitAsked && a.dialogs.Open()
		return cmd
	}
	// Keys that arrive in one read come as one message; each is a key of its own.
	if msg.Type == tea.KeyRunes && len(msg.Runes) > 1 && !msg.Paste && !msg.Alt {
		var cmds []tea.Cmd
		for _, r := range msg.Runes {
			one := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
			if r == ' ' {
				one.Type = tea.KeySpace
			}
			cmds = append(cmds, a.screenKey(one))
		}
		return tea.Sequence(cmds...)
	}
	return a.screenKey(msg)
}

// screenKey routes a key while no dialog is open.
func (a *App) screenKey(msg tea.KeyMsg) tea.Cmd {
	if a.deps.Keys.Always.Palette.Matches(msg) {
		return a.openPalette()
	}
	p := a.page()
	if p != nil && p.CapturesKeys() {
		return a.pageKey(p, msg)
	}
	if cmd, took := a.globalKey(msg); took {
		return cmd
	}
	if p == nil {
		return nil
	}
	return a.pageKey(p, msg)
}

// pageKey gives a key to the screen, unless it stands for something that cannot be done now: then it
// says why.
func (a *App) pageKey(p page.Page, msg tea.KeyMsg) tea.Cmd {
	letters := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace
	if letters && p.CapturesKeys() {
		return p.Update(msg) // it is text
	}
	for _, h := range p.Help() {
		if h.Off != "" && h.Key.Matches(msg) {
			a.notice(page.Warning, h.Label()+": "+h.Off)
			return nil
		}
	}
	return p.Update(msg)
}

// globalKey carries out the keys that work everywhere; it says whether it was one.
func (a *App) globalKey(msg tea.KeyMsg) (tea.Cmd, bool) {
	g := a.deps.Keys.Global
	for _, v := range a.verbs() {
		if v.key.Matches(msg) && !a.offered(msg, v.key.ID) {
			return v.run(), true
		}
	}
	for digit, b := range g.Screens() {
		if b.Matches(msg) {
			return a.goDigit(digit), true
		}
	}
	return nil, false
}

// offered says that the screen in front offers the key for something else than the action id: the form
// keeps its keys also while nothing is typed in it.
func (a *App) offered(msg tea.KeyMsg, id string) bool {
	p := a.page()
	if p == nil {
		return false
	}
	for _, h := range p.Help() {
		if h.Key.ID != id && h.Key.Matches(msg) {
			return true
		}
	}
	return false
}

// verb is something that the App does at a key, everywhere.
type verb struct {
	key keymap.Binding
	run func() tea.Cmd
}

func (a *App) verbs() []verb {
	g := a.deps.Keys.Global
	return []verb{
		{g.Help, a.openHelp}, {g.Palette, a.openPalette}, {g.Environments, a.openEnvironments},
		{g.Activity, a.openActivity}, {g.Unknown, a.openUnknown}, {g.Controls, a.openControls},
		{g.Lock, a.lockNow}, {g.Unlock, a.openUnlock}, {g.Times, a.toggleTimes},
		{g.Back, a.back}, {g.Previous, a.previous}, {g.Leave, a.leave},
	}
}

// broadcast gives a message to every living screen, the one in front first.
func (a *App) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if p := a.page(); p != nil {
		cmds = append(cmds, p.Update(msg))
	}
	for _, s := range a.specs {
		if p := a.pages[s.ID]; p != nil && s.ID != a.at {
			cmds = append(cmds, p.Update(msg))
		}
	}
	return tea.Batch(cmds...)
}

// onMouse gives the mouse to the screen, in its own cells.
func (a *App) onMouse(m tea.MouseMsg) tea.Cmd {
	p := a.page()
	if p == nil || a.dialogs.Open() || a.small() {
		return nil
	}
	box := a.boxes().body
	at := page.Mouse{X: m.X - box.X, Y: m.Y - box.Y}
	if at.X < 0 || at.Y < 0 || at.X >= box.W || at.Y >= box.H {
		return nil
	}
	switch {
	case m.Button == tea.MouseButtonWheelUp:
		at.Wheel = -1
	case m.Button == tea.MouseButtonWheelDown:
		at.Wheel = 1
	case m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress:
	default:
		return nil
	}
	return p.Update(at)
}

func (a *App) epoch() uint64 {
	if d := a.deps.Desk.At(); d != nil && d.Env != nil {
		return d.Env.Epoch
	}
	return 0
}
