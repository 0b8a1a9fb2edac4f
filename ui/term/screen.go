package term

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// NoPicture is what a model shows that draws with a Screen: Bubble Tea's renderer writes it as its
// picture, and the Screen knows by it what to keep from the terminal. Terminals ignore it.
const NoPicture = "\x1b_pikedash\x1b\\"

// Screen is the terminal that the dashboard draws on. Bubble Tea writes through it what it is good at
// (the alternate screen, the cursor, the modes of keyboard and mouse), and draws nothing itself: its
// renderer would hold each picture back until its next tick and send whole lines. A Screen draws a
// picture as soon as it comes, sends only what differs from the one before, and leaves pictures out
// while the terminal takes none, so that a slow link never holds up the keys.
type Screen struct {
	tty io.Writer

	mu     sync.Mutex // held while the terminal is written to
	ours   bool       // the alternate screen is on
	canvas canvas

	mail   sync.Mutex // held for moments only
	wanted string
	w, h   int
	forget bool
	wake   chan struct{}
}

// NewScreen draws on tty.
func NewScreen(tty io.Writer) *Screen { return &Screen{tty: tty, wake: make(chan struct{}, 1)} }

// Show asks for a picture: one line for each line of the terminal. It never waits; of several pictures
// the last one is drawn.
func (s *Screen) Show(picture string) {
	s.mail.Lock()
	s.wanted = picture
	s.mail.Unlock()
	s.rouse()
	runtime.Gosched() // the painter goes first: what is started next may keep every processor busy
}

// Resize says how large the terminal is now, in cells. What it shows counts as unknown.
func (s *Screen) Resize(width, height int) {
	s.mail.Lock()
	s.w, s.h, s.wanted, s.forget = width, height, "", true
	s.mail.Unlock()
}

// Redraw draws the whole picture again.
func (s *Screen) Redraw() {
	s.mail.Lock()
	s.forget = true
	s.mail.Unlock()
	s.rouse()
}

func (s *Screen) rouse() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// Paint draws until ctx ends, or until the terminal takes no more.
func (s *Screen) Paint(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil { // else the terminal would be left as it is
			err = fmt.Errorf("drawing on the terminal: %v", r)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
			if err := s.paint(); err != nil {
				return fmt.Errorf("drawing on the terminal: %w", err)
			}
		}
	}
}

func (s *Screen) paint() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ours {
		return nil // an editor or the shell has the terminal
	}
	s.mail.Lock()
	picture, width, height, forget := s.wanted, s.w, s.h, s.forget
	s.forget = s.forget && picture == ""
	s.mail.Unlock()
	if picture == "" {
		return nil
	}
	if forget {
		s.canvas = canvas{width: width, height: height}
	}
	out := s.canvas.draw(strings.Split(picture, "\n"))
	if len(out) == 0 {
		return nil
	}
	_, err := s.tty.Write(out)
	return err
}

// Write passes on what Bubble Tea and the clipboard write, but for Bubble Tea's own pictures.
func (s *Screen) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(NoPicture)) {
		return len(p), nil
	}
	s.mu.Lock()
	n, err := s.tty.Write(p)
	if bytes.Contains(p, []byte(ansi.SetModeAltScreenSaveCursor)) {
		s.ours = true
	}
	if bytes.Contains(p, []byte(ansi.ResetModeAltScreenSaveCursor)) {
		s.ours = false
	}
	s.mu.Unlock()
	for _, change := range []string{ansi.SetModeAltScreenSaveCursor, ansi.EraseEntireScreen, ansi.EraseEntireLine} {
		if bytes.Contains(p, []byte(change)) {
			s.Redraw()
			break
		}
	}
	return n, err
}

// Fd, Read and Close make a Screen a terminal to Bubble Tea, where it draws on one.

// Fd returns the terminal's descriptor; an invalid one where it is no file.
func (s *Screen) Fd() uintptr {
	if f, ok := s.tty.(*os.File); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}

// Read reads from the terminal.
func (s *Screen) Read(p []byte) (int, error) {
	if f, ok := s.tty.(*os.File); ok {
		return f.Read(p)
	}
	return 0, io.EOF
}

// Close does nothing: who opened the terminal closes it.
func (s *Screen) Close() error { return nil }
