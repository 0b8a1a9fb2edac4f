package page

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// How long a listing's readings may take, and how far apart its totals are.
const (
	listTime    = 15 * time.Second
	totalsEvery = 2 * time.Second
)

// rowID names a row in a table.
func rowID(row int64) string { return strconv.FormatInt(row, 10) }

// listSource reads one filter in one order.
type listSource[T any] struct {
	store  ListStore
	list   journal.List
	read   ReadRows[T]
	cursor func(*T, journal.Sort) journal.Cursor
	query  journal.Query
}

// Page implements widget.Source.
func (s listSource[T]) Page(ctx context.Context, from *T, dir widget.Direction, n int) ([]T, error) {
	var at *journal.Cursor
	if from != nil {
		c := s.cursor(from, s.query.Sort)
		at = &c
	}
	way := journal.Forward
	if dir == widget.Backward {
		way = journal.Backward
	}
	return s.read(ctx, s.query, at, way, n)
}

// Count implements widget.Source.
func (s listSource[T]) Count(ctx context.Context) (int, error) {
	n, err := s.store.Count(ctx, s.list, s.query)
	return int(n), err
}

// listMsg brings one of the things that a listing reads besides its rows.
type listMsg struct {
	Stamp
	owner  string
	all    *int
	words  journal.Vocabulary
	totals []journal.Total
	key    *totalKey
	show   string // what the totals are of: they are shown in a dialog
	jump   any    // a row to jump to
	err    error
}

// readAll counts the rows without the user's filter.
func (l *Listing[T]) readAll() tea.Cmd {
	first := l.opt.Views[0].Filter
	f, err := l.parse(first)
	if err != nil || l.typed == first {
		return nil // then the table counts them itself
	}
	return countAll(l.store, l.deps.Stamps.Next(l.opt.Name+".all"), l.opt.Name, l.opt.List, journal.Query{Filter: f})
}

func countAll(s ListStore, stamp Stamp, owner string, list journal.List, q journal.Query) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), listTime)
		defer cancel()
		n, err := s.Count(ctx, list, q)
		all := int(n)
		return listMsg{Stamp: stamp, owner: owner, all: &all, err: err}
	}
}

// readWords reads the values that completion offers.
func (l *Listing[T]) readWords() tea.Cmd {
	store, stamp, owner := l.store, l.deps.Stamps.Next(l.opt.Name+".words"), l.opt.Name
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), listTime)
		defer cancel()
		words, err := store.Vocabulary(ctx)
		return listMsg{Stamp: stamp, owner: owner, words: words, err: err}
	}
}

// onMsg takes a reading in. What cannot be read is left out: the rows say why by themselves.
func (l *Listing[T]) onMsg(m listMsg) tea.Cmd {
	switch {
	case m.jump != nil:
		if row, ok := m.jump.(T); ok {
			return l.table.JumpTo(row)
		}
	case m.show != "" && m.err != nil:
		return Say(Failure, "the totals could not be read: "+m.err.Error())
	case m.show != "":
		return l.showTotals(m.show, m.totals)
	case m.key != nil:
		l.adding = false
		if m.err == nil && *m.key == l.totaled {
			l.totals = m.totals
		}
	case m.err != nil:
	case m.all != nil:
		l.all = *m.all
	case m.words != nil:
		l.words = m.words
	}
	return nil
}

// keepJSON writes a list to the user's settings.
func keepJSON(d *Deps, key string, value any) tea.Cmd {
	settings := d.Settings
	return func() tea.Msg {
		text, err := json.Marshal(value)
		if err == nil {
			err = settings.Keep(key, string(text))
		}
		if err != nil {
			return Notice{Level: Warning, Text: "this will not be remembered: " + err.Error()}
		}
		return nil
	}
}
