package widget

// layout chooses the columns that fit and gives them their widths.
func (t *Table[T]) layout() {
	room := max(0, t.w-gutter)
	shown := t.chosen()
	for {
		need := 0
		for _, i := range shown {
			need += t.width(i) + gap
		}
		if need-gap <= room || len(shown) <= 1 {
			break
		}
		shown = dropLeast(shown, t.opt.Columns)
	}
	t.visible = shown
	t.widths = make([]int, len(shown))
	used, flex := 0, 0
	for n, i := range shown {
		t.widths[n] = min(t.width(i), room)
		used += t.widths[n] + gap
		flex += t.opt.Columns[i].Flex
	}
	spare := room - (used - gap)
	for n, i := range shown {
		if f := t.opt.Columns[i].Flex; f > 0 && spare > 0 {
			add := spare * f / flex
			t.widths[n] += add
			spare -= add
			flex -= f
		}
	}
}

func (t *Table[T]) width(i int) int {
	if w, ok := t.override[t.opt.Columns[i].Key]; ok {
		return w
	}
	return t.opt.Columns[i].Width
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

// dropLeast leaves out the column with the highest priority number, the rightmost of equals.
func dropLeast[T any](shown []int, columns []Column[T]) []int {
	worst := 0
	for n, i := range shown {
		if columns[i].Priority >= columns[shown[worst]].Priority {
			worst = n
		}
	}
	return append(append([]int(nil), shown[:worst]...), shown[worst+1:]...)
}

// ColumnState is a column as the user has arranged it.
type ColumnState struct {
	Key    string
	Title  string
	Hidden bool
	Width  int // cells; 0 means the column's own
	Own    int // the column's own width, in cells
}

// Arrangement returns the columns in the user's order, hidden ones too.
func (t *Table[T]) Arrangement() []ColumnState {
	var out []ColumnState
	hidden := t.hidden
	t2 := *t
	t2.hidden = map[string]bool{}
	for _, i := range t2.chosen() {
		c := t.opt.Columns[i]
		out = append(out, ColumnState{c.Key, c.Title, hidden[c.Key], t.override[c.Key], c.Width})
	}
	return out
}

// Arrange sets order, widths and hidden columns; unknown keys are ignored, missing ones come last.
func (t *Table[T]) Arrange(states []ColumnState) {
	t.order, t.hidden, t.override = nil, map[string]bool{}, map[string]int{}
	for _, s := range states {
		t.order = append(t.order, s.Key)
		t.hidden[s.Key] = s.Hidden
		if s.Width > 0 {
			t.override[s.Key] = s.Width
		}
	}
	t.layout()
}
