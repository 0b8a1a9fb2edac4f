package ui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/term"
)

// How long the App's own work may take.
const (
	switchTime   = 30 * time.Second
	vitalsTime   = 5 * time.Second
	vitalsEvery  = 2 * time.Second
	controlTime  = 30 * time.Second
	watchPause   = 150 * time.Millisecond // between two reports of a change
	watchTrouble = 2 * time.Second        // after a watch that failed
)

type tickMsg struct{ now time.Time }

// nudgeMsg is a tick out of turn: it starts no other.
type nudgeMsg struct{ now time.Time }

type watchMsg struct {
	epoch uint64
	err   error
}

type rewatchMsg struct{ epoch uint64 }

type vitalsMsg struct {
	page.Stamp
	vitals page.Vitals
	err    error
}

type switchedMsg struct {
	turn uint64
	desk *page.Desk
	name string
	err  error
}

type keyOpenedMsg struct {
	name string
	err  error
}

type unlockedMsg struct {
	page.Stamp
	err error
}

type copiedMsg struct {
	what  string
	route term.Route
	err   error
}

type editingMsg struct {
	id      string
	editing *term.Editing
	before  []byte
	err     error
}

// resumedMsg says that the program is back from the shell.
type resumedMsg struct{ err error }

type controlledMsg struct {
	page.Stamp
	said string
	err  error
}

// watch waits for the journal of a desk to change.
func watch(ctx context.Context, s page.Services, d *page.Desk) tea.Cmd {
	return func() tea.Msg { return watchMsg{d.Env.Epoch, s.Watch(ctx, d)} }
}

// readVitals reads the numbers of the status line.
func readVitals(s page.Services, d *page.Desk, stamp page.Stamp) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), vitalsTime)
		defer cancel()
		v, err := s.Vitals(ctx, d)
		return vitalsMsg{stamp, v, err}
	}
}

// switchTo opens another environment.
func switchTo(s page.Services, turn uint64, name string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), switchTime)
		defer cancel()
		d, err := s.Switch(ctx, name)
		if err == nil && d == nil {
			err = errors.New("nothing was opened")
		}
		return switchedMsg{turn, d, name, err}
	}
}

// openKey opens the encrypted key of an environment.
func openKey(s page.Services, name, passphrase string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), switchTime)
		defer cancel()
		return keyOpenedMsg{name, s.OpenKey(ctx, name, passphrase)}
	}
}

// leaveDesk lets go of a desk that is no longer used.
func leaveDesk(s page.Services, d *page.Desk) tea.Cmd {
	return func() tea.Msg { s.Leave(d); return nil }
}

// unlock opens live.
func unlock(d *page.Desk, stamp page.Stamp, typed string) tea.Cmd {
	return func() tea.Msg { return unlockedMsg{stamp, d.Lock.Unlock(d.Env, typed)} }
}

// copyText puts text on the clipboard.
func copyText(c term.Clipboard, what, text string) tea.Cmd {
	return func() tea.Msg {
		route, err := c.Copy(text)
		return copiedMsg{what, route, err}
	}
}

// prepareEdit writes the text that is going to be edited to a file.
func prepareEdit(e term.Editor, m page.Edit) tea.Cmd {
	return func() tea.Msg {
		editing, err := e.Prepare(m.Content, m.Suffix)
		return editingMsg{m.ID, editing, m.Content, err}
	}
}

// runEditor gives the terminal to the editor and reads what it left.
func runEditor(m editingMsg) tea.Cmd {
	return tea.ExecProcess(m.editing.Cmd, func(err error) tea.Msg {
		content, changed, err := m.editing.Finish(err)
		return page.Edited{ID: m.id, Content: content, Changed: changed, Err: err}
	})
}

// suspend goes to the shell and comes back.
func suspend() tea.Cmd {
	return term.Suspend(func(err error) tea.Msg { return resumedMsg{err} })
}

// control makes the sandbox do something.
func control(s page.Sandbox, stamp page.Stamp, name string, args map[string]string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), controlTime)
		defer cancel()
		said, err := s.Do(ctx, name, args)
		return controlledMsg{stamp, said, err}
	}
}

// changeVersion makes a desk with another API version.
func changeVersion(s page.Services, turn uint64, d *page.Desk, v page.Version) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), switchTime)
		defer cancel()
		fresh, err := s.SetVersion(ctx, d, v)
		if err == nil && fresh == nil {
			err = errors.New("nothing was opened")
		}
		return switchedMsg{turn, fresh, "API " + v.String(), err}
	}
}

func newWatch() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}
