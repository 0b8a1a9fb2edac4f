// Package term touches the terminal and starts programs: clipboard, editor, pager. Nothing here is
// called from Update or View: only from commands, and before and after the dashboard.
package term

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/atotto/clipboard"
	osc52 "github.com/aymanbagabas/go-osc52/v2"
)

// Route is the way that a copy took.
type Route string

// The routes.
const (
	ByOSC52 Route = "OSC 52"
	ByHost  Route = "the clipboard tool"
)

// MaxOSC52 is the most bytes that are sent to the terminal: their Base64 stays under the 74,994 bytes
// that common terminals and tmux accept.
const MaxOSC52 = 56_000

// ErrNoClipboard says that there is no way to copy.
var ErrNoClipboard = errors.New("there is no clipboard to reach: neither a tool on this machine nor a terminal that takes OSC 52")

// Clipboard copies text. The zero value does not: use NewClipboard.
type Clipboard struct {
	Mode   string              // auto, osc52, host or off
	Out    io.Writer           // the terminal
	Getenv func(string) string // the environment
	Host   func(string) error  // the host's tool; nil when there is none
}

// NewClipboard copies to the terminal behind out, or with the host's tool. Mode empty means auto.
func NewClipboard(mode string, out io.Writer, getenv func(string) string) Clipboard {
	c := Clipboard{Mode: mode, Out: out, Getenv: getenv}
	if !clipboard.Unsupported {
		c.Host = clipboard.WriteAll
	}
	return c
}

// remote says that the clipboard of this machine is not the one that the user looks at, or may not be:
// over SSH, and in tmux, which outlives the place where it was started. There a host tool succeeds and
// copies to nowhere.
func (c Clipboard) remote() bool {
	for _, name := range []string{"SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT", "TMUX", "STY"} {
		if c.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// Copy copies text and says by which route. It does I/O: call it from a command.
func (c Clipboard) Copy(text string) (Route, error) {
	switch c.Mode {
	case "off":
		return "", errors.New("copying is switched off in the configuration")
	case "osc52":
		return ByOSC52, c.osc52(text)
	case "host":
		return ByHost, c.host(text)
	}
	first, second := c.host, c.osc52
	routes := []Route{ByHost, ByOSC52}
	if c.remote() {
		first, second = c.osc52, c.host
		routes = []Route{ByOSC52, ByHost}
	}
	err := first(text)
	if err == nil {
		return routes[0], nil
	}
	if err2 := second(text); err2 != nil {
		return "", errors.Join(err, err2)
	}
	return routes[1], nil
}

func (c Clipboard) host(text string) error {
	if c.Host == nil {
		return errors.New("this machine has no clipboard tool")
	}
	if err := c.Host(text); err != nil {
		return fmt.Errorf("the clipboard tool: %w", err)
	}
	return nil
}

// osc52 asks the terminal to copy. The answer cannot be known: a terminal that does not take it is
// silent.
func (c Clipboard) osc52(text string) error {
	if c.Out == nil || c.Getenv("TERM") == "dumb" {
		return ErrNoClipboard
	}
	if len(text) > MaxOSC52 {
		return fmt.Errorf("%d bytes are too many for OSC 52, which takes %d", len(text), MaxOSC52)
	}
	if _, err := io.WriteString(c.Out, sequence(text, c.Getenv)); err != nil {
		return fmt.Errorf("writing to the terminal: %w", err)
	}
	return nil
}

// sequence makes what is written. In tmux it goes twice: plain, which tmux takes itself when
// set-clipboard is on, and wrapped, which it passes on when allow-passthrough is on.
func sequence(text string, getenv func(string) string) string {
	plain := osc52.New(text)
	switch {
	case getenv("TMUX") != "":
		return plain.String() + plain.Tmux().String()
	case getenv("STY") != "", strings.HasPrefix(getenv("TERM"), "screen"):
		return plain.Screen().String()
	}
	return plain.String()
}
