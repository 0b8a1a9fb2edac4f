package ui

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/ui/page"
	"pikedash/ui/term"
)

// running starts the whole program with a pipe for a keyboard.
func running(t *testing.T, prepare func(*probe)) (keyboard io.WriteCloser, out *bytes.Buffer, done chan error) {
	t.Helper()
	k := newKit(t, "sandbox")
	specs := k.app.specs[:1]
	makeProbe := specs[0].New
	specs[0].New = func(d *page.Deps) page.Page {
		p, _ := makeProbe(d).(*probe)
		prepare(p)
		return p
	}
	in, keyboard := io.Pipe()
	out, done = &bytes.Buffer{}, make(chan error, 1)
	go func() {
		done <- run(context.Background(), k.deps, specs, Options{
			Input: in, Screen: term.NewScreen(out), Crash: func(s string) string { return strings.ReplaceAll(s, "4242424242424242", "masked") },
		})
	}()
	return keyboard, out, done
}

// ended waits for the program's end, and says where it hangs when it does not come.
func ended(t *testing.T, done chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Minute):
		stacks := make([]byte, 1<<20)
		t.Fatalf("the program does not end:\n%s", stacks[:runtime.Stack(stacks, true)])
		return nil
	}
}

func TestRunEndsAtQ(t *testing.T) {
	keyboard, out, done := running(t, func(*probe) {})
	_, err := keyboard.Write([]byte("q"))
	require.NoError(t, err)
	require.NoError(t, ended(t, done))
	assert.Contains(t, out.String(), "\x1b[?1049l", "the other screen is left")
	assert.Contains(t, out.String(), "\x1b[?25h", "the cursor is back")
}

func TestRunEndsWithItsContext(t *testing.T) {
	k := newKit(t, "sandbox")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in, _ := io.Pipe()
	err := run(ctx, k.deps, k.app.specs, Options{Input: in, Screen: term.NewScreen(io.Discard)})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestPanicsRestoreTheTerminalAndAreMasked(t *testing.T) {
	broken := "card 4242424242424242 is nil"
	for name, prepare := range map[string]func(*probe){
		"in Update": func(p *probe) {
			p.react = func(m tea.Msg) tea.Cmd {
				if _, ok := m.(tea.KeyMsg); ok {
					panic(broken)
				}
				return nil
			}
		},
		"in a command": func(p *probe) {
			p.react = func(m tea.Msg) tea.Cmd {
				if _, ok := m.(tea.KeyMsg); ok {
					return tea.Batch(func() tea.Msg { panic(broken) }, nil)
				}
				return nil
			}
		},
		"in a sequence": func(p *probe) {
			p.react = func(m tea.Msg) tea.Cmd {
				if _, ok := m.(tea.KeyMsg); ok {
					return tea.Sequence(nil, func() tea.Msg { panic(broken) })
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			keyboard, out, done := running(t, prepare)
			_, err := keyboard.Write([]byte("x"))
			require.NoError(t, err)
			err = ended(t, done)
			require.ErrorIs(t, err, ErrPanic)
			assert.Contains(t, err.Error(), "card masked is nil")
			assert.NotContains(t, err.Error()+out.String(), "4242424242424242")
			assert.Contains(t, out.String(), "\x1b[?1049l")
		})
	}
}

func TestPanicInViewEndsInOrder(t *testing.T) {
	k := newKit(t, "sandbox")
	k.screens[page.Overview].view = func() string { panic("no view") }
	exact(t, k.view(), 118, 30)
	k.press("x")
	assert.True(t, k.quit)
	assert.ErrorIs(t, k.app.crashed(), ErrPanic)
}
