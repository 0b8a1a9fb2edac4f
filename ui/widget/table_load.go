package widget

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"
)

// loadKind says what a reading is for.
type loadKind int

const (
	loadFirst   loadKind = iota // the start of the list
	loadLast                    // its end
	loadAfter                   // more after the window
	loadBefore                  // more before it
	loadRefresh                 // the same place again
	loadAround                  // around a row that the user jumped to
)

// pageMsg brings rows.
type pageMsg[T any] struct {
	table          *Table[T]
	gen            uint64
	kind           loadKind
	edge           string // id of the row next to which a loadAfter or loadBefore was read
	rows           []T
	at             int // where the row around which was read is, or would be
	atStart, atEnd bool
	err            error
}

// countMsg brings the length of the list.
type countMsg[T any] struct {
	table *Table[T]
	gen   uint64
	n     int
	err   error
}

// Load opens the list anew, at its start: first of all, after a change of filter or environment. The
// old rows stay in sight until the new ones are there.
func (t *Table[T]) Load() tea.Cmd {
	if t.cancel != nil {
		t.cancel()
	}
	t.gen++
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.source = t.opt.Open(t.sort)
	t.busy = map[loadKind]bool{}
	t.loaded, t.err, t.again, t.debt = false, nil, false, 0
	t.totalKnown, t.fresh, t.seen = false, 0, ""
	t.since = t.opt.Now()
	t.following = t.opt.Follow
	return tea.Batch(t.read(loadFirst, nil), t.count())
}

// Reset forgets all rows and marks and opens the list anew: after a change of environment, where old
// rows must not stay in sight.
func (t *Table[T]) Reset() tea.Cmd {
	t.rows, t.cursor, t.top = nil, 0, 0
	t.ClearMarks()
	return t.Load()
}

// Refresh reads the same place again: when the journal has changed, or r was pressed. The cursor stays
// on its row.
func (t *Table[T]) Refresh() tea.Cmd {
	if t.source == nil || !t.loaded {
		return t.Load()
	}
	if t.busy[loadRefresh] {
		t.again = true
		return nil
	}
	if t.following || len(t.rows) == 0 {
		return tea.Batch(t.read(loadFirst, nil), t.count())
	}
	row := t.rows[t.cursor].row
	return tea.Batch(t.read(loadRefresh, &row), t.count())
}

// JumpTo reads around a row: one that was found by id, or one made up with the date to jump to. The
// cursor goes to the first row that is not before it.
func (t *Table[T]) JumpTo(row T) tea.Cmd {
	if t.source == nil {
		return nil
	}
	t.following = false
	return t.read(loadAround, &row)
}

// Close stops what is being read.
func (t *Table[T]) Close() {
	if t.cancel != nil {
		t.cancel()
	}
}

// read starts a reading; nil when one of the same kind is under way.
func (t *Table[T]) read(kind loadKind, from *T) tea.Cmd {
	if t.busy[kind] {
		return nil
	}
	t.busy[kind] = true
	n := t.page()
	if kind == loadAfter || kind == loadBefore {
		n = clamp(n+max(t.debt, -t.debt), n, maxPage)
	}
	msg := pageMsg[T]{table: t, gen: t.gen, kind: kind}
	if from != nil {
		msg.edge = t.opt.ID(from)
	}
	return readPage(t.ctx, t.source, msg, from, n)
}

// readPage reads rows and says what it found.
func readPage[T any](parent context.Context, s Source[T], msg pageMsg[T], from *T, n int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, loadTime)
		defer cancel()
		switch msg.kind {
		case loadFirst:
			msg.rows, msg.err = s.Page(ctx, nil, Forward, n)
			msg.atStart, msg.atEnd = true, len(msg.rows) < n
		case loadLast:
			msg.rows, msg.err = s.Page(ctx, nil, Backward, n)
			msg.atStart, msg.atEnd, msg.at = len(msg.rows) < n, true, max(0, len(msg.rows)-1)
		case loadAfter:
			msg.rows, msg.err = s.Page(ctx, from, Forward, n)
			msg.atEnd = len(msg.rows) < n
		case loadBefore:
			msg.rows, msg.err = s.Page(ctx, from, Backward, n)
			msg.atStart = len(msg.rows) < n
		case loadRefresh, loadAround:
			readAround(ctx, s, &msg, from, n)
		}
		return msg
	}
}

// readAround reads n rows before from, then from itself and n after it. From itself is read through
// the row before it, so that it is as fresh as the others.
func readAround[T any](ctx context.Context, s Source[T], msg *pageMsg[T], from *T, n int) {
	before, err := s.Page(ctx, from, Backward, n)
	if err != nil {
		msg.err = err
		return
	}
	var edge *T
	if len(before) > 0 {
		edge = &before[len(before)-1]
	}
	rest, err := s.Page(ctx, edge, Forward, n+1)
	if err != nil {
		msg.err = err
		return
	}
	msg.rows, msg.at = append(before, rest...), len(before)
	msg.atStart, msg.atEnd = len(before) < n, len(rest) < n+1
}

func (t *Table[T]) count() tea.Cmd {
	s, parent := t.source, t.ctx
	msg := countMsg[T]{table: t, gen: t.gen}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, loadTime)
		defer cancel()
		msg.n, msg.err = s.Count(ctx)
		return msg
	}
}

