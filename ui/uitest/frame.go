package uitest

import "strings"

// ColorKind tells how a colour was named by the program.
type ColorKind uint8

// The kinds of colours.
const (
	DefaultColor ColorKind = iota // the terminal's own foreground or background
	IndexedColor                  // one of the 256 numbered colours; 0 to 15 belong to the terminal's palette
	RGBColor                      // 24 bits
)

// Color is a colour as the program asked for it.
type Color struct {
	Kind    ColorKind
	Index   uint8 // of an IndexedColor
	R, G, B uint8 // of an RGBColor
}

// Attr is a set of text attributes.
type Attr uint8

// The attributes.
const (
	Bold Attr = 1 << iota
	Faint
	Italic
	Blink
	Reverse
	Conceal
	Strike
)

// Underline is the style of the line below a cell.
type Underline uint8

// The underlines, in the order of the terminal's own numbers (SGR 4:n).
const (
	NoUnderline Underline = iota
	SingleUnderline
	DoubleUnderline
	CurlyUnderline
	DottedUnderline
	DashedUnderline
)

// Cell is one character cell. The right half of a wide character is a cell with Width 0.
type Cell struct {
	Text       string // one grapheme cluster; empty means blank
	Width      int    // columns that Text takes: 1 or 2; 0 for the right half of a wide one
	Fg, Bg     Color
	Underline  Underline
	UnderColor Color
	Attr       Attr
	Link       string // target of an OSC 8 hyperlink
}

// Frame is a copy of the screen at one moment.
type Frame struct {
	Width, Height    int    // in cells
	Cells            []Cell // row by row
	CursorX, CursorY int
	CursorVisible    bool
	AltScreen        bool // the program draws on the alternate screen
	BracketedPaste   bool
	Mouse            bool // any mouse reporting is on
	Focus            bool // focus reporting is on
	Title            string
}

// Cell returns the cell in column x and row y, counted from 0; outside the screen it is empty.
func (f *Frame) Cell(x, y int) Cell {
	if x < 0 || y < 0 || x >= f.Width || y >= f.Height {
		return Cell{}
	}
	return f.Cells[y*f.Width+x]
}

// Line returns the text of row y without trailing blanks.
func (f *Frame) Line(y int) string {
	var b strings.Builder
	for x := range f.Width {
		c := f.Cell(x, y)
		switch {
		case c.Width == 0 && x > 0 && f.Cell(x-1, y).Width == 2:
			// The right half of a wide character has no text of its own.
		case c.Text == "":
			b.WriteByte(' ')
		default:
			b.WriteString(c.Text)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// Text returns all rows, without trailing blanks, joined by newlines.
func (f *Frame) Text() string {
	lines := make([]string, f.Height)
	for y := range f.Height {
		lines[y] = f.Line(y)
	}
	return strings.Join(lines, "\n")
}

// Contains says whether text stands anywhere on the screen. A newline in text spans rows.
func (f *Frame) Contains(text string) bool { return strings.Contains(f.Text(), text) }

// Find returns the column and row of the first cell of text, reading row by row.
func (f *Frame) Find(text string) (x, y int, ok bool) {
	for y := range f.Height {
		for x := range f.Width {
			if f.Cell(x, y).Width > 0 && strings.HasPrefix(f.from(x, y), text) {
				return x, y, true
			}
		}
	}
	return 0, 0, false
}

// from returns the text of row y from column x on.
func (f *Frame) from(x, y int) string {
	var b strings.Builder
	for ; x < f.Width; x++ {
		if c := f.Cell(x, y); c.Text != "" {
			b.WriteString(c.Text)
		} else if c.Width > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Dump draws the frame with a border and its modes, for the message of a failed test.
func (f *Frame) Dump() string {
	var b strings.Builder
	rule := strings.Repeat("-", f.Width)
	b.WriteString("+" + rule + "+\n")
	for y := range f.Height {
		b.WriteString("|" + f.Line(y) + "\n")
	}
	b.WriteString("+" + rule + "+\n")
	for _, m := range []struct {
		name string
		on   bool
	}{
		{"alternate screen", f.AltScreen}, {"cursor visible", f.CursorVisible},
		{"bracketed paste", f.BracketedPaste}, {"mouse", f.Mouse}, {"focus", f.Focus},
	} {
		if m.on {
			b.WriteString(m.name + "; ")
		}
	}
	return strings.TrimSuffix(b.String(), "; ")
}
