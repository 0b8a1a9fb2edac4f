package term

import (
	"bytes"

	"github.com/charmbracelet/x/ansi"
)

// A list that moves by some lines is cheaper to shift on the terminal than to write again.
const (
	scrollGain  = 4  // fewer lines that are spared are not worth a shift
	scrollReach = 40 // a longer shift is not looked for
)

// shift says that most of the lines [top, top+count) are shown by lines further down; with a negative
// by, further up.
type shift struct{ top, count, by int }

// scroll shifts a block of what is shown, where that spares writing lines.
func (c *canvas) scroll(b *bytes.Buffer, lines []string) {
	best := findShift(number(c.shown, lines))
	if best.count == 0 {
		return
	}
	first, last := best.top, best.top+best.count+best.by-1
	move := ansi.DeleteLine(best.by) // what is below moves up
	if best.by < 0 {
		first, last = best.top+best.by, best.top+best.count-1
		move = ansi.InsertLine(-best.by)
	}
	b.WriteString(ansi.SetTopBottomMargins(first+1, last+1) + ansi.CursorPosition(1, first+1) + move + ansi.SetTopBottomMargins(0, 0))
	shown := append([]string(nil), c.shown...)
	for y := first; y <= last; y++ {
		if from := y + best.by; from >= first && from <= last {
			shown[y] = c.shown[from]
		} else {
			shown[y] = "" // the shift left it empty
		}
	}
	c.shown = shown
}

// findShift returns the shift that spares the most lines; its count is 0 where none is worth it.
func findShift(shown, wanted []int) shift {
	var best shift
	there := make([]int, len(wanted)+1) // how many lines above are right already
	for y := range wanted {
		there[y+1] = there[y]
		if shown[y] == wanted[y] {
			there[y+1]++
		}
	}
	most := scrollGain - 1
	if len(wanted)-there[len(wanted)] <= most {
		return best
	}
	for by := -scrollReach; by <= scrollReach; by++ {
		start, gain := 0, 0
		for y := range wanted {
			from := y + by
			if by == 0 || from < 0 || from >= len(shown) {
				start, gain = y+1, 0
				continue
			}
			gain += spares(shown[from] == wanted[y], shown[y] == wanted[y])
			if gain <= 0 {
				start, gain = y+1, 0
				continue
			}
			lost := there[from+1] - there[y+1] // the shift empties the lines below,
			if by < 0 {
				lost = there[start] - there[start+by] // or above
			}
			if gain-lost > most {
				most, best = gain-lost, shift{start, y - start + 1, by}
			}
		}
	}
	return best
}

// spares returns how many lines of writing a shift spares at one place, where it brings the right line,
// and where the right line is there already.
func spares(brought, there bool) int {
	switch {
	case brought && !there:
		return 1
	case !brought && there:
		return -1
	}
	return 0
}

// number gives equal lines equal numbers, so that comparing them is cheap.
func number(shown, wanted []string) (a, b []int) {
	seen := make(map[string]int, len(shown)+len(wanted))
	for _, l := range append(shown[:len(shown):len(shown)], wanted...) {
		if _, ok := seen[l]; !ok {
			seen[l] = len(seen)
		}
		a = append(a, seen[l])
	}
	return a[:len(shown)], a[len(shown):]
}
