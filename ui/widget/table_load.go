package widget

import (
	"context"

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
	t.busy, t.counting = map[loadKind]bool{}, false
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
	if t.busy[loadRefresh] || t.busy[loadFirst] {
		t.again = true
		return nil
	}
	if t.source == nil || !t.loaded {
		return t.Load()
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

// read starts a reading; nil when one of the same kind is under way, and before the first Load.
func (t *Table[T]) read(kind loadKind, from *T) tea.Cmd {
	if t.busy[kind] || t.source == nil {
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

// count reads the length of the list; nil while that is under way.
func (t *Table[T]) count() tea.Cmd {
	if t.counting {
		return nil
	}
	t.counting = true
	s, parent := t.source, t.ctx
	msg := countMsg[T]{table: t, gen: t.gen}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, loadTime)
		defer cancel()
		msg.n, msg.err = s.Count(ctx)
		return msg
	}
}
