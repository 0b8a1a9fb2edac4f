package widget

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// HexView shows bytes as hexadecimal and text. Drawing costs what is in sight, whatever the length.
type HexView struct {
	theme *theme.Theme
	keys  keymap.Move
	data  []byte
	w, h  int
	top   int // rows
}

// NewHexView makes an empty view that scrolls with the given keys.
func NewHexView(t *theme.Theme, k keymap.Move) *HexView { return &HexView{theme: t, keys: k} }

// Set shows other bytes.
func (v *HexView) Set(data []byte) { v.data, v.top = data, 0 }

// SetSize tells the box, in cells.
func (v *HexView) SetSize(w, h int) {
	v.w, v.h = max(0, w), max(0, h)
	v.top = clamp(v.top, 0, v.lastTop())
}

// perRow is the number of bytes in a row: 16 where they fit, else 8, else 4.
func (v *HexView) perRow() int {
	for _, n := range []int{16, 8, 4} {
		if 8+2+3*n+1+n <= v.w {
			return n
		}
	}
	return 4
}

func (v *HexView) lastTop() int {
	rows := (len(v.data) + v.perRow() - 1) / v.perRow()
	return max(0, rows-max(1, v.h))
}

// Height is how many lines all of it takes at the present width.
func (v *HexView) Height() int { return max(1, (len(v.data)+v.perRow()-1)/v.perRow()) }

// Key handles scrolling; it says whether it took the key.
func (v *HexView) Key(msg tea.KeyMsg) bool {
	to, ok := MoveCursor(v.keys, msg, v.top, v.lastTop()+1, v.h)
	v.top = to
	return ok
}

// View draws exactly the box.
func (v *HexView) View() string {
	n := v.perRow()
	lines := make([]string, 0, v.h)
	for y := range v.h {
		at := (v.top + y) * n
		if at >= len(v.data) {
			break
		}
		row := v.data[at:min(at+n, len(v.data))]
		var hex, text strings.Builder
		for i := range n {
			if i < len(row) {
				fmt.Fprintf(&hex, "%02x ", row[i])
				text.WriteString(byteSign(row[i]))
			} else {
				hex.WriteString("   ")
			}
		}
		lines = append(lines, v.theme.Dim.Paint(fmt.Sprintf("%08x", at))+"  "+hex.String()+" "+text.String())
	}
	if len(v.data) == 0 && v.h > 0 {
		lines = []string{v.theme.Dim.Paint("empty: 0 bytes")}
	}
	return FitLines(lines, v.w, v.h)
}

// byteSign shows a byte as one cell: printable ASCII as it is, controls by their pictures.
func byteSign(b byte) string {
	switch {
	case b < 0x20:
		return string(rune(0x2400 + int(b)))
	case b == 0x7f:
		return "␡"
	case b > 0x7f:
		return "·"
	}
	return string(rune(b))
}

// BytePair is a place where two byte strings are laid beside each other; -1 is a byte that one of them
// lacks.
type BytePair struct{ Left, Right int16 }

// Differs says that the sides are not the same.
func (p BytePair) Differs() bool { return p.Left != p.Right }

// DiffView shows two byte strings side by side, what differs in brackets and colour. The caller aligns
// them; for long ones it gives the neighbourhood of the differences and says where they begin.
type DiffView struct {
	theme       *theme.Theme
	keys        keymap.Move
	json        keymap.JSON
	Left, Right string // headings
	pairs       []BytePair
	leftAt      int // offset of the first left byte
	rightAt     int
	offsets     [][2]int // of each pair
	w, h, top   int
}

// NewDiffView makes an empty view. It scrolls with move; next and previous difference are the keys of
// a search.
func NewDiffView(t *theme.Theme, move keymap.Move, json keymap.JSON, left, right string) *DiffView {
	return &DiffView{theme: t, keys: move, json: json, Left: left, Right: right}
}

// Set shows other pairs; leftAt and rightAt are the offsets of the first bytes.
func (v *DiffView) Set(pairs []BytePair, leftAt, rightAt int) {
	v.pairs, v.leftAt, v.rightAt, v.top = pairs, leftAt, rightAt, 0
	v.offsets = make([][2]int, len(pairs))
	l, r := leftAt, rightAt
	for i, p := range pairs {
		v.offsets[i] = [2]int{l, r}
		if p.Left >= 0 {
			l++
		}
		if p.Right >= 0 {
			r++
		}
	}
	v.nextDifference(-1, 1)
}

