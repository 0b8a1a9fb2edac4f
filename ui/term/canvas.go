package term

import (
	"bytes"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// canvas knows what a terminal shows, and says what must be written to make it show something else.
type canvas struct {
	width, height int      // in cells
	shown         []string // empty where what is shown is not known
	before, after []cell   // room to take lines apart in
}

// draw returns what makes the terminal show these lines. Afterwards they count as shown.
func (c *canvas) draw(lines []string) []byte {
	lines = lines[:min(len(lines), max(c.height, 0))]
	var b bytes.Buffer
	b.WriteString(ansi.SetModeSynchronizedOutput)
	start := b.Len()
	if len(c.shown) == len(lines) {
		c.scroll(&b, lines)
	}
	for y, line := range lines {
		switch {
		case len(c.shown) != len(lines):
			c.whole(&b, y, line)
		case c.shown[y] != line:
			c.change(&b, y, c.shown[y], line)
		}
	}
	c.shown = lines
	if b.Len() == start {
		return nil
	}
	b.WriteString(ansi.ResetModeSynchronizedOutput)
	return b.Bytes()
}

// whole writes a line from its first cell on. The terminal's style is plain before and after.
func (c *canvas) whole(b *bytes.Buffer, y int, line string) {
	b.WriteString(ansi.CursorPosition(1, y+1))
	width := ansi.StringWidth(line)
	if width > c.width { // a longer line would wrap, and shift all that follows
		line, width = ansi.Truncate(line, c.width, ""), c.width
	}
	b.WriteString(line)
	if strings.Contains(line, "\x1b") {
		b.WriteString(ansi.ResetStyle)
	}
	if width < c.width { // in the last column this would erase the last cell
		b.WriteString(ansi.EraseLineRight)
	}
}

// change writes the part of a line that differs. Where a character may take more or less than one cell,
// terminals disagree on how many, so such a line is written whole.
func (c *canvas) change(b *bytes.Buffer, y int, from, to string) {
	before, ok := cells(c.before, from)
	after, ok2 := cells(c.after, to)
	c.before, c.after = before, after
	if !ok || !ok2 || len(before) != len(after) || len(after) > c.width {
		c.whole(b, y, to)
		return
	}
	first, end := 0, len(after)
	for first < end && before[first] == after[first] {
		first++
	}
	for end > first && before[end-1] == after[end-1] {
		end--
	}
	if first == end {
		return // the same cells, written in another way
	}
	b.WriteString(ansi.CursorPosition(first+1, y+1))
	style := ""
	for _, cell := range after[first:end] {
		style = restyle(b, style, cell.style)
		b.WriteString(cell.text)
	}
	restyle(b, style, "")
}

// restyle writes what leads from one style to another, and returns the other.
func restyle(b *bytes.Buffer, from, to string) string {
	if from == to {
		return to
	}
	rest, more := strings.CutPrefix(to, from)
	if !more {
		b.WriteString(ansi.ResetStyle)
		rest = to
	}
	b.WriteString(rest)
	return to
}
