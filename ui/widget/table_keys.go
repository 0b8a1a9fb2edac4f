package widget

import (
	"sort"

	tea "github.com/charmbracelet/bubbletea"
)

// Key handles moving, marking, ordering, refreshing and following. It says whether it took the key.
func (t *Table[T]) Key(msg tea.KeyMsg) (tea.Cmd, bool) {
	k, l := t.opt.Keys.Move, t.opt.Keys.List
	page := max(1, t.height())
	switch {
	case k.Up.Matches(msg):
		return t.move(-1), true
	case k.Down.Matches(msg):
		return t.move(1), true
	case k.PageUp.Matches(msg):
		return t.move(-page), true
	case k.PageDown.Matches(msg):
		return t.move(page), true
	case k.HalfUp.Matches(msg):
		return t.move(-max(1, page/2)), true
	case k.HalfDown.Matches(msg):
		return t.move(max(1, page/2)), true
	case k.Top.Matches(msg):
		return t.first(), true
	case k.Bottom.Matches(msg):
		return t.last(), true
	case l.Refresh.Matches(msg):
		return t.Refresh(), true
	case l.Sort.Matches(msg):
		return t.cycleSort(), true
	case l.SortReverse.Matches(msg):
		t.sort.Desc = !t.sort.Desc
		return t.Load(), true
	case l.Follow.Matches(msg):
		return t.first(), true
	}
	if t.opt.Marks {
		return t.markKey(msg)
	}
	return nil, false
}

// move moves the cursor by rows; what is not loaded yet is owed.
func (t *Table[T]) move(by int) tea.Cmd {
	t.following = false
	if t.busy[loadFirst] || t.busy[loadLast] || t.busy[loadAround] {
		t.debt += by // a jump is under way: move from where it ends
		return nil
	}
	t.debt += by
	t.payDebt()
	t.keepInSight()
	t.extendRange()
	t.noteSeen()
	return t.prefetch()
}

func (t *Table[T]) first() tea.Cmd {
	if t.rangeAt != "" && !t.atStart {
		return t.move(-rangeMax) // on foot, so that all between is marked
	}
	t.debt = 0
	t.following = t.opt.Follow
	if !t.atStart {
		return t.read(loadFirst, nil)
	}
	return t.goTo(0)
}

func (t *Table[T]) last() tea.Cmd {
	if t.rangeAt != "" && !t.atEnd {
		return t.move(rangeMax)
	}
	t.debt = 0
	t.following = false
	if !t.atEnd {
		return t.read(loadLast, nil)
	}
	return t.goTo(max(0, len(t.rows)-1))
}

// goTo puts the cursor on a row that is held.
func (t *Table[T]) goTo(row int) tea.Cmd {
	t.cursor = row
	t.keepInSight()
	t.extendRange()
	t.noteSeen()
	return t.prefetch()
}

// cycleSort orders by the next column that can be ordered by.
func (t *Table[T]) cycleSort() tea.Cmd {
	var able []Column[T]
	at := -1
	for _, c := range t.opt.Columns {
		if c.Sort {
			if c.Key == t.sort.Key {
				at = len(able)
			}
			able = append(able, c)
		}
	}
	if len(able) == 0 {
		return nil
	}
	next := able[(at+1)%len(able)]
	return t.SetSort(Sort{next.Key, next.Down})
}

// SetSort changes the order and reads anew.
func (t *Table[T]) SetSort(s Sort) tea.Cmd {
	t.sort = s
	return t.Load()
}

func (t *Table[T]) markKey(msg tea.KeyMsg) (tea.Cmd, bool) {
	l := t.opt.Keys.List
	t.rangeLost = false
	switch {
	case l.Mark.Matches(msg):
		t.toggleMark(t.cursor)
		return t.move(1), true
	case l.MarkAll.Matches(msg):
		all := !t.all && len(t.marks) == 0
		t.ClearMarks()
		t.all = all
		return nil, true
	case l.MarkRange.Matches(msg):
		if t.rangeAt != "" {
			t.rangeAt = ""
			t.trim()
			return nil, true
		}
		t.rangeAt, t.rangeTo = t.CurrentID(), ""
		t.extendRange()
		return nil, true
	}
	return nil, false
}

