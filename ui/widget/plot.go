package widget

import (
	"strings"

	"pikedash/ui/theme"
)

// Plot draws values as bars h lines high and w cells wide, the newest on the right; more values than
// cells are gathered by their largest. A bar is at least an eighth of a cell high where there is
// anything, so it reads without colour.
func Plot(t *theme.Theme, ink theme.Ink, values []float64, w, h int) []string {
	if w <= 0 || h <= 0 {
		return nil
	}
	cells := gather(values, w)
	top := 0.0
	for _, v := range cells {
		top = max(top, v)
	}
	levels := len(t.Glyphs.Bar)
	out := make([]string, h)
	for y := range h {
		floor := (h - 1 - y) * levels
		var b strings.Builder
		b.WriteString(Blanks(w - len(cells)))
		for _, v := range cells {
			n := 0
			if top > 0 && v > 0 {
				n = max(1, int(v/top*float64(h*levels)+0.5))
			}
			switch {
			case n <= floor:
				b.WriteByte(' ')
			case n >= floor+levels:
				b.WriteString(t.Glyphs.Bar[levels-1])
			default:
				b.WriteString(t.Glyphs.Bar[n-floor-1])
			}
		}
		out[y] = ink.Paint(b.String())
	}
	return out
}

// Meter draws a part of a whole as a bar of w cells.
func Meter(t *theme.Theme, ink theme.Ink, part, whole float64, w int) string {
	if w <= 0 {
		return ""
	}
	n := 0
	if whole > 0 {
		n = clamp(int(part/whole*float64(w)+0.5), 0, w)
	}
	return ink.Paint(strings.Repeat(t.Glyphs.Bar[len(t.Glyphs.Bar)-1], n)) + t.Dim.Paint(strings.Repeat(t.Glyphs.Dot, w-n))
}

// gather fits values into at most w cells.
func gather(values []float64, w int) []float64 {
	if len(values) <= w {
		return values
	}
	out := make([]float64, w)
	for i := range w {
		for _, v := range values[i*len(values)/w : max(i*len(values)/w+1, (i+1)*len(values)/w)] {
			out[i] = max(out[i], v)
		}
	}
	return out
}

// Tabs draws names on a line of w cells; the chosen one is told by brackets and by its ink. Names that
// do not fit make room for the chosen one.
func Tabs(t *theme.Theme, names []string, at, w int) string {
	from := 0
	for from < at && tabsWidth(names[from:at+1]) > w {
		from++
	}
	var b strings.Builder
	used := 0
	for i := from; i < len(names); i++ {
		name := Clean(names[i])
		if used+Width(name)+2 > w {
			break
		}
		if i == at {
			b.WriteString(t.Accent.Paint("[" + name + "]"))
		} else {
			b.WriteString(" " + t.Dim.Paint(name) + " ")
		}
		used += Width(name) + 2
	}
	return Pad(b.String(), w)
}

func tabsWidth(names []string) int {
	n := 0
	for _, s := range names {
		n += Width(Clean(s)) + 2
	}
	return n
}