// onPage takes rows in.
func (t *Table[T]) onPage(m pageMsg[T]) tea.Cmd {
	delete(t.busy, m.kind)
	if m.err != nil {
		if !errors.Is(m.err, context.Canceled) {
			t.err = m.err
		}
		return nil
	}
	t.err, t.loaded = nil, true
	fresh := make([]entry[T], len(m.rows))
	for i := range m.rows {
		fresh[i] = entry[T]{row: m.rows[i], id: t.opt.ID(&m.rows[i]), cells: t.cells(&m.rows[i])}
	}
	switch m.kind {
	case loadFirst, loadLast, loadAround:
		t.replace(fresh, m)
	case loadRefresh:
		t.merge(fresh, m)
	case loadAfter:
		if len(t.rows) > 0 && t.rows[len(t.rows)-1].id == m.edge {
			t.rows = append(t.rows, fresh...)
			t.atEnd = m.atEnd
		}
	case loadBefore:
		if len(t.rows) > 0 && t.rows[0].id == m.edge {
			t.rows = append(fresh, t.rows...)
			t.atStart = m.atStart
			t.cursor += len(fresh)
			t.top += len(fresh)
		}
	}
	t.payDebt()
	t.trim()
	t.keepInSight()
	t.noteSeen()
	cmds := []tea.Cmd{t.prefetch()}
	if m.kind == loadRefresh && t.again {
		t.again = false
		cmds = append(cmds, t.Refresh())
	}
	return tea.Batch(cmds...)
}

// replace exchanges the window.
func (t *Table[T]) replace(rows []entry[T], m pageMsg[T]) {
	t.rows, t.atStart, t.atEnd = rows, m.atStart, m.atEnd
	t.cursor = clamp(m.at, 0, max(0, len(rows)-1))
	t.top = t.cursor - t.height()/2
	if m.kind == loadFirst {
		t.top = 0
	}
}

// merge exchanges the window for what is there now, and keeps cursor and place on the screen.
func (t *Table[T]) merge(rows []entry[T], m pageMsg[T]) {
	id, onTop := t.CurrentID(), t.atStart && t.top == 0
	offset := t.cursor - t.top
	at := m.at
	for i := range rows {
		if rows[i].id == id {
			at = i
			break
		}
	}
	// The cursor may have moved on while the rows were read; then the window is kept as it is if the
	// new one does not hold the cursor's row.
	if id != m.edge && (at >= len(rows) || rows[at].id != id) {
		t.again = true
		return
	}
	t.rows, t.atStart, t.atEnd = rows, m.atStart, m.atEnd
	t.cursor = clamp(at, 0, max(0, len(rows)-1))
	t.top = t.cursor - offset
	if onTop && t.atStart && t.cursor < t.height() {
		t.top = 0 // new rows come into sight instead of hiding above
	}
}

// payDebt moves the cursor as far as keys have asked for and rows are there.
func (t *Table[T]) payDebt() {
	to := clamp(t.cursor+t.debt, 0, max(0, len(t.rows)-1))
	t.debt -= to - t.cursor
	if (t.debt > 0 && t.atEnd) || (t.debt < 0 && t.atStart) {
		t.debt = 0
	}
	t.cursor = to
}

// trim forgets rows far from the cursor, so that the window stays small.
func (t *Table[T]) trim() {
	keep := keepPage * t.page()
	if t.rangeAt != "" {
		keep = rangeMax
	}
	if len(t.rows) <= keep {
		return
	}
	from := clamp(t.cursor-keep/2, 0, len(t.rows)-keep)
	to := from + keep
	if to < len(t.rows) {
		t.atEnd = false
	}
	if from > 0 {
		t.atStart = false
	}
	t.rows = append([]entry[T](nil), t.rows[from:to]...)
	t.cursor -= from
	t.top -= from
}

// prefetch reads on before the cursor reaches the window's edge.
func (t *Table[T]) prefetch() tea.Cmd {
	if t.source == nil || len(t.rows) == 0 {
		return nil
	}
	near := t.page() / 2
	var cmds []tea.Cmd
	if !t.atEnd && len(t.rows)-1-t.cursor < near {
		last := t.rows[len(t.rows)-1].row
		cmds = append(cmds, t.read(loadAfter, &last))
	}
	if !t.atStart && t.cursor < near {
		first := t.rows[0].row
		cmds = append(cmds, t.read(loadBefore, &first))
	}
	return tea.Batch(cmds...)
}

// noteSeen counts what has come above the rows that were in sight.
func (t *Table[T]) noteSeen() {
	if len(t.rows) == 0 {
		return
	}
	if t.atStart && t.top == 0 {
		t.seen, t.fresh, t.seenTotal = t.rows[0].id, 0, t.total
		return
	}
	if t.atStart {
		for i := range t.rows {
			if t.rows[i].id == t.seen {
				t.fresh = i
				return
			}
		}
	}
	if t.totalKnown && t.seenTotal > 0 {
		t.fresh = max(0, t.total-t.seenTotal)
	}
}

// keepInSight scrolls so that the cursor is in sight.
func (t *Table[T]) keepInSight() {
	h := max(1, t.height())
	if t.cursor < t.top {
		t.top = t.cursor
	}
	if t.cursor >= t.top+h {
		t.top = t.cursor - h + 1
	}
	t.top = clamp(t.top, 0, max(0, len(t.rows)-h))
}