func (t *Table[T]) toggleMark(i int) {
	if i < 0 || i >= len(t.rows) {
		return
	}
	e := t.rows[i]
	if t.all {
		if t.except[e.id] {
			delete(t.except, e.id)
		} else {
			t.except[e.id] = true
		}
		return
	}
	_, on := t.marks[e.id]
	t.setMark(i, !on)
}

// setMark marks or unmarks a row by itself.
func (t *Table[T]) setMark(i int, on bool) {
	e := &t.rows[i]
	was, is := t.marks[e.id]
	switch {
	case is == on:
	case on:
		t.marks[e.id] = e.row
		t.tell(e.row, true)
	default:
		delete(t.marks, e.id)
		t.tell(was, false)
	}
}

// renewMarks takes over what has become of rows that are marked by themselves.
func (t *Table[T]) renewMarks(rows []entry[T]) {
	for i := range rows {
		if was, is := t.marks[rows[i].id]; is {
			t.tell(was, false)
			t.marks[rows[i].id] = rows[i].row
			t.tell(rows[i].row, true)
		}
	}
}

func (t *Table[T]) tell(row T, on bool) {
	if t.opt.Marked != nil {
		t.opt.Marked(&row, on)
	}
}

// extendRange marks everything between the start of the range and the cursor: what has been passed
// since it did so last.
func (t *Table[T]) extendRange() {
	if t.rangeAt == "" || t.all {
		return
	}
	from := t.indexOf(t.rangeTo)
	if from < 0 {
		from = t.indexOf(t.rangeAt)
	}
	if from < 0 {
		t.rangeAt, t.rangeLost = "", true // the rows between are not here
		return
	}
	for i := min(from, t.cursor); i <= max(from, t.cursor) && i < len(t.rows); i++ {
		t.setMark(i, true)
	}
	t.rangeTo = t.CurrentID()
}

// indexOf is the place of a row that is held; -1 for none.
func (t *Table[T]) indexOf(id string) int {
	for i := range t.rows {
		if t.rows[i].id == id {
			return i
		}
	}
	return -1
}

// RangeLost says that a jump has ended a range of marks: not all rows between are held.
func (t *Table[T]) RangeLost() bool { return t.rangeLost }

// Marking says that a range of marks is being made.
func (t *Table[T]) Marking() bool { return t.rangeAt != "" }

// AllMarked says that everything that matches is marked, but for the rows whose ids are returned.
func (t *Table[T]) AllMarked() (all bool, except []string) {
	for id := range t.except {
		except = append(except, id)
	}
	sort.Strings(except)
	return t.all, except
}

// Marked returns the rows that are marked one by one, ordered by id. When AllMarked is true it is
// empty: then the filter says what is marked.
func (t *Table[T]) Marked() []T {
	ids := make([]string, 0, len(t.marks))
	for id := range t.marks {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	out := make([]T, len(ids))
	for i, id := range ids {
		out[i] = t.marks[id]
	}
	return out
}

// MarkCount returns how many rows are marked; known is false when everything is and its number is
// not known yet.
func (t *Table[T]) MarkCount() (n int, known bool) {
	if t.all {
		return t.total - len(t.except), t.totalKnown
	}
	return len(t.marks), true
}

// ClearMarks unmarks everything. It says whether anything was marked; esc does it first.
func (t *Table[T]) ClearMarks() bool {
	had := t.all || len(t.marks) > 0 || t.rangeAt != ""
	for _, row := range t.marks {
		t.tell(row, false)
	}
	t.marks, t.except = map[string]T{}, map[string]bool{}
	t.all, t.rangeAt, t.rangeLost = false, "", false
	return had
}

func (t *Table[T]) marked(id string) bool {
	if t.all {
		return !t.except[id]
	}
	_, on := t.marks[id]
	return on
}

// Click moves the cursor to the row in line y of the box.
func (t *Table[T]) Click(y int) tea.Cmd {
	if t.h > 1 {
		y--
	}
	if at := t.top + y; y >= 0 && y < t.height() && at < len(t.rows) {
		return t.move(at - t.cursor)
	}
	return nil
}

// Scroll moves the cursor as the wheel does: three rows a notch, negative is up.
func (t *Table[T]) Scroll(notches int) tea.Cmd { return t.move(3 * notches) }
