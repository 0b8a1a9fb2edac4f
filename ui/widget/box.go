package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"pikedash/ui/theme"
)

// Rect is a box of cells.
type Rect struct{ X, Y, W, H int }

// Top cuts h rows off the top: it returns them, and what is left.
func (r Rect) Top(h int) (cut, rest Rect) {
	h = clamp(h, 0, r.H)
	return Rect{r.X, r.Y, r.W, h}, Rect{r.X, r.Y + h, r.W, r.H - h}
}

// Bottom cuts h rows off the bottom: it returns them, and what is left.
func (r Rect) Bottom(h int) (cut, rest Rect) {
	h = clamp(h, 0, r.H)
	return Rect{r.X, r.Y + r.H - h, r.W, h}, Rect{r.X, r.Y, r.W, r.H - h}
}

// Left cuts w columns off the left: it returns them, and what is left.
func (r Rect) Left(w int) (cut, rest Rect) {
	w = clamp(w, 0, r.W)
	return Rect{r.X, r.Y, w, r.H}, Rect{r.X + w, r.Y, r.W - w, r.H}
}

// Right cuts w columns off the right: it returns them, and what is left.
func (r Rect) Right(w int) (cut, rest Rect) {
	w = clamp(w, 0, r.W)
	return Rect{r.X + r.W - w, r.Y, w, r.H}, Rect{r.X, r.Y, r.W - w, r.H}
}

func clamp(v, low, high int) int { return max(low, min(v, high)) }

// Fit makes s exactly w cells wide and h lines high: it pads and cuts.
func Fit(s string, w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	return FitLines(strings.Split(s, "\n"), w, h)
}

// FitLines is Fit for lines.
func FitLines(lines []string, w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	var b strings.Builder
	b.Grow((w + 8) * h)
	for i := range h {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(lines) {
			b.WriteString(Pad(lines[i], w))
		} else {
			b.WriteString(Blanks(w))
		}
	}
	return b.String()
}

// Beside puts two boxes of the same height next to each other. Both must be exact boxes already.
func Beside(left, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range l {
		if i < len(r) {
			l[i] += r[i]
		}
	}
	return strings.Join(l, "\n")
}

// Below puts boxes of the same width under each other; empty ones are left out.
func Below(boxes ...string) string {
	kept := boxes[:0:0]
	for _, b := range boxes {
		if b != "" {
			kept = append(kept, b)
		}
	}
	return strings.Join(kept, "\n")
}

// Ends puts left and right at the ends of a line of w cells. When both do not fit, right goes first.
func Ends(left, right string, w int) string {
	l, r := Width(left), Width(right)
	if r == 0 || l+1+r > w {
		return Pad(left, w)
	}
	return left + Blanks(w-l-r) + right
}

// Overlay lays the box over, line by line, onto base at column x and row y. Base keeps its size.
func Overlay(base, over string, x, y int) string {
	lines := strings.Split(base, "\n")
	reset := ""
	if strings.Contains(base, "\x1b") {
		reset = "\x1b[0m"
	}
	for i, o := range strings.Split(over, "\n") {
		at := y + i
		if at < 0 || at >= len(lines) {
			continue
		}
		w := Width(lines[at])
		from := min(x, w)
		ow := min(Width(o), w-from)
		left := Pad(ansi.Truncate(lines[at], from, ""), from)
		lines[at] = left + reset + Pad(o, ow) + cutFrontPad(lines[at], from+ow, w-from-ow)
	}
	return strings.Join(lines, "\n")
}

// cutFrontPad drops n cells from the front of s and returns exactly w cells; half a wide character
// becomes a blank.
func cutFrontPad(s string, n, w int) string {
	if w <= 0 {
		return ""
	}
	out := ansi.TruncateLeft(s, n, "")
	if over := Width(out) - w; over > 0 {
		out = " " + ansi.TruncateLeft(s, n+1, "")
	}
	return Blanks(w-Width(out)) + out
}

// Center lays the box over in the middle of base, which is w cells wide and h lines high.
func Center(base, over string, w, h int) string {
	lines := strings.Split(over, "\n")
	ow := 0
	for _, l := range lines {
		ow = max(ow, Width(l))
	}
	return Overlay(base, over, max(0, (w-ow)/2), max(0, (h-len(lines))/2))
}

// Rule is a line of w cells with a title in it: "─ po_8001 ─────".
func Rule(t *theme.Theme, title string, w int) string {
	line := t.Glyphs.Rule
	if title == "" {
		return t.Rule.Paint(strings.Repeat(line, max(0, w)))
	}
	title = Cut(title, max(0, w-4))
	rest := max(0, w-Width(title)-3)
	return t.Rule.Paint(line) + " " + t.Title.Paint(title) + " " + t.Rule.Paint(strings.Repeat(line, rest))
}

// Framed draws a border around lines, which are cut and padded to w-4 cells; the whole is w cells
// wide and len(lines)+2 high.
func Framed(frame theme.Frame, ink theme.Ink, title string, titleInk theme.Ink, lines []string, w int) string {
	inner := max(0, w-4)
	title = Cut(title, max(0, w-6))
	head := ink.Paint(frame.TopLeft + frame.Top)
	rest := w - 3
	if title != "" {
		head += " " + titleInk.Paint(title) + " "
		rest -= Width(title) + 2
	}
	out := make([]string, 0, len(lines)+2)
	out = append(out, head+ink.Paint(strings.Repeat(frame.Top, max(0, rest))+frame.TopRight))
	for _, l := range lines {
		out = append(out, ink.Paint(frame.Left)+" "+Pad(l, inner)+" "+ink.Paint(frame.Right))
	}
	out = append(out, ink.Paint(frame.BottomLeft+strings.Repeat(frame.Bottom, max(0, w-2))+frame.BottomRight))
	return strings.Join(out, "\n")
}

// Wrap breaks text into lines of at most w cells, at blanks where it can.
func Wrap(text string, w int) []string {
	if w <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(text, w, ""), "\n")
}
