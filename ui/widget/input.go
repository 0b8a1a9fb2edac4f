package widget

import (
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// maxTyped bounds what a text line takes, in characters, so that a paste cannot fill the memory.
const maxTyped = 1 << 20

// Line is a text that is edited in place. It keeps exactly what was typed or pasted: nothing is
// rewritten, trimmed or expanded. It is one line for the eye; multi-line text keeps its newlines.
type Line struct {
	runes  []rune
	cursor int
	Multi  bool            // newlines are text; otherwise a pasted newline ends up as a blank
	Accept func(rune) bool // which characters are taken; nil takes all
	Limit  int             // most characters; 0 means maxTyped
}

// Value returns the text.
func (l *Line) Value() string { return string(l.runes) }

// SetValue replaces the text and puts the cursor at its end.
func (l *Line) SetValue(s string) { l.runes = []rune(s); l.cursor = len(l.runes) }

// Empty says that nothing was typed.
func (l *Line) Empty() bool { return len(l.runes) == 0 }

// Cursor returns the cursor's place, in characters from the start.
func (l *Line) Cursor() int { return l.cursor }

// Insert puts text at the cursor, as a paste does.
func (l *Line) Insert(s string) {
	limit := l.Limit
	if limit == 0 {
		limit = maxTyped
	}
	fresh := make([]rune, 0, len(s))
	for _, r := range s {
		if !l.Multi && (r == '\n' || r == '\r') {
			r = ' '
		}
		if l.Accept != nil && !l.Accept(r) {
			continue
		}
		if len(l.runes)+len(fresh) >= limit {
			break
		}
		fresh = append(fresh, r)
	}
	tail := append(fresh, l.runes[l.cursor:]...)
	l.runes = append(l.runes[:l.cursor:l.cursor], tail...)
	l.cursor += len(fresh)
}

// Update handles a key. It says whether it took the key.
func (l *Line) Update(msg tea.KeyMsg, k keymap.Text) bool {
	switch {
	case k.Left.Matches(msg):
		l.cursor = max(0, l.cursor-1)
	case k.Right.Matches(msg):
		l.cursor = min(len(l.runes), l.cursor+1)
	case k.WordLeft.Matches(msg):
		l.cursor = l.wordLeft()
	case k.WordRight.Matches(msg):
		l.cursor = l.wordRight()
	case k.Start.Matches(msg):
		l.cursor = l.lineStart()
	case k.End.Matches(msg):
		l.cursor = l.lineEnd()
	case k.Back.Matches(msg):
		l.remove(max(0, l.cursor-1), l.cursor)
	case k.Delete.Matches(msg):
		l.remove(l.cursor, min(len(l.runes), l.cursor+1))
	case k.KillWord.Matches(msg):
		l.remove(l.wordLeft(), l.cursor)
	case k.KillBefore.Matches(msg):
		l.remove(l.lineStart(), l.cursor)
	case k.KillAfter.Matches(msg):
		l.remove(l.cursor, l.lineEnd())
	case typed(msg):
		l.Insert(string(msg.Runes))
	default:
		return false
	}
	return true
}

// typed says that msg is text: typed characters, a blank or a paste.
func typed(msg tea.KeyMsg) bool {
	return (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt
}

func (l *Line) remove(from, to int) {
	l.runes = append(l.runes[:from], l.runes[to:]...)
	l.cursor = from
}

func (l *Line) wordLeft() int {
	i := l.cursor
	for i > 0 && unicode.IsSpace(l.runes[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(l.runes[i-1]) {
		i--
	}
	return i
}

func (l *Line) wordRight() int {
	i := l.cursor
	for i < len(l.runes) && unicode.IsSpace(l.runes[i]) {
		i++
	}
	for i < len(l.runes) && !unicode.IsSpace(l.runes[i]) {
		i++
	}
	return i
}

func (l *Line) lineStart() int {
	i := l.cursor
	for i > 0 && l.runes[i-1] != '\n' {
		i--
	}
	return i
}

func (l *Line) lineEnd() int {
	i := l.cursor
	for i < len(l.runes) && l.runes[i] != '\n' {
		i++
	}
	return i
}

// View draws the text on one line of w cells; it scrolls sideways to keep the cursor in sight. The
// cursor is a sign of its own (▏), so that it is seen without colour.
func (l *Line) View(t *theme.Theme, w int, focused bool) string {
	return viewLine(t, string(l.runes[:l.cursor]), string(l.runes[l.cursor:]), w, focused)
}

// viewLine draws a line of text with the cursor between before and after.
func viewLine(t *theme.Theme, before, after string, w int, focused bool) string {
	before, after = Clean(before), Clean(after)
	if !focused {
		return Pad(before+after, w)
	}
	room := w - 1
	if bw := Width(before); bw > room {
		before = cutFrontPad(before, bw-room, room)
	}
	rest := max(0, room-Width(before))
	return before + t.Accent.Paint(t.Glyphs.Caret) + Pad(Cut(after, rest), rest)
}

// textLines splits a multi-line text and says in which line and column the cursor is.
func (l *Line) textLines() (lines []string, row, col int) {
	lines = strings.Split(string(l.runes), "\n")
	at := l.cursor
	for i, line := range lines {
		n := len([]rune(line))
		if at <= n {
			return lines, i, at
		}
		at -= n + 1
	}
	return lines, len(lines) - 1, 0
}

// moveRow moves the cursor to the line above or below; it says whether there was one.
func (l *Line) moveRow(by int) bool {
	lines, row, col := l.textLines()
	to := row + by
	if to < 0 || to >= len(lines) {
		return false
	}
	at := 0
	for i := range to {
		at += len([]rune(lines[i])) + 1
	}
	l.cursor = at + min(col, len([]rune(lines[to])))
	return true
}
