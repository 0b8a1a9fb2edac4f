package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/term"
)

// ErrPanic says that the dashboard ended by a fault of its own. The terminal was restored.
var ErrPanic = errors.New("the dashboard ended by a fault of its own")

// Options decide how the dashboard runs.
type Options struct {
	Mouse     bool                     // wheel and click; it takes text selection away
	Clipboard term.Clipboard           // how copying is done
	Editor    term.Editor              // how texts are edited
	Opening   bool                     // the desk has no journal yet: the App opens its environment behind the first frame
	Start     page.ID                  // the first screen; empty takes the first one registered
	Arg       any                      // at what the first screen opens
	Input     io.Reader                // nil takes the terminal
	Screen    *term.Screen             // nil draws on standard output
	Crash     func(text string) string // masks what a crash prints; nil prints no details
}

// Run shows the dashboard until it is quit. It returns nil after an ordinary end, an error that wraps
// ErrPanic after a fault of its own, and the context's error when ctx ended it. The terminal is
// restored in every case.
func Run(ctx context.Context, deps *page.Deps, o Options) error {
	return run(ctx, deps, Screens(), o)
}

func run(ctx context.Context, deps *page.Deps, screens []ScreenSpec, o Options) error {
	if o.Screen == nil {
		o.Screen = term.NewScreen(os.Stdout)
	}
	app := New(deps, screens, o)
	defer app.close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() { stop(o.Screen.Paint(ctx)) }()
	// Signals end ctx. Bubble Tea's own handler would race with that, and can hang when ctx is first. Its
	// renderer has nothing to draw, so it need not look often.
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithAltScreen(), tea.WithFPS(1), tea.WithOutput(o.Screen)}
	if o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	if o.Input != nil {
		options = append(options, tea.WithInput(o.Input))
	}
	_, err := tea.NewProgram(newPace(app, o.Screen), options...).Run()
	switch {
	case app.crash != "" || errors.Is(err, tea.ErrProgramPanic):
		return app.crashed()
	case app.openErr != nil:
		return app.openErr
	case errors.Is(err, tea.ErrInterrupted):
		return nil
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("running the dashboard: %w", err)
	}
	return nil
}
