package page

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/widget"
)

// Send makes a command of a message.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// Say puts a sentence in the status line.
func Say(level Level, text string) tea.Cmd { return Send(Notice{Level: level, Text: text}) }

// Go goes to a screen, at arg.
func Go(screen ID, arg any) tea.Cmd { return Send(Navigate{Screen: screen, Arg: arg}) }

// AskFor opens a dialog.
func AskFor(d widget.Dialog) tea.Cmd { return Send(Ask{Dialog: d}) }

// CopyText copies text; what names it for the toast.
func CopyText(what, text string) tea.Cmd { return Send(Copy{What: what, Text: text}) }
