package uitest

import (
	"errors"
	"testing"

	"github.com/creack/pty"
)

// Driver is a Terminal for tests: a step that fails ends the test.
type Driver struct {
	*Terminal
	t testing.TB
}

// Start opens a terminal that is closed when the test ends. Where there are no pseudo-terminals
// the test is skipped.
func Start(t testing.TB, o Options) *Driver {
	t.Helper()
	if o.Path == "" {
		o.Path = Build(t)
	}
	if o.Home == "" {
		o.Home = t.TempDir()
	}
	term, err := Open(o)
	if errors.Is(err, pty.ErrUnsupported) {
		t.Skip("no pseudo-terminals on this system")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := term.Close(); err != nil {
			t.Errorf("closing the terminal: %v", err)
		}
	})
	return &Driver{Terminal: term, t: t}
}

func (d *Driver) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// Press is Terminal.Press.
func (d *Driver) Press(keys ...string) { d.t.Helper(); d.must(d.Terminal.Press(keys...)) }

// Type is Terminal.Type.
func (d *Driver) Type(text string) { d.t.Helper(); d.must(d.Terminal.Type(text)) }

// Paste is Terminal.Paste.
func (d *Driver) Paste(text string) { d.t.Helper(); d.must(d.Terminal.Paste(text)) }

// Burst sends bytes as they are, without waiting.
func (d *Driver) Burst(bytes string) {
	d.t.Helper()
	_, err := d.Write([]byte(bytes))
	d.must(err)
}

// Resize is Terminal.Resize.
func (d *Driver) Resize(width, height int) { d.t.Helper(); d.must(d.Terminal.Resize(width, height)) }

// WaitFor is Terminal.WaitFor.
func (d *Driver) WaitFor(what string, cond func(*Frame) bool) {
	d.t.Helper()
	d.must(d.Terminal.WaitFor(what, cond))
}

// WaitText is Terminal.WaitText.
func (d *Driver) WaitText(texts ...string) { d.t.Helper(); d.must(d.Terminal.WaitText(texts...)) }

// WaitGone is Terminal.WaitGone.
func (d *Driver) WaitGone(texts ...string) { d.t.Helper(); d.must(d.Terminal.WaitGone(texts...)) }

// Settle is Terminal.Settle.
func (d *Driver) Settle() { d.t.Helper(); d.must(d.Terminal.Settle()) }

// WaitExit is Terminal.WaitExit.
func (d *Driver) WaitExit() int {
	d.t.Helper()
	code, err := d.Terminal.WaitExit()
	d.must(err)
	return code
}

// Answer presses key until the dialog that shows sign is gone. Dialogs about money are deaf for a while
// after they open and after each key that they do not take.
func (d *Driver) Answer(sign, key string) {
	d.t.Helper()
	d.WaitText(sign)
	d.must(d.Terminal.answer(sign, key))
}

// Cell returns one cell of the screen as it is now.
func (d *Driver) Cell(x, y int) Cell { return d.Frame().Cell(x, y) }

// RequireRestored fails the test unless the program left the terminal as it found it: main
// screen, cursor visible, no reporting modes, line editing on.
func (d *Driver) RequireRestored() {
	d.t.Helper()
	f := d.Frame()
	switch cooked, err := d.Cooked(); {
	case err != nil:
		d.t.Fatal(err)
	case !cooked:
		d.t.Fatalf("the terminal is left in raw mode\n%s", f.Dump())
	}
	if f.AltScreen || !f.CursorVisible || f.BracketedPaste || f.Mouse || f.Focus {
		d.t.Fatalf("the terminal's modes are not restored\n%s", f.Dump())
	}
}