// SetSize tells the box, in cells.
func (v *DiffView) SetSize(w, h int) {
	v.w, v.h = max(0, w), max(0, h)
	v.top = clamp(v.top, 0, v.lastTop())
}

// digits is how many hex digits an offset takes.
func (v *DiffView) digits() int {
	if n := len(v.offsets); n > 0 && max(v.offsets[n-1][0], v.offsets[n-1][1]) > 0xffff {
		return 8
	}
	return 4
}

// perRow is how many bytes fit on each side: an offset, three cells a byte and one more, and the text.
func (v *DiffView) perRow() int {
	for _, n := range []int{16, 12, 8, 4} {
		if 2*(v.digits()+1+3*n+1+n)+2 <= v.w {
			return n
		}
	}
	return 2
}

func (v *DiffView) rows() int { return (len(v.pairs) + v.perRow() - 1) / v.perRow() }

// Height is how many lines all of it takes at the present width, the heading included.
func (v *DiffView) Height() int { return 1 + v.rows() }

func (v *DiffView) lastTop() int { return max(0, v.rows()-max(1, v.h-1)) }

// Key handles scrolling and jumping from difference to difference; it says whether it took the key.
func (v *DiffView) Key(msg tea.KeyMsg) bool {
	switch {
	case v.json.NextMatch.Matches(msg):
		v.nextDifference(v.top, 1)
		return true
	case v.json.PrevMatch.Matches(msg):
		v.nextDifference(v.top, -1)
		return true
	}
	to, ok := MoveCursor(v.keys, msg, v.top, v.lastTop()+1, v.h-1)
	v.top = to
	return ok
}

// nextDifference scrolls to the nearest row with a difference after or before a row.
func (v *DiffView) nextDifference(from, by int) {
	n := v.perRow()
	for row := from + by; row >= 0 && row < v.rows(); row += by {
		for _, p := range v.pairs[row*n : min((row+1)*n, len(v.pairs))] {
			if p.Differs() {
				v.top = clamp(row, 0, v.lastTop())
				return
			}
		}
	}
}

// View draws exactly the box.
func (v *DiffView) View() string {
	if v.w <= 0 || v.h <= 0 {
		return ""
	}
	n := v.perRow()
	half := max(1, (v.w-2)/2)
	t := v.theme
	lines := []string{t.Dim.Paint(Pad(Clean(v.Left), half)) + "  " + t.Dim.Paint(Pad(Clean(v.Right), max(0, v.w-half-2)))}
	for y := 0; y < v.h-1; y++ {
		at := (v.top + y) * n
		if at >= len(v.pairs) {
			break
		}
		row := v.pairs[at:min(at+n, len(v.pairs))]
		left := v.side(row, v.offsets[at][0], n, false)
		right := v.side(row, v.offsets[at][1], n, true)
		lines = append(lines, Pad(left, half)+"  "+right)
	}
	return FitLines(lines, v.w, v.h)
}

// side draws one half of a row.
func (v *DiffView) side(row []BytePair, offset, n int, right bool) string {
	t := v.theme
	var hex, text strings.Builder
	ink, open, gaps := t.Removed, false, 0
	if right {
		ink = t.Added
	}
	for i := range n {
		b, differs := int16(-1), false
		if i < len(row) {
			b, differs = row[i].Left, row[i].Differs()
			if right {
				b = row[i].Right
			}
		}
		marked := differs && b >= 0
		hex.WriteString(bracket(ink, open, marked))
		open = marked
		switch {
		case b < 0: // not a blank in the text, where a blank is a byte
			hex.WriteString("  ")
			gaps++
		case marked:
			hex.WriteString(ink.Paint(fmt.Sprintf("%02x", b)))
			text.WriteString(ink.Paint(byteSign(byte(b))))
		default:
			fmt.Fprintf(&hex, "%02x", b)
			text.WriteString(t.Same.Paint(byteSign(byte(b))))
		}
	}
	hex.WriteString(bracket(ink, open, false))
	return t.Dim.Paint(fmt.Sprintf("%0*x", v.digits(), offset)) + " " + hex.String() + text.String() + strings.Repeat(" ", gaps)
}

// bracket is what stands between two bytes: it opens or closes a run of bytes that differ.
func bracket(ink theme.Ink, before, after bool) string {
	switch {
	case after && !before:
		return ink.Paint("[")
	case before && !after:
		return ink.Paint("]")
	}
	return " "
}
