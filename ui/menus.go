package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// openHelp shows every key that works here.
func (a *App) openHelp() tea.Cmd {
	var sections []widget.HelpSection
	if p := a.page(); p != nil {
		s := widget.HelpSection{Title: p.Title()}
		for _, h := range p.Help() {
			does := h.Key.Does
			if h.Name != "" {
				does = h.Name + ": " + does
			}
			s.Rows = append(s.Rows, widget.HelpRow{Key: h.Key.Labels(), Does: does, Off: h.Off})
		}
		sections = append(sections, s)
	}
	k := a.deps.Keys
	for _, s := range []keymap.Section{k.Section(k.Global), k.Section(k.Move), k.Section(k.Always)} {
		sections = append(sections, a.helpSection(s))
	}
	return a.ask(&widget.Help{Sections: sections})
}

func (a *App) helpSection(s keymap.Section) widget.HelpSection {
	out := widget.HelpSection{Title: s.Title}
	for _, b := range keymap.Folded(s.Bindings) {
		out.Rows = append(out.Rows, widget.HelpRow{Key: b.Labels(), Does: b.Does, Off: a.globalOff(b.ID)})
	}
	return out
}

// globalOff says why something that works everywhere has nothing to do here; empty when it has.
func (a *App) globalOff(id string) string {
	d, g := a.deps.Desk.At(), a.deps.Keys.Global
	switch {
	case d == nil || d.Env == nil:
	case id == g.Lock.ID && (!a.live() || d.Lock == nil):
		return d.Env.Name + " is not live: there is nothing to lock"
	case id == g.Unlock.ID && (!a.live() || d.Lock == nil):
		return d.Env.Name + " is not live: there is nothing to unlock"
	case id == g.Controls.ID && d.Sandbox == nil:
		return "only the sandbox has test controls"
	}
	return ""
}

// openPalette offers every action, screen, environment, and what the screens have to find.
func (a *App) openPalette() tea.Cmd {
	var entries []widget.PaletteEntry
	if p := a.page(); p != nil {
		for _, h := range p.Help() {
			entries = append(entries, widget.PaletteEntry{
				Title: h.Label(), Detail: h.Key.Does, Key: h.Key.Label(), Off: h.Off, Then: page.Send(page.PressKey{Hint: h}),
			})
		}
	}
	for _, s := range a.specs {
		e := widget.PaletteEntry{Title: s.Name, Detail: s.Does, Then: page.Go(s.ID, nil)}
		if s.Digit >= 0 {
			e.Key = fmt.Sprint(s.Digit)
		}
		entries = append(entries, e)
	}
	entries = append(entries, a.envEntries()...)
	for _, v := range a.verbs() {
		if v.key.ID == a.deps.Keys.Global.Palette.ID {
			continue
		}
		entries = append(entries, widget.PaletteEntry{
			Title: v.key.Name, Detail: v.key.Does, Key: v.key.Label(), Off: a.globalOff(v.key.ID), Then: page.Send(runMsg{v.run}),
		})
	}
	for _, s := range a.specs {
		if f, ok := a.pages[s.ID].(page.Finder); ok {
			for _, e := range f.Find() {
				entries = append(entries, widget.PaletteEntry{Title: e.Title, Detail: e.Detail, Off: e.Off, Then: page.Send(e.Msg)})
			}
		}
	}
	return a.ask(&widget.Palette{Entries: entries})
}

func (a *App) envEntries() []widget.PaletteEntry {
	var out []widget.PaletteEntry
	for _, e := range a.deps.Services.Environments() {
		off := e.Problem
		if e.Name == a.deps.Desk.At().Env.Name {
			off = "you are here"
		}
		out = append(out, widget.PaletteEntry{
			Title: "go to " + e.Name, Detail: describeEnv(e), Off: off,
			Then: page.Send(runMsg{func() tea.Cmd { return a.chooseEnv(e) }}),
		})
	}
	return out
}

// openControls lists what the sandbox can be made to do.
func (a *App) openControls() tea.Cmd {
	d := a.deps.Desk.At()
	if off := a.globalOff(a.deps.Keys.Global.Controls.ID); off != "" {
		a.notice(page.Info, off)
		return nil
	}
	var items []widget.Item
	for _, c := range d.Sandbox.Controls() {
		items = append(items, widget.Item{
			Title: c.Title, Detail: c.Purpose, Then: page.Send(runMsg{func() tea.Cmd { return a.askControl(c) }}),
		})
	}
	return a.ask(&widget.Menu{
		Title: "test controls", Items: items, Empty: "this sandbox has no test controls",
		Text: []string{"The sandbox's clock stands at " + d.Sandbox.Clock().Format("2006-01-02 15:04:05") + "."},
	})
}

// askControl asks for what a control needs, one question after the other, then carries it out.
func (a *App) askControl(c page.Control) tea.Cmd {
	questions := c.Args
	if c.Session {
		here := ""
		if p, ok := a.page().(page.Pointer); ok {
			here = p.Session()
		}
		questions = append([]page.ControlArg{{Name: "session", Title: "Session's id:", Default: here}}, questions...)
	}
	return a.askArg(c, questions, map[string]string{})
}

func (a *App) askArg(c page.Control, left []page.ControlArg, args map[string]string) tea.Cmd {
	if len(left) == 0 {
		s := a.deps.Desk.At().Sandbox
		if s == nil {
			return nil
		}
		return control(s, a.deps.Stamps.Now(), c.Name, args)
	}
	q := left[0]
	if !q.Asked(args) {
		return a.askArg(c, left[1:], args)
	}
	answered := func(value string) tea.Cmd {
		next := map[string]string{q.Name: value}
		for k, v := range args {
			next[k] = v
		}
		return page.Send(runMsg{func() tea.Cmd { return a.askArg(c, left[1:], next) }})
	}
	if len(q.Choices) == 0 {
		return a.ask(&widget.Prompt{Title: c.Title, Label: q.Title, Value: q.Default, Then: answered,
			Check: func(string) error { return nil }})
	}
	m := &widget.Menu{Title: c.Title, Text: []string{q.Title}}
	for i, choice := range q.Choices {
		if choice == q.Default {
			m.At = i
		}
		m.Items = append(m.Items, widget.Item{Title: choice, Detail: q.Means[choice], Then: answered(choice)})
	}
	return a.ask(m)
}
