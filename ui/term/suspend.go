package term

import (
	"errors"
	"io"

	tea "github.com/charmbracelet/bubbletea"
)

// ErrNoShell says that nothing would bring a suspended program back.
var ErrNoShell = errors.New("there is no shell behind this program that could bring it back")

// Suspend gives the terminal back and stops the program until the shell continues it. Then done makes
// a message: with ErrNoShell when the program could not be stopped, as in a window of its own. Bubble
// Tea's own suspension waits for ever there.
func Suspend(done func(error) tea.Msg) tea.Cmd { return tea.Exec(pause{}, done) }

// pause stops the program while Bubble Tea has let go of the terminal.
type pause struct{}

// Run implements tea.ExecCommand.
func (pause) Run() error { return stop() }

// SetStdin implements tea.ExecCommand.
func (pause) SetStdin(io.Reader) {}

// SetStdout implements tea.ExecCommand.
func (pause) SetStdout(io.Writer) {}

// SetStderr implements tea.ExecCommand.
func (pause) SetStderr(io.Writer) {}
