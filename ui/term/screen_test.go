package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// grid is what a terminal shows: for each cell its text and style.
func grid(e *vt.Emulator) []string {
	var out []string
	for y := range e.Height() {
		var row strings.Builder
		for x := range e.Width() {
			if c := e.CellAt(x, y); c != nil {
				fmt.Fprintf(&row, "%s|%s·", strings.TrimRight(c.Content, " "), c.Style.String())
			}
		}
		out = append(out, row.String())
	}
	return out
}

// fresh is what a terminal shows that gets the whole picture.
func fresh(w, h int, picture string) []string {
	e := vt.NewEmulator(w, h)
	for y, line := range strings.Split(picture, "\n") {
		_, _ = fmt.Fprintf(e, "\x1b[%d;1H\x1b[m%s\x1b[m", y+1, line)
	}
	return grid(e)
}

// pictures draws random pictures: styled, with wide characters, each exactly w cells wide.
func pictures(t *rapid.T, w, h int) []string {
	alphabet := []string{"a", "b", " ", "─", "●", "Ж", "é", "漢", "‧", "x", "x", "x"}
	styles := []string{"", "\x1b[m", "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[0;32m", "\x1b[38;5;200m", "\x1b[48;2;1;2;3m", "\x1b[7m"}
	line := func() string {
		var b strings.Builder
		for range rapid.IntRange(0, w).Draw(t, "length") {
			b.WriteString(rapid.SampledFrom(styles).Draw(t, "style"))
			b.WriteString(rapid.SampledFrom(alphabet).Draw(t, "character"))
		}
		b.WriteString("\x1b[m")
		text := ansi.Truncate(b.String(), w, "")
		return text + strings.Repeat(" ", w-ansi.StringWidth(text))
	}
	stock := make([]string, 3*h) // few enough that lines come again, and blocks move
	for i := range stock {
		stock[i] = line()
	}
	var out []string
	for range rapid.IntRange(2, 6).Draw(t, "pictures") {
		at, lines := rapid.IntRange(0, 2*h).Draw(t, "at"), make([]string, h)
		copy(lines, stock[at:])
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			lines[rapid.IntRange(0, h-1).Draw(t, "row")] = line()
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	return out
}

// TestDrawingWhatDiffersShowsTheSame compares a terminal that got the differences with one that got each
// picture whole.
func TestDrawingWhatDiffersShowsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 30).Draw(t, "width"), rapid.IntRange(1, 20).Draw(t, "height")
		screen := vt.NewEmulator(w, h)
		c := canvas{width: w, height: h}
		for i, p := range pictures(t, w, h) {
			if i > 0 && rapid.Bool().Draw(t, "forget") {
				c = canvas{width: w, height: h}
			}
			_, err := screen.Write(c.draw(strings.Split(p, "\n")))
			require.NoError(t, err)
			require.Equal(t, fresh(w, h, p), grid(screen), "picture %d", i)
		}
	})
}

