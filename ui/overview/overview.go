// Package overview is screen 0, the first one seen: what waits for the operator, what happened lately,
// and whether all is well. Every number opens the list behind it.
package overview

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

// store is what the screen reads; *journal.Journal is one.
type store interface {
	Stats(ctx context.Context, now time.Time) (*journal.Stats, error)
	Waiting(ctx context.Context, limit int) ([]journal.Waiting, error)
}

// period is the span that the counts are about.
type period struct {
	name string // in the title
	age  string // in the filter language
}

func periods() []period {
	return []period{{"last hour", "1h"}, {"last day", "24h"}, {"last week", "7d"}}
}

// Model is the screen.
type Model struct {
	deps  *page.Deps
	desk  *page.Desk
	store store
	now   time.Time
	ages  bool
	w, h  int

	period   int // index into periods
	stats    *journal.Stats
	waiting  []journal.Waiting
	receiver page.ReceiverStatus
	err      error
	busy     bool
	again    bool // the journal changed while it was being read
	away     bool // another screen is in front: what nobody sees is not read
	read     time.Time
	cursor   int // among the links
	top      int // first line in sight, where not everything fits
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, now: deps.Now(), period: 1}
	m.arrive(deps.Desk.At())
	return m
}

func (m *Model) arrive(d *page.Desk) {
	m.desk, m.store = d, d.Journal
	m.stats, m.waiting, m.err, m.cursor, m.top = nil, nil, nil, 0, 0
	m.busy, m.again = false, false
	m.health()
}

// health asks the receiver how it is.
func (m *Model) health() {
	m.receiver = page.ReceiverStatus{}
	if m.desk.Receiver != nil {
		m.receiver = m.desk.Receiver.Status()
	}
}

// Init reads the numbers.
func (m *Model) Init() tea.Cmd { return m.refresh() }

// Title is the breadcrumb.
func (m *Model) Title() string { return "Overview" }

// CapturesKeys implements page.Page: nothing is typed here.
func (m *Model) CapturesKeys() bool { return false }

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	m.keepInSight()
}

// Help implements page.Page.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	open := page.Hint{Key: k.List.Open}
	if len(m.links()) == 0 {
		open.Off = "there is nothing to open yet"
	}
	return append([]page.Hint{open, {Key: k.Overview.Period}, {Key: k.List.Refresh, Rare: true}},
		append(page.Rarely(k.Move.Up, k.Move.Down), page.Hint{Key: k.List.NextPane, Name: "next part", Rare: true})...)
}

// refresh reads the numbers, one reading at a time.
func (m *Model) refresh() tea.Cmd {
	if m.away {
		return nil // they are read when the screen is shown
	}
	if m.busy {
		m.again = true
		return nil
	}
	m.busy = true
	return read(m.store, m.deps.Stamps.Next("overview.read"), m.deps.Now())
}

// links are the targets of the lines that open something, in the order in which they stand.
func (m *Model) links() []tea.Msg {
	var out []tea.Msg
	for _, b := range m.blocks(m.columnWidth()) {
		for _, l := range b.lines {
			if l.opens != nil {
				out = append(out, l.opens)
			}
		}
	}
	return out
}

// two says whether the blocks stand in two columns.
func (m *Model) two() bool { return m.w >= 110 }

// widest is how wide a column gets: eyes lose the way from a name to a number far from it.
const widest = 84

func (m *Model) columnWidth() int {
	if m.two() {
		return min(widest, (m.w-columnGap)/2)
	}
	return m.w
}

// keepInSight scrolls so that the chosen line is in sight.
func (m *Model) keepInSight() {
	if m.h == 0 || m.cursor == 0 {
		m.top = 0 // with the heads above the first line
		if m.h == 0 {
			return
		}
	}
	all, spots := m.body()
	at := 0
	if m.cursor < len(spots) {
		at = spots[m.cursor].y
	}
	m.top = max(0, min(m.top, len(all)-m.h))
	if at < m.top {
		m.top = at
	}
	room := m.h
	if at < len(all)-1 {
		room = max(1, m.h-1) // the last line in sight tells of the others
	}
	if at >= m.top+room {
		m.top = at - room + 1
	}
	m.top = max(0, m.top)
}

var _ page.Page = (*Model)(nil)
