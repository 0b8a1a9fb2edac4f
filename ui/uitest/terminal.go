// Package uitest drives a real program in a pseudo-terminal. A Terminal starts the program with a
// home directory of its own, answers the queries that programs send to terminals, and keeps the
// screen as a grid of cells that can be waited for, read and photographed. A Driver wraps it for
// tests: each step that fails ends the test with a picture of the screen.
package uitest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Options say what to start and in which kind of terminal.
type Options struct {
	Path    string   // the program
	Args    []string // without the program's name
	Env     []string // NAME=value, added to the sandboxed environment; the last one counts
	Home    string   // HOME and base of the XDG directories; empty makes one that Close removes
	Dir     string   // working directory; empty takes Home
	Width   int      // columns; 0 means 100
	Height  int      // rows; 0 means 30
	Term    string   // TERM; empty means xterm-256color
	NoColor bool     // sets NO_COLOR and does not set COLORTERM
	Light   bool     // answers that the background is white
	// Timeout bounds each wait; 0 means 15 s. It is long because tests share the machine.
	Timeout time.Duration
}

const (
	defaultWidth   = 100
	defaultHeight  = 30
	defaultTimeout = 15 * time.Second
	// heldFor is how long the tail of a grapheme cluster waits for its rest.
	heldFor = 10 * time.Millisecond
	// killGrace is how long Close waits for a killed program to be gone.
	killGrace = 5 * time.Second
)

// Terminal is a running program and its screen. Its methods may be called from any goroutine.
type Terminal struct {
	options Options
	cmd     *exec.Cmd
	tty     *os.File // our end of the pseudo-terminal
	home    string   // to be removed by Close; empty when it was given
	queue   *queue   // bytes on the way to the program

	mu        sync.Mutex
	screen    *emulator
	raw       []byte        // everything the program wrote
	changed   chan struct{} // closed and replaced when the screen or the program's state changes
	writes    uint64        // counts outputs
	last      time.Time     // of the newest output, input or resize
	started   time.Time
	drained   bool // all output was read
	exited    bool
	exitState *os.ProcessState
	readErr   error

	workers sync.WaitGroup
}

// Open starts the program. Close must follow.
func Open(o Options) (*Terminal, error) {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	if o.Height == 0 {
		o.Height = defaultHeight
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	t := &Terminal{options: o, queue: newQueue(), changed: make(chan struct{})}
	if o.Home == "" {
		home, err := os.MkdirTemp("", "pikedash-uitest-")
		if err != nil {
			return nil, fmt.Errorf("making a home directory: %w", err)
		}
		t.home, t.options.Home = home, home
	}
	if err := t.start(); err != nil {
		return nil, errors.Join(err, t.removeHome())
	}
	return t, nil
}

func (t *Terminal) start() error {
	o := t.options
	env, err := Environment(o)
	if err != nil {
		return err
	}
	t.cmd = exec.Command(o.Path, o.Args...)
	t.cmd.Env = env
	t.cmd.Dir = o.Dir
	if o.Dir == "" {
		t.cmd.Dir = o.Home
	}
	t.screen = newEmulator(o.Width, o.Height, o.Light)
	t.started = time.Now()
	t.last = t.started
	tty, err := startInTTY(t.cmd, o.Width, o.Height)
	if err != nil {
		return errors.Join(fmt.Errorf("starting %s in a pseudo-terminal: %w", o.Path, err), t.screen.close())
	}
	t.tty = tty
	t.workers.Add(4)
	go func() { defer t.workers.Done(); t.screen.replies(t.queue.put) }()
	go func() { defer t.workers.Done(); t.sendQueue() }()
	go func() { defer t.workers.Done(); t.readOutput() }()
	go func() { defer t.workers.Done(); t.waitProcess() }()
	return nil
}

// sendQueue writes keys and the terminal's answers to the program, in order.
func (t *Terminal) sendQueue() {
	for {
		p, ok := t.queue.take()
		if !ok {
			return
		}
		if _, err := t.tty.Write(p); err != nil {
			return // the program is gone; whoever waits for its screen is told so
		}
	}
}

// readOutput feeds the emulator until the program has closed its side.
func (t *Terminal) readOutput() {
	buf := make([]byte, 32<<10)
	for {
		n, err := t.tty.Read(buf)
		t.mu.Lock()
		timedOut := errors.Is(err, os.ErrDeadlineExceeded)
		held := false
		if n > 0 {
			t.raw = append(t.raw, buf[:n]...)
			held, t.readErr = t.screen.feed.write(buf[:n])
		} else if timedOut {
			t.readErr = t.screen.feed.flush()
		}
		if err != nil && !timedOut {
			t.readErr = errors.Join(t.readErr, t.screen.feed.flush())
			t.drained = true
		}
		t.writes++
		t.last = time.Now()
		t.announce()
		t.mu.Unlock()
		if err != nil && !timedOut {
			return
		}
		until := time.Time{}
		if held {
			until = time.Now().Add(heldFor)
		}
		if err := t.tty.SetReadDeadline(until); err != nil && held {
			return
		}
	}
}

func (t *Terminal) waitProcess() {
	err := t.cmd.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exited, t.exitState = true, t.cmd.ProcessState
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.readErr = errors.Join(t.readErr, err)
	}
	t.announce()
}

// announce wakes all waiters. The caller holds mu.
func (t *Terminal) announce() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// Frame returns a copy of the screen as it is now.
func (t *Terminal) Frame() *Frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.frame()
}

// Text returns the screen's text as it is now.
func (t *Terminal) Text() string { return t.Frame().Text() }

// Raw returns everything that the program has written so far.
func (t *Terminal) Raw() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.raw...)
}

// Home returns the program's home directory.
func (t *Terminal) Home() string { return t.options.Home }

// Started returns when the program was started.
func (t *Terminal) Started() time.Time { return t.started }

// PID returns the program's process id.
func (t *Terminal) PID() int { return t.cmd.Process.Pid }

// Cooked says whether the terminal echoes and edits lines, as a shell leaves it. A program that
// reads single keys turns that off and must turn it on again when it ends.
func (t *Terminal) Cooked() (bool, error) { return cooked(t.tty) }

// Signal sends a signal to the program.
func (t *Terminal) Signal(s os.Signal) error {
	if err := t.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("sending %v to the program: %w", s, err)
	}
	return nil
}

// Kill ends the program, and what it started, at once.
func (t *Terminal) Kill() error { return killGroup(t.cmd.Process) }

// Close ends the program when it still runs and frees everything. Its error says what went
// wrong behind the scenes; the program's own failure is ExitCode's business.
func (t *Terminal) Close() error {
	var errs []error
	if t.running() {
		if err := t.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, fmt.Errorf("killing the program: %w", err))
		}
		if err := t.wait("the killed program to be gone", killGrace, func() (bool, time.Duration) { return t.exited, 0 }); err != nil {
			errs = append(errs, err)
		}
	}
	t.queue.close()
	errs = append(errs, t.tty.Close(), t.screen.close())
	t.workers.Wait()
	errs = append(errs, t.removeHome())
	return errors.Join(errs...)
}

func (t *Terminal) running() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.exited
}

func (t *Terminal) removeHome() error {
	if t.home == "" {
		return nil
	}
	if err := os.RemoveAll(t.home); err != nil {
		return fmt.Errorf("removing the home directory: %w", err)
	}
	return nil
}
