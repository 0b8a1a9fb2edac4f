package widget

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pikedash/ui/theme"
)

const (
	gutter = 3 // cursor, mark, blank
	gap    = 2 // cells between columns
)

// cell is a cell ready for drawing.
type cell struct {
	text  string
	width int
	ink   theme.Ink
	// of a Point column that holds an amount: the text's parts "1,500" ".00" " EUR"
	amount               bool
	whole, frac, unit    string
	wholeW, fracW, unitW int
}

func (t *Table[T]) cells(row *T) []cell {
	out := make([]cell, len(t.opt.Columns))
	for i, c := range t.opt.Columns {
		v := c.Cell(row)
		text := Clean(v.Text)
		out[i] = cell{text: text, width: Width(text), ink: v.Ink}
		if c.Align == Point {
			out[i].split()
		}
	}
	return out
}

// split parts "1,500.00 EUR" at the point and at the currency. What is no amount stays whole.
func (c *cell) split() {
	number, unit := c.text, ""
	if i := strings.LastIndexByte(number, ' '); i >= 0 {
		number, unit = number[:i], number[i:]
	}
	if number == "" || strings.Trim(number, "0123456789,.-") != "" {
		return
	}
	c.amount, c.whole, c.unit = true, number, unit
	if i := strings.LastIndexByte(number, '.'); i >= 0 {
		c.whole, c.frac = number[:i], number[i:]
	}
	c.wholeW, c.fracW, c.unitW = Width(c.whole), Width(c.frac), Width(c.unit)
}

// shortened fits an amount into w cells: without separators, then without its currency, but never
// without a digit, which would make it another amount.
func (c *cell) shortened(w int) string {
	bare := strings.ReplaceAll(c.whole, ",", "") + c.frac
	switch {
	case len(bare)+c.unitW <= w:
		return bare + c.unit
	case len(bare) < w:
		return bare + "…"
	}
	return strings.Repeat("#", max(0, w))
}

// View draws heads and rows in exactly the box.
func (t *Table[T]) View(now time.Time) string {
	if t.w <= 0 || t.h <= 0 {
		return ""
	}
	if len(t.rows) == 0 {
		return FitLines(t.emptyLines(now), t.w, t.h)
	}
	var b strings.Builder
	b.Grow((t.w + 60) * t.h)
	if t.h > 1 {
		t.drawHead(&b)
		b.WriteByte('\n')
	}
	h := t.height()
	points := t.points(h)
	for y := range h {
		if y > 0 {
			b.WriteByte('\n')
		}
		if i := t.top + y; i < len(t.rows) {
			t.drawRow(&b, i, points)
		} else {
			b.WriteString(Blanks(t.w))
		}
	}
	return b.String()
}

// point is how wide the parts of a Point column are among the rows in sight.
type point struct{ frac, unit int }

func (t *Table[T]) points(h int) []point {
	out := make([]point, len(t.visible))
	for n, i := range t.visible {
		if t.opt.Columns[i].Align != Point {
			continue
		}
		for r := t.top; r < len(t.rows) && r < t.top+h; r++ {
			c := &t.rows[r].cells[i]
			out[n].frac = max(out[n].frac, c.fracW)
			out[n].unit = max(out[n].unit, c.unitW)
		}
	}
	return out
}

func (t *Table[T]) drawHead(b *strings.Builder) {
	var line strings.Builder
	line.WriteString(Blanks(min(gutter, t.w)))
	for n, i := range t.visible {
		c := t.opt.Columns[i]
		title := c.Title
		if c.Key == t.sort.Key && c.Key != "" {
			title += t.arrow()
		}
		if n > 0 {
			line.WriteString(Blanks(gap))
		}
		if c.Align == Left {
			line.WriteString(Pad(title, t.widths[n]))
		} else {
			line.WriteString(PadLeft(title, t.widths[n]))
		}
	}
	b.WriteString(t.opt.Theme.Header.Paint(Pad(line.String(), t.w)))
}

func (t *Table[T]) drawRow(b *strings.Builder, i int, points []point) {
	e := &t.rows[i]
	th := t.opt.Theme
	here, marked := i == t.cursor, t.marked(e.id)
	sel := th.Selected.On(here)
	cursor, mark := " ", " "
	if here {
		cursor = th.Glyphs.Cursor
		if t.opt.Front != nil && !t.opt.Front() {
			cursor = th.Glyphs.Dot // another pane has the keys
		}
	}
	if marked {
		mark = th.Glyphs.Mark
	}
	if t.w < gutter {
		b.WriteString(Pad(cursor+mark, t.w))
		return
	}
	paint(b, th.Accent, here, cursor+mark+" ")
	used := gutter
	for n, col := range t.visible {
		if n > 0 {
			space(b, sel, gap)
			used += gap
		}
		w := t.widths[n]
		used += w
		c := &e.cells[col]
		ink := c.ink
		if marked && c.ink == (theme.Ink{}) {
			ink = th.Marked
		}
		on := ink.On(here)
		if on == "" {
			on = sel
		}
		t.drawCell(b, c, t.opt.Columns[col], w, points[n], on, sel)
	}
	space(b, sel, t.w-used)
}

