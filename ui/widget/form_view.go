package widget

import (
	"strings"
)

// fieldHeight is the number of lines that a field takes, with its error.
func (f *Form) fieldHeight(fd *Field) int {
	h := 1
	if fd.Kind == MultiField {
		h = fd.Lines
		if h == 0 {
			h = 3
		}
	}
	if fd.err != "" {
		h += len(f.errorLines(fd))
	}
	return h
}

func (f *Form) errorLines(fd *Field) []string {
	return Wrap(f.theme.Glyphs.Failed+" "+fd.err, max(8, f.w-f.labelWidth()-5))
}

// labelWidth is the width of the labels, which give way when the form is narrow.
func (f *Form) labelWidth() int { return min(f.labelW, max(4, f.w/3)) }

// keepInSight scrolls so that the focused field is in sight.
func (f *Form) keepInSight() {
	if f.h <= 0 {
		return
	}
	y := 0
	for i, fd := range f.fields {
		if !f.shown(fd) {
			continue
		}
		h := f.fieldHeight(fd)
		if i == f.focus {
			if y < f.top {
				f.top = y
			}
			if y+h > f.top+f.h {
				f.top = min(y, y+h-f.h)
			}
			break
		}
		y += h
	}
	f.top = clamp(f.top, 0, max(0, f.height()-f.h))
}

// height is the number of lines that the whole form takes.
func (f *Form) height() int {
	n := 0
	for _, fd := range f.fields {
		if f.shown(fd) {
			n += f.fieldHeight(fd)
		}
	}
	return n
}

// View draws the form in exactly its box.
func (f *Form) View() string {
	var lines []string
	for i, fd := range f.fields {
		if f.shown(fd) {
			lines = append(lines, f.drawField(fd, i == f.focus)...)
		}
	}
	top := min(f.top, len(lines))
	return FitLines(lines[top:], f.w, f.h)
}

func (f *Form) drawField(fd *Field, focused bool) []string {
	t := f.theme
	mark, ink := "  ", t.Dim
	if focused {
		mark, ink = t.Accent.Paint(t.Glyphs.Cursor)+" ", t.Strong
	}
	lw := f.labelWidth()
	if fd.Kind == FoldField {
		sign := t.Glyphs.Folded
		if fd.choice == 1 {
			sign = t.Glyphs.Open
		}
		return []string{mark + ink.Paint(sign+" "+fd.Label)}
	}
	head := mark + ink.Paint(Pad(fd.Label, lw)) + "  "
	room := max(1, f.w-lw-4)
	note := ""
	if fd.off != "" {
		note = "  " + t.Dim.Paint(Clean(fd.off))
	} else if fd.note != "" {
		note = "  " + t.Dim.Paint(fd.note)
	}
	if fd.Kind == MultiField {
		return append(f.drawMulti(fd, focused, head, room), f.drawError(fd, lw)...)
	}
	width := room
	if note != "" {
		width = max(min(room, 10), min(room-Width(note), max(24, room/2)))
	}
	line := head + f.drawValue(fd, focused, width) + Cut(note, max(0, room-width))
	return append([]string{line}, f.drawError(fd, lw)...)
}

func (f *Form) drawError(fd *Field, lw int) []string {
	if fd.err == "" {
		return nil
	}
	var out []string
	for _, l := range f.errorLines(fd) {
		out = append(out, Blanks(lw+4)+f.theme.Bad.Paint(l))
	}
	return out
}

// drawValue draws a value in w cells.
func (f *Form) drawValue(fd *Field, focused bool, w int) string {
	t := f.theme
	switch fd.Kind {
	case SelectField:
		text := Clean(fd.title(fd.choice))
		if focused {
			return Pad(t.Accent.Paint(t.Glyphs.Left)+" "+Cut(text, max(0, w-4))+" "+t.Accent.Paint(t.Glyphs.Right), w)
		}
		return Pad(text, w)
	case ToggleField:
		text := "[ ] no"
		if fd.choice == 1 {
			text = "[x] yes"
		}
		return Pad(text, w)
	case DigitsField:
		return drawDigits(f, fd, focused, w)
	case SecretField:
		before := strings.Repeat("•", fd.line.cursor)
		after := strings.Repeat("•", len(fd.line.runes)-fd.line.cursor)
		return viewLine(t, before, after, w, focused)
	case TextField, MultiField, FoldField:
	}
	if fd.line.Empty() && fd.Hint != "" {
		if focused {
			return t.Accent.Paint(t.Glyphs.Caret) + t.Dim.Paint(Pad(Clean(fd.Hint), max(0, w-1)))
		}
		return t.Dim.Paint(Pad(Clean(fd.Hint), w))
	}
	return fd.line.View(t, w, focused)
}

// drawDigits draws a card number in groups of four. Without the focus all but the first six and the
// last four digits are masked.
func drawDigits(f *Form, fd *Field, focused bool, w int) string {
	digits := fd.line.runes
	if fd.line.Empty() && !focused {
		return f.theme.Dim.Paint(Pad(Clean(fd.Hint), w))
	}
	var b [2]strings.Builder
	for i, r := range digits {
		half := 0
		if i >= fd.line.cursor {
			half = 1
		}
		if i > 0 && i%4 == 0 {
			b[half].WriteByte(' ')
		}
		if !focused && len(digits) > 10 && i >= 6 && i < len(digits)-4 || !focused && len(digits) <= 10 {
			r = '·'
		}
		b[half].WriteRune(r)
	}
	return viewLine(f.theme, b[0].String(), b[1].String(), w, focused)
}

// drawMulti draws a text of several lines, scrolled so that the cursor is in sight.
func (f *Form) drawMulti(fd *Field, focused bool, head string, room int) []string {
	height := fd.Lines
	if height == 0 {
		height = 3
	}
	text, row, col := fd.line.textLines()
	top := scrollTop(row, len(text), height)
	out := make([]string, 0, height)
	for y := range height {
		lead := head
		if y > 0 {
			lead = Blanks(f.labelWidth() + 4)
		}
		i := top + y
		switch {
		case fd.line.Empty() && y == 0 && fd.Hint != "":
			out = append(out, lead+f.drawValue(fd, focused, room))
			continue
		case i >= len(text):
			out = append(out, lead+f.theme.Dim.Paint(f.theme.Glyphs.Dot))
			continue
		}
		line := strings.ReplaceAll(text[i], "\t", "→")
		if focused && i == row {
			runes := []rune(line)
			at := min(col, len(runes))
			out = append(out, lead+viewLine(f.theme, string(runes[:at]), string(runes[at:]), room, true))
			continue
		}
		out = append(out, lead+Pad(Clean(line), room))
	}
	return out
}
