package ui

import (
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

func (a *App) live() bool {
	return a.deps.Desk.At().Live()
}

// openEnvironments lists what can be switched to, with the API versions of where we are.
func (a *App) openEnvironments() tea.Cmd {
	here := a.deps.Desk.At().Env
	var items []widget.Item
	at := 0
	for _, e := range a.deps.Services.Environments() {
		item := widget.Item{
			Title:  widget.Pad(a.deps.Theme.Environment(string(e.Kind)).Text(), 10) + " " + widget.Pad(widget.Clean(e.Name), 10),
			Detail: describeEnv(e), Off: e.Problem, Then: page.Send(runMsg{func() tea.Cmd { return a.chooseEnv(e) }}),
		}
		if e.Name == here.Name {
			at = len(items)
			item.Off = "you are here"
		}
		items = append(items, item)
	}
	for _, v := range page.Versions() {
		if v != here.Version {
			items = append(items, widget.Item{
				Title: "API " + v.String() + " here", Detail: "instead of " + here.Version.String(),
				Then: page.Send(runMsg{func() tea.Cmd { return a.setVersion(v) }}),
			})
		}
	}
	return a.ask(&widget.Menu{Title: "environments", Items: items, At: at, Empty: "no environment is configured"})
}

func describeEnv(e page.EnvInfo) string {
	text := e.Project + "  " + e.Version.String()
	if e.Key != "" {
		text += "  key " + e.Key
	}
	return text + "  " + e.BaseURL
}

// chooseEnv switches; to live only after the word was typed.
func (a *App) chooseEnv(e page.EnvInfo) tea.Cmd {
	if !e.Live() {
		return a.switchEnv(e.Name)
	}
	return a.ask(&widget.TypeToConfirm{
		Title: "go to " + a.deps.Theme.Environment(string(e.Kind)).Word,
		Text: []string{
			fmt.Sprintf("From here on every request goes to %s for project %s: real money.", e.BaseURL, e.Project),
			"It starts locked: nothing can be sent until you unlock it.",
		},
		Label: "Type the word LIVE:", Yes: "Go",
		Check: func(typed string) error {
			if typed != "LIVE" {
				return fmt.Errorf("type LIVE in capitals, or esc")
			}
			return nil
		},
		Then: func(string) tea.Cmd { return page.Send(runMsg{func() tea.Cmd { return a.switchEnv(e.Name) }}) },
	})
}

// runMsg brings what a dialog's answer starts back into the App's loop.
type runMsg struct{ run func() tea.Cmd }

func (a *App) switchEnv(name string) tea.Cmd {
	a.switchTurn++
	a.switching = page.Wait{What: "environment " + name, Since: a.now, Deadline: a.now.Add(switchTime)}
	return switchTo(a.deps.Services, a.switchTurn, name)
}

// setVersion moves to a desk with another API version.
func (a *App) setVersion(v page.Version) tea.Cmd {
	if a.opening {
		return nil
	}
	a.switchTurn++
	a.switching = page.Wait{What: "API " + v.String(), Since: a.now, Deadline: a.now.Add(switchTime)}
	return changeVersion(a.deps.Services, a.switchTurn, a.deps.Desk.At(), v)
}

// onSwitched moves to the new desk. Answers of the old one are dropped from here on.
func (a *App) onSwitched(m switchedMsg) tea.Cmd {
	if m.turn != a.switchTurn { // superseded: nobody uses that desk
		if m.desk != nil {
			return leaveDesk(a.deps.Services, m.desk)
		}
		return nil
	}
	a.switching = page.Wait{}
	var sealed *page.SealedKey
	if errors.As(m.err, &sealed) {
		return a.askPassphrase(m.name, sealed)
	}
	if a.opening {
		return a.opened(m)
	}
	if m.err != nil {
		a.notice(page.Failure, fmt.Sprintf("%s was not opened, you are still in %s: %v", m.name, a.deps.Desk.At().Env.Name, m.err))
		return nil
	}
	old := a.deps.Desk.At()
	if old.Lock != nil {
		old.Lock.LockNow()
	}
	if m.desk.Lock != nil {
		m.desk.Lock.LockNow()
	}
	a.deps.Desk.Set(m.desk)
	a.unwatch()
	a.watched, a.unwatch = newWatch()
	a.dialogs.Clear()
	a.vitals, a.vitalsKnown, a.vitalsBusy = page.Vitals{}, false, false
	a.arrive()
	a.fastUntil = a.now.Add(quickFor)
	a.notice(page.Success, fmt.Sprintf("you are in %s, project %s, API %s", m.desk.Env.Name, m.desk.Env.Project, m.desk.Env.Version))
	return tea.Batch(
		a.broadcast(page.EnvChanged{Desk: m.desk}), a.broadcast(page.VersionChanged{Version: m.desk.Env.Version}),
		watch(a.watched, a.deps.Services, m.desk), a.readVitals(), leaveDesk(a.deps.Services, old),
	)
}

// askPassphrase asks for what opens the key of an environment.
func (a *App) askPassphrase(name string, sealed *page.SealedKey) tea.Cmd {
	text := sealed.Error() + "."
	if !sealed.Wrong {
		text += " It is opened until pikedash ends; the passphrase is kept nowhere."
	}
	var instead tea.Cmd
	if a.opening {
		instead = page.Send(runMsg{func() tea.Cmd { return a.unopened(sealed) }})
	}
	return a.ask(&widget.Prompt{
		Title: "go to " + name, Text: []string{text}, Label: "Passphrase:", Yes: "Open", Secret: true, Else: instead,
		Then: func(typed string) tea.Cmd { return openKey(a.deps.Services, name, typed) },
	})
}

func (a *App) onKeyOpened(m keyOpenedMsg) tea.Cmd {
	var sealed *page.SealedKey
	switch {
	case errors.As(m.err, &sealed):
		return a.askPassphrase(m.name, sealed)
	case m.err != nil && a.opening:
		return a.unopened(m.err)
	case m.err != nil:
		a.notice(page.Failure, fmt.Sprintf("%s was not opened: %v", m.name, m.err))
		return nil
	}
	return a.switchEnv(m.name)
}

// opened shows the first screen, now that there is something to show. Without an environment the
// program ends and says why.
func (a *App) opened(m switchedMsg) tea.Cmd {
	if m.err != nil {
		return a.unopened(m.err)
	}
	a.opening = false
	a.deps.Desk.Set(m.desk)
	a.arrive()
	return tea.Batch(watch(a.watched, a.deps.Services, m.desk), a.readVitals(), a.show(a.at, a.opt.Arg), a.retitle())
}

// unopened ends the program: there is no environment to be in. Run says why.
func (a *App) unopened(err error) tea.Cmd {
	a.openErr = err
	return tea.Quit
}

func (a *App) lockNow() tea.Cmd {
	d := a.deps.Desk.At()
	if off := a.globalOff(a.deps.Keys.Global.Lock.ID); off != "" {
		a.notice(page.Info, off)
		return nil
	}
	d.Lock.LockNow()
	a.readLock()
	a.notice(page.Success, "live is locked")
	return a.broadcast(page.LockChanged{})
}

func (a *App) openUnlock() tea.Cmd {
	d := a.deps.Desk.At()
	if off := a.globalOff(a.deps.Keys.Global.Unlock.ID); off != "" {
		a.notice(page.Info, off)
		return nil
	}
	if !a.locked {
		a.notice(page.Info, "live is unlocked already, for another "+widget.Span(a.lockLeft))
		return nil
	}
	stamp := a.deps.Stamps.Now()
	return a.ask(&widget.TypeToConfirm{
		Title: "unlock",
		Text: []string{
			fmt.Sprintf("For 15 minutes requests of project %s can move real money.", d.Env.Project),
			a.deps.Keys.Global.Lock.Label() + " locks it at once; so does leaving live.",
		},
		Label: "Type the project's name:", Yes: "Unlock",
		Check: func(typed string) error {
			if typed != d.Env.Project {
				return fmt.Errorf("that is not the project's name: type %s exactly", d.Env.Project)
			}
			return nil
		},
		Then: func(typed string) tea.Cmd { return unlock(d, stamp, typed) },
	})
}

func (a *App) openUnknown() tea.Cmd {
	if a.vitalsKnown && a.vitals.Unknown == 0 && a.spec(page.Unknown) == nil {
		a.notice(page.Success, "no outcome is unknown")
		return nil
	}
	return a.navigate(page.Navigate{Screen: page.Unknown})
}

func (a *App) toggleTimes() tea.Cmd {
	a.ages = !a.ages
	return a.broadcast(page.TimesChanged{Ages: a.ages})
}

// openActivity shows everything that was said.
func (a *App) openActivity() tea.Cmd {
	var lines []string
	for _, t := range a.toasts.History() {
		lines = append(lines, t.At.Format(time.TimeOnly)+"  "+t.Badge.Glyph+" "+t.Text)
	}
	if len(lines) == 0 {
		lines = []string{"Nothing has been said yet."}
	}
	return a.ask(&widget.Reader{Title: "activity", Lines: lines, End: true})
}
