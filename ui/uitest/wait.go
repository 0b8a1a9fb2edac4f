package uitest

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrTimeout says that what was waited for did not come in time.
var ErrTimeout = errors.New("timed out")

// ErrEnded says that the program ended while its screen was waited for.
var ErrEnded = errors.New("the program has ended")

// quietFor is how long Settle wants the screen to be still. Bubble Tea draws every 8 or 16 ms.
const quietFor = 60 * time.Millisecond

// wait returns when done says so. done is called with mu held, after each change and after the
// time that it returned, if any.
func (t *Terminal) wait(what string, timeout time.Duration, done func() (bool, time.Duration)) error {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for {
		t.mu.Lock()
		ok, again := done()
		changed := t.changed
		t.mu.Unlock()
		if ok {
			return nil
		}
		var later <-chan time.Time
		if again > 0 {
			later = time.After(again)
		}
		select {
		case <-changed:
		case <-later:
		case <-deadline.C:
			return fmt.Errorf("%w after %v waiting for %s\n%s", ErrTimeout, timeout, what, t.Frame().Dump())
		}
	}
}

// WaitFor waits until the screen is as cond wants it; what names that in the error. The error
// holds a picture of the screen.
func (t *Terminal) WaitFor(what string, cond func(*Frame) bool) error {
	ended := false
	seen := ^uint64(0)
	err := t.wait(what, t.options.Timeout, func() (bool, time.Duration) {
		if t.writes != seen {
			seen = t.writes
			if cond(t.screen.frame()) {
				return true, 0
			}
		}
		ended = t.exited && t.drained
		return ended, 0
	})
	if err == nil && ended {
		return fmt.Errorf("%w (%s) while waiting for %s\n%s", ErrEnded, t.state(), what, t.Frame().Dump())
	}
	return err
}

// WaitText waits until all of texts stand on the screen.
func (t *Terminal) WaitText(texts ...string) error {
	return t.WaitFor(fmt.Sprintf("%q", texts), func(f *Frame) bool {
		all := f.Text()
		for _, text := range texts {
			if !strings.Contains(all, text) {
				return false
			}
		}
		return true
	})
}

// WaitGone waits until none of texts stands on the screen.
func (t *Terminal) WaitGone(texts ...string) error {
	return t.WaitFor(fmt.Sprintf("%q to be gone", texts), func(f *Frame) bool {
		all := f.Text()
		for _, text := range texts {
			if strings.Contains(all, text) {
				return false
			}
		}
		return true
	})
}

// Settle waits until the program has written nothing for 60 ms, counted from the newest output
// or input. Alone it does not prove that an answer to the input has come: wait for its text first.
func (t *Terminal) Settle() error { return t.SettleFor(quietFor) }

// SettleFor is Settle with another time.
func (t *Terminal) SettleFor(quiet time.Duration) error {
	return t.wait("the screen to be still", t.options.Timeout, func() (bool, time.Duration) {
		if t.exited && t.drained {
			return true, 0
		}
		left := quiet - time.Since(t.last)
		return left <= 0, left
	})
}

// WaitExit waits until the program has ended and all its output was read, and returns its exit
// code: that of the system, or 128 plus the number of the signal that ended it.
func (t *Terminal) WaitExit() (int, error) {
	if err := t.wait("the program to end", t.options.Timeout, func() (bool, time.Duration) { return t.exited, 0 }); err != nil {
		return -1, err
	}
	// A program that it started may keep the terminal open: its output is not waited for.
	err := t.wait("the rest of the output", time.Second, func() (bool, time.Duration) { return t.drained, 0 })
	if err != nil && !errors.Is(err, ErrTimeout) {
		return -1, err
	}
	return exitCode(t.exitState), nil
}

func (t *Terminal) state() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.exitState == nil {
		return "running"
	}
	return t.exitState.String()
}
