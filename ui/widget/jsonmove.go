package widget

import (
	tea "github.com/charmbracelet/bubbletea"
)

// count is the number of lines of what is shown.
func (v *JSONView) count() int {
	if v.Raw() {
		return len(v.rawAt)
	}
	if v.doc == nil {
		return 0
	}
	return v.doc.lines()
}

// next returns the line in sight after i, or -1 at the end.
func (v *JSONView) next(i int) int {
	if !v.Raw() && v.doc != nil && v.folded[i] {
		i = int(v.doc.closes[i])
	}
	if i+1 >= v.count() {
		return -1
	}
	return i + 1
}

// prev returns the line in sight before i, or -1 at the start.
func (v *JSONView) prev(i int) int {
	if i <= 0 {
		return -1
	}
	return v.visible(i - 1)
}

// visible returns i, or the folded line that hides it.
func (v *JSONView) visible(i int) int {
	if v.Raw() || v.doc == nil || len(v.folded) == 0 {
		return i
	}
	out := i
	for at := i; at >= 0; at = int(v.doc.parent[at]) {
		if v.folded[at] && at < i {
			out = at
		}
	}
	// A closing line belongs to the block that it closes, which is not its parent.
	if open, ok := v.doc.opener(i); ok && out == i && v.folded[open] {
		return open
	}
	return out
}

// Scroll moves as the wheel does: three lines a notch, negative is up.
func (v *JSONView) Scroll(notches int) { v.step(3 * notches) }

// step moves by lines in sight.
func (v *JSONView) step(by int) {
	for ; by > 0; by-- {
		n := v.next(v.cursor)
		if n < 0 {
			break
		}
		v.cursor = n
	}
	for ; by < 0; by++ {
		n := v.prev(v.cursor)
		if n < 0 {
			break
		}
		v.cursor = n
	}
	v.keepInSight()
}

func (v *JSONView) moveKey(msg tea.KeyMsg) bool {
	k := v.opt.Keys.Move
	page := max(1, v.bodyHeight())
	switch {
	case k.Up.Matches(msg):
		v.step(-1)
	case k.Down.Matches(msg):
		v.step(1)
	case k.PageUp.Matches(msg):
		v.step(-page)
	case k.PageDown.Matches(msg):
		v.step(page)
	case k.HalfUp.Matches(msg):
		v.step(-max(1, page/2))
	case k.HalfDown.Matches(msg):
		v.step(max(1, page/2))
	case k.Top.Matches(msg):
		v.cursor, v.left = 0, 0
		v.keepInSight()
	case k.Bottom.Matches(msg):
		v.cursor = v.visible(max(0, v.count()-1))
		v.toEnd = !v.whole()
		v.keepInSight()
	default:
		return false
	}
	return true
}

// keepInSight scrolls so that the cursor is in sight.
func (v *JSONView) keepInSight() {
	h := max(1, v.bodyHeight())
	v.cursor = clamp(v.cursor, 0, max(0, v.count()-1))
	if v.cursor < v.top {
		v.top = v.cursor
		return
	}
	// Walk back from the cursor by a page: the first line in sight may be no earlier.
	first := v.cursor
	for range h - 1 {
		p := v.prev(first)
		if p < 0 {
			break
		}
		first = p
	}
	if v.top < first {
		v.top = first
	}
}

// foldKey handles folding.
func (v *JSONView) foldKey(msg tea.KeyMsg) bool {
	k := v.opt.Keys.JSON
	if !v.whole() {
		return false
	}
	switch {
	case k.Fold.Matches(msg):
		v.toggleFold()
	case k.FoldAll.Matches(msg):
		v.folded = map[int]bool{}
		for i := range v.doc.lines() {
			if v.doc.closes[i] > 0 && v.doc.parent[i] == 0 {
				v.folded[i] = true
			}
		}
		v.cursor = v.visible(v.cursor)
		v.keepInSight()
	case k.UnfoldAll.Matches(msg):
		v.folded = map[int]bool{}
		v.keepInSight()
	default:
		return false
	}
	return true
}

// toggleFold folds the block that the line opens, or else the block around it.
func (v *JSONView) toggleFold() {
	if v.Raw() {
		return
	}
	at := v.cursor
	if open, ok := v.doc.opener(at); ok {
		at = open
	} else if v.doc.closes[at] == 0 {
		at = int(v.doc.parent[at])
	}
	if at < 0 {
		return
	}
	if v.folded[at] {
		delete(v.folded, at)
	} else {
		v.folded[at] = true
		v.cursor = at
	}
	v.keepInSight()
}

// nextMatch goes to the next match by direction; 0 goes to the first at or after the cursor.
func (v *JSONView) nextMatch(by int) {
	if len(v.found) == 0 {
		return
	}
	to := -1
	for i, line := range v.found {
		if by < 0 && line < v.cursor || by == 0 && line >= v.cursor || by > 0 && line > v.cursor {
			to = i
			if by >= 0 {
				break
			}
		}
	}
	if to < 0 { // round the end
		to = 0
		if by < 0 {
			to = len(v.found) - 1
		}
	}
	v.reveal(v.found[to])
}

// reveal unfolds what hides a line and goes there.
func (v *JSONView) reveal(line int) {
	if v.doc == nil || line >= v.doc.lines() {
		return
	}
	for at := int(v.doc.parent[line]); at >= 0; at = int(v.doc.parent[at]) {
		delete(v.folded, at)
	}
	v.cursor = line
	v.keepInSight()
}
