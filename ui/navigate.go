package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// show brings a screen to the front and opens it at arg. It makes the screen on its first visit.
func (a *App) show(id page.ID, arg any) tea.Cmd {
	spec := a.spec(id)
	if spec == nil {
		a.notice(page.Warning, fmt.Sprintf("there is no screen %s here", id))
		return nil
	}
	if a.opening {
		a.at = id
		return nil
	}
	var cmds []tea.Cmd
	if old := a.page(); old != nil && a.at != id {
		cmds = append(cmds, old.Update(page.Hidden{}))
		a.before = a.at
	}
	a.at = id
	p := a.pages[id]
	if p == nil {
		p = spec.New(a.deps)
		a.pages[id] = p
		a.sizePage(p)
		cmds = append(cmds, p.Init(), p.Update(page.Tick{Now: a.now}), p.Update(page.TimesChanged{Ages: a.ages}))
	}
	cmds = append(cmds, p.Update(page.Shown{}))
	if o, ok := p.(page.Opener); ok && arg != nil {
		cmds = append(cmds, o.Open(arg))
	}
	a.fastUntil = a.now.Add(quickFor)
	return tea.Batch(cmds...)
}

// navigate goes to a screen because another one asked for it: esc leads back.
func (a *App) navigate(m page.Navigate) tea.Cmd {
	if a.spec(m.Screen) != nil && m.Screen != a.at {
		a.trail = append(a.trail, a.at)
		if len(a.trail) > 50 {
			a.trail = a.trail[1:]
		}
	}
	return a.show(m.Screen, m.Arg)
}

// goDigit goes to the screen with a number.
func (a *App) goDigit(digit int) tea.Cmd {
	for _, s := range a.specs {
		if s.Digit == digit {
			a.trail = nil
			return a.show(s.ID, nil)
		}
	}
	return nil
}

// previous goes back to the screen before, and forth again.
func (a *App) previous() tea.Cmd {
	if a.before == "" {
		return nil
	}
	a.trail = nil
	return a.show(a.before, nil)
}

// back goes one level out: within the screen, else to the screen that opened this one. It never quits.
func (a *App) back() tea.Cmd {
	if cmd, left := a.backWithin(); left {
		return cmd
	}
	return a.pop()
}

// backWithin leaves a level of the screen; it says whether there was one.
func (a *App) backWithin() (tea.Cmd, bool) {
	p := a.page()
	if b, ok := p.(page.Backer); ok && b.Back() {
		return p.Update(page.WentBack{}), true
	}
	return nil, false
}

// leave goes one level out, or quits from the top.
func (a *App) leave() tea.Cmd {
	if cmd, left := a.backWithin(); left {
		return cmd
	}
	if len(a.trail) > 0 {
		return a.pop()
	}
	return a.quit()
}

// pop goes to the screen that opened this one.
func (a *App) pop() tea.Cmd {
	if len(a.trail) == 0 {
		return nil
	}
	to := a.trail[len(a.trail)-1]
	a.trail = a.trail[:len(a.trail)-1]
	return a.show(to, nil)
}

// quit ends the program; it asks first when something would be lost, and no second time.
func (a *App) quit() tea.Cmd {
	var text []string
	for _, s := range a.specs {
		p := a.pages[s.ID]
		if w, ok := p.(page.Waiter); ok {
			for _, wait := range w.Waits() {
				if wait.Request {
					text = append(text, "A request is in flight: "+wait.What+". If you quit now its outcome is unknown until you ask for it.")
				}
			}
		}
		if d, ok := p.(page.Dirty); ok {
			if what := d.Unsaved(); what != "" {
				text = append(text, "This would be lost: "+what+".")
			}
		}
	}
	if len(text) == 0 || a.quitAsked {
		return tea.Quit
	}
	a.quitAsked = true
	return a.ask(&widget.Confirm{Title: "quit?", Text: text, Yes: "Quit", Then: tea.Quit})
}

// ask opens a dialog in front of everything.
func (a *App) ask(d widget.Dialog) tea.Cmd {
	a.dialogs.Push(d, widget.Setting{
		Theme: a.deps.Theme, Keys: a.deps.Keys, Now: a.deps.Now, Opener: a.lastKey, Live: a.live(),
	})
	return nil
}
