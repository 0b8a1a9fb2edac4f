package page

import (
	"context"
	"encoding/json"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// WentBack says that Back has left a level: the screen starts what that needs, such as reading a list
// without its filter.
type WentBack struct{}

// ListStore is what a listing reads besides its rows; *journal.Journal is one.
type ListStore interface {
	Count(ctx context.Context, l journal.List, q journal.Query) (int64, error)
	Totals(ctx context.Context, l journal.List, q journal.Query) ([]journal.Total, error)
	TotalsOf(ctx context.Context, l journal.List, ids []int64) ([]journal.Total, error)
	Locate(ctx context.Context, l journal.List, q journal.Query, id string) (journal.Cursor, bool, error)
	Vocabulary(ctx context.Context) (journal.Vocabulary, error)
}

// View is a filter with a name: a tab over the list.
type View struct {
	Name   string `json:"name"`
	Filter string `json:"filter"`
}

// ListOptions make a listing.
type ListOptions[T any] struct {
	Deps    *Deps
	Name    string // under which columns, views and recent filters are kept, such as "payouts"
	Title   string
	List    journal.List
	Columns []widget.Column[T]
	Views   []View // that the program ships with; the first one is shown at first
	Base    string // a filter whose terms hold unless the user's filter names their fields
	Read    ReadRows[T]
	Row     func(*T) int64 // row number in the journal
	Cursor  func(*T, journal.Sort) journal.Cursor
	Sum     func(*T) (status string, amount pikeapi.Money) // what the totals of marks add up
	Fields  []ExportField[T]
	Follow  bool        // stay with the newest row until the user moves
	Front   func() bool // keys go to the list; nil for always
	Empty   string      // said when there is nothing at all
}

// ReadRows reads a page of rows; see journal.Operations.
type ReadRows[T any] func(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]T, error)

// Listing is a list of the journal as a screen shows it: the table, its filter, its views, and the
// totals of what is marked or filtered. It belongs to no screen in particular.
type Listing[T any] struct {
	opt    ListOptions[T]
	deps   *Deps
	store  ListStore
	table  *widget.Table[T]
	line   *widget.FilterLine
	words  journal.Vocabulary
	recent []string       // filters used before, the newest first
	filter journal.Filter // in force
	typed  string         // the filter in force, as it was typed

	views   []View
	tab     int  // of the views; -1 when the filter is none of them
	reload  bool // Back has changed the filter: read anew
	away    bool // another screen is in front
	missed  bool // the journal changed meanwhile
	turn    int  // of typing in the filter
	w, h    int
	all     int // rows without the user's filter; 0 when not known
	totals  []journal.Total
	totaled totalKey // what totals are of
	adding  bool     // totals are being read
	marks   markSums
	added   time.Time
	export  *exporting[T]
}

// totalKey says what totals were read of.
type totalKey struct {
	filter string
	except int
}

// NewListing makes a listing of the present desk. Load starts it.
func NewListing[T any](o ListOptions[T], store ListStore) *Listing[T] {
	l := &Listing[T]{opt: o, deps: o.Deps, store: store, marks: markSums{}}
	l.views = append(append([]View(nil), o.Views...), keptJSON[View](o.Deps, o.Name+".views")...)
	l.recent = keptJSON[string](o.Deps, o.Name+".recent")
	l.line = widget.NewFilterLine(widget.FilterOptions{
		Theme: l.deps.Theme, Keys: l.deps.Keys, Complete: l.complete, Check: l.check, Recent: l.recent,
	})
	l.table = widget.NewTable(widget.TableOptions[T]{
		Theme: l.deps.Theme, Keys: l.deps.Keys, Now: l.deps.Now, Marks: true, Columns: o.Columns,
		ID:     func(r *T) string { return rowID(o.Row(r)) },
		Open:   l.open,
		Sort:   widget.Sort{Key: string(journal.ByCreated), Desc: true},
		Follow: o.Follow,
		Empty:  o.Empty,
		Filter: func() string { return l.typed },
		Front:  o.Front,
		Marked: func(r *T, on bool) {
			status, amount := o.Sum(r)
			l.marks.change(status, amount, on)
		},
	})
	l.table.Arrange(keptJSON[widget.ColumnState](o.Deps, o.Name+".columns"))
	l.setTyped(o.Views[0].Filter)
	return l
}

// keptJSON reads a list that was kept; what cannot be read is as good as nothing.
func keptJSON[V any](d *Deps, key string) []V {
	var out []V
	if text := d.Settings.Kept(key); text != "" && json.Unmarshal([]byte(text), &out) != nil {
		return nil
	}
	return out
}

// SetStore reads from another desk's journal: after EnvChanged, with the Reset that follows it.
func (l *Listing[T]) SetStore(store ListStore, read ReadRows[T]) tea.Cmd {
	l.store, l.opt.Read = store, read
	l.words, l.all, l.totals, l.totaled, l.adding = nil, 0, nil, totalKey{}, false
	l.stopExport()
	return tea.Batch(l.table.Reset(), l.readAll(), l.readWords(), l.refreshTotals())
}

// Load reads the list for the first time.
func (l *Listing[T]) Load() tea.Cmd {
	return tea.Batch(l.table.Load(), l.readAll(), l.readWords())
}