// table is a list of rows as screens draw it, from one row on, with a cursor.
func table(w, h, first, cursor int) string {
	var lines []string
	for row := first; row < first+h; row++ {
		line := fmt.Sprintf("  row %-6d \x1b[32m✓ succeeded\x1b[m %s", row, strings.Repeat("·", w-24))
		if row == cursor {
			line = "\x1b[7m> " + ansi.Strip(line)[2:] + "\x1b[m"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestLittleIsSent holds the bytes against those of whole pictures: they are what a slow link feels.
func TestLittleIsSent(t *testing.T) {
	const w, h = 200, 50
	for name, to := range map[string]string{
		"the cursor moves":        table(w, h, 100, 121),
		"the list moves":          table(w, h, 101, 121),
		"the list moves by a lot": table(w, h, 125, 130),
		"the list moves back":     table(w, h, 97, 118),
	} {
		c := canvas{width: w, height: h}
		whole := len(c.draw(strings.Split(table(w, h, 100, 120), "\n")))
		sent := c.draw(strings.Split(to, "\n"))
		limit := whole / 8
		if strings.HasSuffix(name, "a lot") {
			limit = whole * 6 / 10
		}
		assert.Less(t, len(sent), limit, name)
		assert.Empty(t, c.draw(strings.Split(to, "\n")), "what is shown is not sent again")
	}
}

func TestOnlyTheChangedPartOfALineIsSent(t *testing.T) {
	c := canvas{width: 60, height: 2}
	from := "\x1b[1m pikedash\x1b[m  \x1b[36m◆ SANDBOX\x1b[m                      14:03:22"
	c.draw([]string{from, "x"})
	sent := c.draw([]string{strings.Replace(from, "22", "25", 1), "x"})
	assert.Equal(t, ansi.SetModeSynchronizedOutput+"\x1b[1;50H5"+ansi.ResetModeSynchronizedOutput, string(sent))
}

// terminal is a terminal that a Screen draws on, by hand: paint draws what is due.
func terminal(t *testing.T, w, h int) (*Screen, *vt.Emulator) {
	t.Helper()
	e := vt.NewEmulator(w, h)
	s := NewScreen(e)
	s.Resize(w, h)
	return s, e
}

func write(t *testing.T, s *Screen, text string) {
	t.Helper()
	n, err := s.Write([]byte(text))
	require.NoError(t, err)
	require.Equal(t, len(text), n)
}

// TestOthersHaveTheTerminalToThemselves follows an editor that is started and ended.
func TestOthersHaveTheTerminalToThemselves(t *testing.T) {
	s, e := terminal(t, 10, 2)
	s.Show("one       \ntwo       ")
	require.NoError(t, s.paint())
	assert.NotContains(t, e.String(), "one", "nothing is drawn before the alternate screen")

	write(t, s, ansi.SetModeAltScreenSaveCursor)
	require.NoError(t, s.paint())
	assert.Contains(t, e.String(), "one")

	write(t, s, ansi.ResetModeAltScreenSaveCursor)
	write(t, s, "editor")
	s.Show("three     \nfour      ")
	require.NoError(t, s.paint())
	assert.Contains(t, e.String(), "editor")
	assert.NotContains(t, e.String(), "three")

	write(t, s, ansi.SetModeAltScreenSaveCursor+ansi.EraseEntireScreen)
	require.NoError(t, s.paint())
	assert.Contains(t, e.String(), "three")
	assert.NotContains(t, e.String(), "editor")
}

// TestBubbleTeasPicturesAreKeptBack feeds what its renderer writes at a flush.
func TestBubbleTeasPicturesAreKeptBack(t *testing.T) {
	s, e := terminal(t, 10, 1)
	write(t, s, ansi.SetModeAltScreenSaveCursor)
	s.Show("own       ")
	require.NoError(t, s.paint())
	write(t, s, ansi.CursorHomePosition+"\r"+ansi.Truncate(NoPicture, 10, "")+ansi.EraseLineRight)
	assert.Contains(t, e.String(), "own")
	assert.Zero(t, ansi.StringWidth(NoPicture))
}

func TestAnErasedScreenIsDrawnAgain(t *testing.T) {
	s, e := terminal(t, 10, 1)
	write(t, s, ansi.SetModeAltScreenSaveCursor)
	s.Show("own       ")
	require.NoError(t, s.paint())
	for _, erase := range []string{ansi.EraseEntireScreen, ansi.EraseEntireLine} {
		write(t, s, erase)
		require.NotContains(t, e.String(), "own")
		require.NoError(t, s.paint())
		require.Contains(t, e.String(), "own")
	}
}

// TestOldPicturesAreNotDrawnAtANewSize would else wrap their lines.
func TestOldPicturesAreNotDrawnAtANewSize(t *testing.T) {
	s, e := terminal(t, 10, 1)
	write(t, s, ansi.SetModeAltScreenSaveCursor)
	s.Show("0123456789")
	s.Resize(4, 1)
	require.NoError(t, s.paint())
	assert.NotContains(t, e.String(), "0")
	s.Show("0123456789") // longer than the terminal is wide
	require.NoError(t, s.paint())
	assert.Contains(t, e.String(), "0123")
	assert.NotContains(t, e.String(), "4")
}

// broken is a terminal that has gone away.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestPaintEndsWithItsTerminal(t *testing.T) {
	s := NewScreen(broken{})
	s.Resize(5, 1)
	s.ours = true
	s.Show("hello")
	require.ErrorContains(t, s.Paint(context.Background()), "drawing on the terminal: gone")
}

// stuck is a terminal that takes nothing until it is let go.
type stuck struct {
	bytes.Buffer
	entered chan struct{}
	free    chan struct{}
}

func (b *stuck) Write(p []byte) (int, error) {
	b.entered <- struct{}{}
	<-b.free
	return b.Buffer.Write(p)
}

// TestAStuckTerminalHoldsNobodyUp shows pictures while one is being written: none waits, and the last
// one is drawn.
func TestAStuckTerminalHoldsNobodyUp(t *testing.T) {
	b := &stuck{entered: make(chan struct{}), free: make(chan struct{})}
	s := NewScreen(b)
	s.Resize(5, 1)
	s.ours = true
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Paint(ctx) }()
	s.Show("first")
	<-b.entered
	for i := range 1000 {
		s.Show(fmt.Sprintf("%5d", i))
	}
	b.free <- struct{}{}
	<-b.entered
	cancel()
	b.free <- struct{}{}
	require.NoError(t, <-done)
	assert.Contains(t, b.String(), "999")
	assert.NotContains(t, b.String(), "998")
}
