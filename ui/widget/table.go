package widget

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// Direction says on which side of a row a page lies.
type Direction int

// The directions.
const (
	Forward  Direction = iota // rows after it
	Backward                  // rows before it
)

// Source reads the rows of one list in one order. Its methods run in commands, off the loop.
type Source[T any] interface {
	// Page returns up to n rows next to from, in the order of the list whatever the direction. From
	// nil means the edge: the first rows going Forward, the last going Backward.
	Page(ctx context.Context, from *T, dir Direction, n int) ([]T, error)
	// Count returns how many rows there are. It may be slow; nothing waits for it.
	Count(ctx context.Context) (int, error)
}

// Align says how a column's text stands.
type Align int

// The alignments. Point lines up decimal points and currencies: "1,500.00 EUR" over "900 JPY".
const (
	Left Align = iota
	Right
	Point
)

// Column is one column of a table.
type Column[T any] struct {
	Key      string // stable name, also of the order
	Title    string
	Width    int  // cells, at least
	Good     int  // cells that hold nearly every value; 0 means Width
	Flex     int  // share of the cells that are left over
	Priority int  // 0 always stays; the highest goes first when the table is narrow
	Spare    bool // comes only where the others have their good width
	Align    Align
	Middle   bool // cut in the middle: ids
	Sort     bool // the list can be ordered by it
	Down     bool // ordering by it starts with the largest
	Cell     func(row *T) Cell
}

// Cell is what stands in a column. Text may come from outside: the table cleans it.
type Cell struct {
	Text string
	Ink  theme.Ink
}

// Sort is an order.
type Sort struct {
	Key  string // of a column
	Desc bool
}

// TableOptions make a table.
type TableOptions[T any] struct {
	Theme   *theme.Theme
	Keys    *keymap.Map
	Now     func() time.Time
	Columns []Column[T]
	ID      func(row *T) string
	Open    func(Sort) Source[T]  // called when the list or its order changes
	Sort    Sort                  // the first order
	Follow  bool                  // stay with the newest row until the user moves
	Marks   bool                  // rows can be marked
	Waits   string                // what is waited for while loading, such as "the journal"
	Empty   string                // said when there is nothing at all, and what to do about it
	Filter  func() string         // the filter in force, for the text when it hides everything
	Front   func() bool           // keys go to the table; nil for always
	Marked  func(row *T, on bool) // told of each row that is marked or unmarked by itself; nil for nobody
}

// limits of the window that a table keeps.
const (
	minPage  = 50
	maxPage  = 1000
	keepPage = 8 // windows that are kept
	rangeMax = 50_000
	loadTime = 15 * time.Second
)

// Table is a list of any length of which only a window is held. Nothing that a key does depends on
// the length of the list. The cursor stays on its row when rows come and go.
type Table[T any] struct {
	opt  TableOptions[T]
	w, h int

	source Source[T]
	sort   Sort
	gen    uint64 // of the source; answers of another generation are dropped
	ctx    context.Context
	cancel context.CancelFunc

	rows           []entry[T]
	atStart, atEnd bool
	cursor, top    int
	debt           int // movement that waits for rows
	loaded         bool
	err            error
	busy           map[loadKind]bool
	again          bool // a refresh was asked for while one was under way
	counting       bool
	since          time.Time

	following  bool
	seen       string // id of the first row when it was last in sight
	fresh      int    // rows that came above since
	total      int
	totalKnown bool
	seenTotal  int

	marks     map[string]T
	all       bool // everything that matches is marked, but for except
	except    map[string]bool
	rangeAt   string // id where a range of marks begins; empty when none is being made
	rangeTo   string // id as far as which it is marked
	rangeLost bool
	visible   []int
	widths    []int
	order     []string
	hidden    map[string]bool
	always    map[string]bool
	override  map[string]int
}

// entry is a row with its cells ready for drawing.
type entry[T any] struct {
	row   T
	id    string
	cells []cell
}

// NewTable makes a table. Load starts it.
func NewTable[T any](o TableOptions[T]) *Table[T] {
	if o.Waits == "" {
		o.Waits = "the journal"
	}
	return &Table[T]{
		opt: o, sort: o.Sort, following: o.Follow, busy: map[loadKind]bool{},
		marks: map[string]T{}, except: map[string]bool{}, hidden: map[string]bool{}, always: map[string]bool{}, override: map[string]int{},
	}
}

// SetSize tells the box, in cells: one line of heads, the rest rows.
func (t *Table[T]) SetSize(w, h int) {
	before := t.height()
	t.w, t.h = max(0, w), max(0, h)
	t.layout()
	if t.atStart && t.top > 0 && t.top <= t.height()-before {
		t.top = 0 // there is room again for the first rows
		t.noteSeen()
	}
	t.keepInSight()
}

// height is the number of rows that are in sight.
func (t *Table[T]) height() int {
	if t.h <= 1 {
		return max(0, t.h)
	}
	return t.h - 1
}

// page is the number of rows that are read at once.
func (t *Table[T]) page() int { return clamp(2*t.height(), minPage, maxPage) }

// Current returns the row under the cursor.
func (t *Table[T]) Current() (row T, ok bool) {
	if t.cursor < 0 || t.cursor >= len(t.rows) {
		return row, false
	}
	return t.rows[t.cursor].row, true
}

// CurrentID returns the id of the row under the cursor; empty without one.
func (t *Table[T]) CurrentID() string {
	if t.cursor < 0 || t.cursor >= len(t.rows) {
		return ""
	}
	return t.rows[t.cursor].id
}

// Near returns up to n rows around the cursor, in the list's order, of those that are held.
func (t *Table[T]) Near(n int) []T {
	from := clamp(t.cursor-n/2, 0, max(0, len(t.rows)-n))
	out := make([]T, 0, n)
	for i := from; i < len(t.rows) && len(out) < n; i++ {
		out = append(out, t.rows[i].row)
	}
	return out
}

// Len returns how many rows are held now; it is not the length of the list.
func (t *Table[T]) Len() int { return len(t.rows) }

// Loaded says that the rows of the present source have arrived once.
func (t *Table[T]) Loaded() bool { return t.loaded }

// Err returns why the last reading failed; nil when it did not.
func (t *Table[T]) Err() error { return t.err }

// Total returns the length of the list, once it is known.
func (t *Table[T]) Total() (n int, known bool) { return t.total, t.totalKnown }

// Fresh returns how many rows have come above what is in sight.
func (t *Table[T]) Fresh() int { return t.fresh }

// Following says that the table stays with the newest row.
func (t *Table[T]) Following() bool { return t.following }

// Sort returns the present order.
func (t *Table[T]) Sort() Sort { return t.sort }

// Waiting returns since when the table has waited for its first rows; zero when it does not.
func (t *Table[T]) Waiting() time.Time {
	if t.loaded || t.err != nil {
		return time.Time{}
	}
	return t.since
}

// Update takes in what the table's own commands found. Screens pass it every message that is not a
// key.
func (t *Table[T]) Update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case pageMsg[T]:
		if m.table == t && m.gen == t.gen {
			return t.onPage(m)
		}
	case countMsg[T]:
		if m.table == t && m.gen == t.gen {
			t.counting = false
			if m.err == nil {
				t.total, t.totalKnown = m.n, true
				t.noteSeen()
			}
		}
	}
	return nil
}

// Restyle draws every cell anew: after a change of how times are shown, or each second where cells
// show ages.
func (t *Table[T]) Restyle() {
	for i := range t.rows {
		t.rows[i].cells = t.cells(&t.rows[i].row)
	}
}