// Refresh reads the same place again: when the journal has changed. Behind another screen it waits until
// the list is shown: of a million rows, reading what nobody sees would hold up what somebody does.
func (l *Listing[T]) Refresh() tea.Cmd {
	if l.missed = l.away; l.away {
		return nil
	}
	return tea.Batch(l.table.Refresh(), l.refreshTotals())
}

// open makes a source of the present filter.
func (l *Listing[T]) open(s widget.Sort) widget.Source[T] {
	return listSource[T]{store: l.store, list: l.opt.List, read: l.opt.Read, cursor: l.opt.Cursor, query: l.query(s)}
}

// query is what the list shows in an order.
func (l *Listing[T]) query(s widget.Sort) journal.Query {
	return journal.Query{Filter: l.filter, Sort: journal.Sort{Column: journal.Column(s.Key), Ascending: !s.Desc}}
}

// parse reads a typed filter, with what holds besides.
func (l *Listing[T]) parse(typed string) (journal.Filter, error) {
	now := l.deps.Now()
	own, err := journal.ParseFilter(typed, now)
	if err == nil {
		err = own.Check(l.opt.List)
	}
	if err != nil {
		return own, err
	}
	base, err := journal.ParseFilter(l.opt.Base, now)
	return own.WithDefaults(base), err
}

// setTyped puts a filter in force; a wrong one keeps the old one and returns false.
func (l *Listing[T]) setTyped(typed string) bool {
	f, err := l.parse(typed)
	if err != nil {
		return false
	}
	l.filter, l.typed, l.tab = f, typed, -1
	for i, v := range l.views {
		if v.Filter == typed {
			l.tab = i
			break
		}
	}
	return true
}

// SetFilter shows another filter, as if it had been typed.
func (l *Listing[T]) SetFilter(typed string) tea.Cmd {
	if !l.setTyped(typed) {
		l.line.Set(typed) // shows what is wrong with it
		l.line.Open()
		return nil
	}
	l.line.Set(typed)
	l.table.ClearMarks()
	l.resize()
	return tea.Batch(l.table.Load(), l.readAll(), l.refreshTotals())
}

// Filter returns the filter in force, as it was typed.
func (l *Listing[T]) Filter() string { return l.typed }

// Current returns the row under the cursor.
func (l *Listing[T]) Current() (T, bool) { return l.table.Current() }

// Near returns up to n rows around the cursor, of those that are held.
func (l *Listing[T]) Near(n int) []T { return l.table.Near(n) }

// Loaded says that the rows have arrived.
func (l *Listing[T]) Loaded() bool { return l.table.Loaded() }

// Following says that the list stays with the newest row.
func (l *Listing[T]) Following() bool { return l.table.Following() }

// Captures says that the filter is being typed.
func (l *Listing[T]) Captures() bool { return l.line.Active() }

// Restyle draws the cells anew: after a change of how times are shown.
func (l *Listing[T]) Restyle() { l.table.Restyle() }

// SetSize tells the box, in cells.
func (l *Listing[T]) SetSize(w, h int) {
	l.w, l.h = max(0, w), max(0, h)
	l.resize()
}

// resize gives the table what head and filter leave.
func (l *Listing[T]) resize() { l.table.SetSize(l.w, max(0, l.h-l.headLines())) }

// Back leaves one level: marks, then the filter. The WentBack that follows reads anew.
func (l *Listing[T]) Back() bool {
	if l.table.ClearMarks() {
		l.totals, l.totaled = nil, totalKey{}
		l.reload = l.typed != ""
		return true
	}
	if first := l.opt.Views[0].Filter; l.typed != first {
		l.setTyped(first)
		l.line.Set(first)
		l.resize()
		l.reload = true
		return true
	}
	return false
}

// Update takes in what the listing's own commands found. Screens pass it every message but keys.
func (l *Listing[T]) Update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case listMsg:
		if m.owner != l.opt.Name {
			return nil
		}
		return l.onMsg(m)
	case listTyped:
		if m.owner != l.opt.Name || m.turn != l.turn {
			return nil
		}
		if l.unfinished() {
			return nil
		}
		return l.apply(l.line.Text())
	case WentBack:
		if !l.reload {
			return nil
		}
		l.reload = false
		return tea.Batch(l.table.Load(), l.refreshTotals())
	case Hidden:
		l.away = true
	case Shown:
		l.away = false
		if l.missed {
			return l.Refresh()
		}
	case TimesChanged:
		l.table.Restyle()
	case Mouse:
		return l.onMouse(m)
	case listDo:
		if m.owner != l.opt.Name {
			return nil
		}
		return m.run()
	case exportStep:
		if m.owner != l.opt.Name {
			return nil
		}
		return l.onExport(m)
	}
	before := l.typed
	cmd := l.table.Update(msg)
	if n, known := l.table.Total(); known && before == l.opt.Views[0].Filter {
		l.all = n
	}
	return cmd
}

func (l *Listing[T]) onMouse(m Mouse) tea.Cmd {
	switch {
	case m.X >= l.w || m.Y >= l.h:
		return nil
	case m.Wheel != 0:
		return l.table.Scroll(m.Wheel)
	}
	return l.table.Click(m.Y - l.headLines())
}
