package widget

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"
)

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
	t.renewMarks(fresh)
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
	t.extendRange()
	t.trim()
	t.keepInSight()
	t.noteSeen()
	cmds := []tea.Cmd{t.prefetch()}
	if (m.kind == loadRefresh || m.kind == loadFirst) && t.again {
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
