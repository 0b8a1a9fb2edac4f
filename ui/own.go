package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// own handles the messages that are for the App; it says whether it was one.
func (a *App) own(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case tickMsg:
		return a.onTick(m), true
	case nudgeMsg:
		a.now = m.now
		return a.broadcast(page.Tick{Now: m.now}), true
	case watchMsg:
		return a.onWatch(m), true
	case rewatchMsg:
		if m.epoch != a.epoch() {
			return nil, true
		}
		return watch(a.watched, a.deps.Services, a.deps.Desk.At()), true
	case vitalsMsg:
		return a.onVitals(m), true
	case switchedMsg:
		return a.onSwitched(m), true
	case keyOpenedMsg:
		return a.onKeyOpened(m), true
	case unlockedMsg:
		return a.onUnlocked(m), true
	case copiedMsg:
		a.onCopied(m)
		return nil, true
	case editingMsg:
		return a.onEditing(m), true
	case controlledMsg:
		return a.onControlled(m), true
	case resumedMsg:
		return a.onResumed(m), true
	case crashMsg:
		a.crash = m.text
		return tea.Quit, true
	}
	return a.asked(msg)
}

// asked handles what screens ask the App for; it says whether it was that.
func (a *App) asked(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case page.Navigate:
		return a.navigate(m), true
	case page.Notice:
		a.notice(m.Level, m.Text)
		return nil, true
	case page.Ask:
		return a.ask(m.Dialog), true
	case page.Copy:
		return copyText(a.opt.Clipboard, m.What, m.Text), true
	case page.Edit:
		return prepareEdit(a.opt.Editor, m), true
	case page.Quit:
		return a.quit(), true
	case page.PressKey:
		if p := a.page(); p != nil {
			return a.pageKey(p, m.Hint.Key.Msg()), true
		}
		return nil, true
	case runMsg:
		return m.run(), true
	}
	return nil, false
}

// notice says something in the status line and keeps it.
func (a *App) notice(level page.Level, text string) {
	t := a.deps.Theme
	badge := theme.Badge{Glyph: t.Glyphs.Dot, Ink: t.Text}
	switch level {
	case page.Success:
		badge = theme.Badge{Glyph: t.Glyphs.Done, Ink: t.Good}
	case page.Warning:
		badge = theme.Badge{Glyph: t.Glyphs.Pending, Ink: t.Wait}
	case page.Failure:
		badge = theme.Badge{Glyph: t.Glyphs.Failed, Ink: t.Bad}
	case page.Info:
	}
	a.toasts.Add(widget.Toast{At: a.now, Text: text, Badge: badge, Sticky: level >= page.Warning})
}

func (a *App) onWatch(m watchMsg) tea.Cmd {
	if m.epoch != a.epoch() || errors.Is(m.err, context.Canceled) {
		return nil
	}
	if m.err != nil {
		a.notice(page.Warning, "changes are not seen at once: "+m.err.Error())
		return a.watchAgain(m.epoch, watchTrouble)
	}
	return tea.Batch(a.broadcast(page.JournalChanged{Epoch: m.epoch}), a.readVitals(), a.watchAgain(m.epoch, watchPause))
}

// watchAgain watches on after a pause.
func (a *App) watchAgain(epoch uint64, pause time.Duration) tea.Cmd {
	return a.after(pause, func() tea.Msg { return rewatchMsg{epoch} })
}

func (a *App) readVitals() tea.Cmd {
	if a.vitalsBusy || a.opening {
		return nil
	}
	a.vitalsBusy, a.vitalsRead = true, a.now
	return readVitals(a.deps.Services, a.deps.Desk.At(), a.deps.Stamps.Now())
}

func (a *App) onVitals(m vitalsMsg) tea.Cmd {
	a.vitalsBusy = false
	if m.err != nil {
		a.vitals.Problem = m.err.Error()
		return nil
	}
	if m.vitals.Problem != "" && m.vitals.Problem != a.vitals.Problem {
		a.notice(page.Failure, m.vitals.Problem) // the line of state has room for its beginning only
	}
	first := !a.vitalsKnown
	a.vitals, a.vitalsKnown = m.vitals, true
	if first && m.vitals.Unknown > 0 && !a.touched && a.spec(page.Unknown) != nil {
		return a.navigate(page.Navigate{Screen: page.Unknown}) // what nobody knows comes first
	}
	return nil
}

func (a *App) onUnlocked(m unlockedMsg) tea.Cmd {
	if m.err != nil {
		a.notice(page.Failure, m.err.Error())
		return nil
	}
	a.readLock()
	a.notice(page.Warning, "live is unlocked for 15 minutes; "+a.deps.Keys.Global.Lock.Label()+" locks it at once")
	return a.broadcast(page.LockChanged{})
}

func (a *App) onCopied(m copiedMsg) {
	if m.err != nil {
		a.notice(page.Failure, fmt.Sprintf("%s was not copied: %v", m.what, m.err))
		return
	}
	a.notice(page.Success, fmt.Sprintf("copied %s by %s", m.what, m.route))
}

func (a *App) onEditing(m editingMsg) tea.Cmd {
	if m.err != nil {
		a.notice(page.Failure, m.err.Error())
		return a.broadcast(page.Edited{ID: m.id, Content: m.before, Err: m.err})
	}
	return runEditor(m)
}

// onResumed reads everything anew: time has passed.
func (a *App) onResumed(m resumedMsg) tea.Cmd {
	if m.err != nil {
		a.notice(page.Warning, "not suspended: "+m.err.Error())
	}
	return tea.Batch(a.broadcast(page.JournalChanged{Epoch: a.epoch()}), a.readVitals())
}

func (a *App) onControlled(m controlledMsg) tea.Cmd {
	if m.err != nil {
		a.notice(page.Failure, m.err.Error())
		return nil
	}
	a.notice(page.Success, m.said)
	return nil
}