// space writes n blanks in the row's own style.
func space(b *strings.Builder, sel string, n int) {
	if n <= 0 {
		return
	}
	b.WriteString(sel)
	b.WriteString(Blanks(n))
	if sel != "" {
		b.WriteString(resetInk)
	}
}

// resetInk ends a prepared sequence.
const resetInk = "\x1b[0m"

func paint(b *strings.Builder, ink theme.Ink, selected bool, text string) {
	b.WriteString(ink.On(selected))
	b.WriteString(text)
	b.WriteString(ink.Off(selected))
}

// drawCell writes a cell in w cells: its text in the ink on, the blanks around it in the row's style.
func (t *Table[T]) drawCell(b *strings.Builder, c *cell, col Column[T], w int, p point, on, sel string) {
	lead, trail := 0, 0
	text := c.text
	aligned := c.amount && c.wholeW+p.frac+p.unit <= w
	switch {
	case aligned:
		lead, trail = w-c.wholeW-p.frac-p.unit, p.unit-c.unitW
	case c.width > w && c.amount:
		text = c.shortened(w)
		lead = w - Width(text)
	case c.width > w && col.Middle:
		text = CutMiddle(c.text, w)
		trail = w - Width(text)
	case c.width > w:
		text = Cut(c.text, w)
		trail = w - Width(text)
	case col.Align == Left:
		trail = w - c.width
	default:
		lead = w - c.width
	}
	space(b, sel, lead)
	b.WriteString(on)
	if aligned {
		b.WriteString(c.whole)
		b.WriteString(c.frac)
		b.WriteString(Blanks(p.frac - c.fracW))
		b.WriteString(c.unit)
	} else {
		b.WriteString(text)
	}
	if on != "" {
		b.WriteString(resetInk)
	}
	space(b, sel, trail)
}

// emptyLines says which kind of nothing it is, and what to do.
func (t *Table[T]) emptyLines(now time.Time) []string {
	th := t.opt.Theme
	var text []string
	ink := th.Dim
	filter := ""
	if t.opt.Filter != nil {
		filter = t.opt.Filter()
	}
	switch {
	case t.err != nil:
		ink = th.Bad
		text = []string{"This could not be read: " + t.err.Error(), t.opt.Keys.List.Refresh.Label() + " tries again."}
	case !t.loaded:
		if s := WaitText(t.opt.Waits, t.since, t.since.Add(loadTime), now); s != "" {
			text = []string{s}
		}
	case filter != "":
		text = []string{"No row fits " + filter + ".", t.opt.Keys.Filter.Cancel.Label() + " clears the filter."}
	default:
		text = []string{t.opt.Empty}
	}
	lines := []string{""}
	for _, l := range paragraph(text, max(1, t.w-2*gutter)) {
		lines = append(lines, Blanks(min(gutter, t.w))+ink.Paint(l))
	}
	return lines
}

// hiddenSort says what the list is ordered by when that is not as at first and its column not in sight.
func (t *Table[T]) hiddenSort() (text string, hidden bool) {
	for i, c := range t.opt.Columns {
		if c.Key == t.sort.Key && t.sort != t.opt.Sort {
			return "by " + c.Title + t.arrow(), !slices.Contains(t.visible, i)
		}
	}
	return "", false
}

func (t *Table[T]) arrow() string {
	if t.sort.Desc {
		return t.opt.Theme.Glyphs.Down
	}
	return t.opt.Theme.Glyphs.Up
}

// Counts says how many rows there are and how many have come: "1,204 of 1,000,000  12 new ↑". All is
// the number of rows without a filter, 0 when it is the same or not known.
func (t *Table[T]) Counts(all int) string {
	var parts []string
	switch n, known := t.Total(); {
	case !known && t.counting && t.loaded:
		parts = append(parts, "counting")
	case !known && t.loaded:
		parts = append(parts, "not counted") // it took too long
	case known && all > n:
		parts = append(parts, Thousands(n)+" of "+Thousands(all))
	case known:
		parts = append(parts, Thousands(n))
	}
	if by, hidden := t.hiddenSort(); hidden {
		parts = append(parts, by)
	}
	if t.fresh > 0 {
		parts = append(parts, fmt.Sprintf("%s new %s", Thousands(t.fresh), t.opt.Theme.Glyphs.Up))
	}
	if t.err != nil && len(t.rows) > 0 {
		parts = append(parts, "old: "+Clean(t.err.Error()))
	}
	return strings.Join(parts, "   ")
}
