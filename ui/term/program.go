package term

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// maxOutput bounds what is kept of a program's output, in bytes.
const maxOutput = 1 << 20

// Output starts a program, gives it stdin, and returns what it printed on both streams, at most 1 MiB.
// Nothing of it reaches the screen. It waits: call it from a command.
func Output(ctx context.Context, argv []string, stdin []byte) ([]byte, error) {
	if len(argv) == 0 {
		return nil, fmt.Errorf("no program is named")
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // named by the user
	cmd.Stdin = bytes.NewReader(stdin)
	var out capped
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.buf.Bytes(), fmt.Errorf("%s: %w", argv[0], err)
	}
	return out.buf.Bytes(), nil
}

// capped keeps the first maxOutput bytes and forgets the rest.
type capped struct{ buf bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	if room := maxOutput - c.buf.Len(); room > 0 {
		c.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// Title makes a window title of text: one line, no control characters.
func Title(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, ansi.Strip(text))
}

// restore undoes what the dashboard sets: mouse, focus reports, bracketed paste, hidden cursor, other
// screen, colours.
const restore = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[0m"

// Restore brings a terminal back that a program left behind in a bad state.
func Restore(out io.Writer) error {
	if _, err := io.WriteString(out, restore); err != nil {
		return fmt.Errorf("restoring the terminal: %w", err)
	}
	return nil
}
