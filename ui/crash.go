package ui

import (
	"fmt"
	"reflect"
	"runtime/debug"

	tea "github.com/charmbracelet/bubbletea"
)

// crashMsg says that a command ended by a fault.
type crashMsg struct{ text string }

// guard calls f, and turns a panic of it, or of the commands that it returns, into an orderly end: the
// terminal is restored and what is printed is masked. Bubble Tea's own handler prints it as it is.
func (a *App) guard(f func() tea.Cmd) (cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			a.crash = describe(r)
			cmd = tea.Quit
		}
	}()
	return guarded(f())
}

// guarded wraps a command so that its panic becomes a message.
func guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = crashMsg{describe(r)}
			}
		}()
		msg = cmd()
		// Batches and sequences hold commands; the type of sequences has no name outside of Bubble Tea.
		if v := reflect.ValueOf(msg); v.IsValid() && v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeOf(tea.Cmd(nil)) {
			for i := range v.Len() {
				inner, _ := v.Index(i).Interface().(tea.Cmd)
				v.Index(i).Set(reflect.ValueOf(guarded(inner)))
			}
		}
		return msg
	}
}

// describe says what went wrong and where. The stack holds addresses, not contents.
func describe(r any) string { return fmt.Sprintf("%v\n\n%s", r, debug.Stack()) }

// crashed makes the error of a fault: masked, or without details where nothing can mask it.
func (a *App) crashed() error {
	if a.opt.Crash == nil {
		return fmt.Errorf("%w; the journal holds everything that was sent", ErrPanic)
	}
	return fmt.Errorf("%w; the journal holds everything that was sent: %s", ErrPanic, a.opt.Crash(a.crash))
}
