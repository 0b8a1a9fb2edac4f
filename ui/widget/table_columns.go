package widget

import "slices"

// layout chooses the columns that fit and gives them their widths. First the least important go until
// the rest fits at all, then the spare ones until the rest has its good width.
func (t *Table[T]) layout() {
	room := max(0, t.w-gutter)
	shown := t.chosen()
	for len(shown) > 1 && t.need(shown, t.width) > room {
		shown = t.drop(shown, t.leastOf(shown, func(int) bool { return true }))
	}
	for t.need(shown, t.good) > room {
		worst := t.leastOf(shown, t.spare)
		if worst < 0 {
			break
		}
		shown = t.drop(shown, worst)
	}
	t.visible = shown
	t.widths = make([]int, len(shown))
	for n, i := range shown {
		t.widths[n] = min(t.width(i), room)
	}
	left := room - t.need(shown, t.width)
	left -= t.share(left, func(i int) int { return t.good(i) - t.width(i) }, true)
	t.share(left, func(i int) int { return t.opt.Columns[i].Flex }, false)
}

// share hands out cells in proportion to what each column wants, up to that if it is bounded. It
// returns how many it gave.
func (t *Table[T]) share(cells int, want func(i int) int, bounded bool) int {
	all := 0
	for _, i := range t.visible {
		all += want(i)
	}
	if cells <= 0 || all <= 0 {
		return 0
	}
	if bounded {
		cells = min(cells, all)
	}
	left := cells
	for n, i := range t.visible {
		if w := want(i); w > 0 {
			add := left * w / all
			t.widths[n] += add
			left -= add
			all -= w
		}
	}
	return cells
}

// need is how many cells columns take, with the gaps between them.
func (t *Table[T]) need(shown []int, width func(i int) int) int {
	need := -gap
	for _, i := range shown {
		need += width(i) + gap
	}
	return need
}

func (t *Table[T]) width(i int) int {
	if w, ok := t.override[t.opt.Columns[i].Key]; ok {
		return w
	}
	return t.opt.Columns[i].Width
}

func (t *Table[T]) good(i int) int {
	if _, ok := t.override[t.opt.Columns[i].Key]; ok {
		return t.width(i)
	}
	return max(t.opt.Columns[i].Good, t.opt.Columns[i].Width)
}

func (t *Table[T]) spare(i int) bool {
	return t.opt.Columns[i].Spare && !t.always[t.opt.Columns[i].Key]
}

// priority is a column's, unless the user wants it always.
func (t *Table[T]) priority(i int) int {
	if t.always[t.opt.Columns[i].Key] {
		return -1
	}
	return t.opt.Columns[i].Priority
}

// leastOf is the place of the column with the highest priority number among those that may go, the
// rightmost of equals; -1 when none may.
func (t *Table[T]) leastOf(shown []int, may func(i int) bool) int {
	worst := -1
	for n, i := range shown {
		if may(i) && (worst < 0 || t.priority(i) >= t.priority(shown[worst])) {
			worst = n
		}
	}
	return worst
}

func (t *Table[T]) drop(shown []int, at int) []int {
	return append(append([]int(nil), shown[:at]...), shown[at+1:]...)
}

// chosen returns the columns that the user wants, in his order.
func (t *Table[T]) chosen() []int {
	byKey := map[string]int{}
	for i, c := range t.opt.Columns {
		byKey[c.Key] = i
	}
	var out []int
	taken := map[int]bool{}
	for _, k := range t.order {
		if i, ok := byKey[k]; ok && !taken[i] {
			taken[i] = true
			if !t.hidden[k] {
				out = append(out, i)
			}
		}
	}
	for i, c := range t.opt.Columns {
		if !taken[i] && !t.hidden[c.Key] {
			out = append(out, i)
		}
	}
	return out
}

// ColumnState is a column as the user has arranged it.
type ColumnState struct {
	Key    string
	Title  string
	Hidden bool
	Always bool // it stays where there is little room
	Width  int  // cells; 0 means the column's own
	Own    int  // the column's own width, in cells
	Absent bool `json:"-"` // there is no room for it just now
}

// Arrangement returns the columns in the user's order, hidden ones too.
func (t *Table[T]) Arrangement() []ColumnState {
	var out []ColumnState
	all := *t
	all.hidden = map[string]bool{}
	for _, i := range all.chosen() {
		c := t.opt.Columns[i]
		out = append(out, ColumnState{Key: c.Key, Title: c.Title, Hidden: t.hidden[c.Key], Always: t.always[c.Key], Width: t.override[c.Key], Own: c.Width,
			Absent: !t.hidden[c.Key] && !slices.Contains(t.visible, i)})
	}
	return out
}

// Arrange sets order, widths and hidden columns; unknown keys are ignored, missing ones come last.
func (t *Table[T]) Arrange(states []ColumnState) {
	t.order, t.hidden, t.always, t.override = nil, map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, s := range states {
		t.order = append(t.order, s.Key)
		t.hidden[s.Key], t.always[s.Key] = s.Hidden, s.Always
		if s.Width > 0 {
			t.override[s.Key] = s.Width
		}
	}
	t.layout()
}
