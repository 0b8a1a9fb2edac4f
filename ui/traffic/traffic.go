// Package traffic is screen 6: every request that was sent and what came back, as they were.
package traffic

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

// store is what the screen needs of the journal.
type store interface {
	page.ListStore
	Exchanges(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]journal.ExchangeRow, error)
	Exchange(ctx context.Context, id int64) (*journal.Exchange, error)
}

// Model is the screen.
type Model struct {
	deps   *page.Deps
	store  store
	list   *page.Listing[journal.ExchangeRow]
	detail *detail // nil while only the list is shown
	now    time.Time
	ages   bool
	w, h   int
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, store: deps.Desk.At().Journal, now: deps.Now()}
	m.list = page.NewListing(page.ListOptions[journal.ExchangeRow]{
		Deps: deps, Name: "traffic", Title: "Traffic", List: journal.ListExchanges, Columns: m.columns(),
		Views: []page.View{
			{Name: "all"}, {Name: "no status", Filter: "-method:session/status"}, {Name: "refused", Filter: "outcome:refused"}, {Name: "unknown", Filter: "outcome:unknown"},
			{Name: "not sent", Filter: "outcome:not_sent"}, {Name: "today", Filter: "created:today"},
		},
		Read:   m.store.Exchanges,
		Row:    func(r *journal.ExchangeRow) int64 { return r.ID },
		Cursor: func(r *journal.ExchangeRow, s journal.Sort) journal.Cursor { return r.Cursor(s) },
		Sum: func(r *journal.ExchangeRow) (string, pikeapi.Money) {
			if r.Amount == nil {
				return string(r.Outcome), pikeapi.Money{}
			}
			return string(r.Outcome), *r.Amount
		},
		Fields: fields(),
		Follow: true,
		Front:  func() bool { return m.detail == nil },
		Empty:  "No request has been sent yet. Press " + deps.Keys.Global.Screen2.Label() + " to make one.",
	}, m.store)
	return m
}

// Init reads the list.
func (m *Model) Init() tea.Cmd { return m.list.Load() }

// Title is the breadcrumb.
func (m *Model) Title() string {
	if m.detail != nil {
		return "Traffic › " + m.detail.name()
	}
	return "Traffic"
}

// CapturesKeys says that a filter or a search is being typed.
func (m *Model) CapturesKeys() bool {
	if m.detail != nil {
		return m.detail.body().CapturesKeys()
	}
	return m.list.Captures()
}

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	above, below := m.split()
	m.list.SetSize(m.w, above)
	if m.detail != nil {
		m.detail.setSize(m.w, below)
	}
}

// tall is the height from which the list stays in sight above an open request.
const tall = 40

// split divides the height between the list and the open request.
func (m *Model) split() (above, below int) {
	switch {
	case m.detail == nil:
		return m.h, 0
	case m.h >= tall:
		above = m.h / 4
		return above, m.h - above - 1
	}
	return 0, m.h
}

// Open opens the screen at a request, at the requests of a session, or with a filter.
func (m *Model) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case page.OpenExchange:
		return m.show(a.ID)
	case page.OpenSession:
		m.close()
		return m.list.SetFilter(journal.Term("session", a.ID))
	case page.OpenFilter:
		m.close()
		return m.list.SetFilter(a.Text)
	}
	return nil
}

// Back leaves the search, the request, the marks, the filter: one at a time.
func (m *Model) Back() bool {
	if m.detail != nil {
		if !m.detail.body().Back() {
			m.close()
		}
		return true
	}
	return m.list.Back()
}

// Find offers the saved views to the palette.
func (m *Model) Find() []page.Entry { return m.list.Find(page.Traffic) }

func (m *Model) close() {
	m.detail = nil
	m.deps.Stamps.Cancel(slotDetail)
	m.SetSize(m.w, m.h)
}

// Help lists the keys of the list, or of the open request.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	switch {
	case m.detail == nil && m.list.Captures():
		return m.list.TypingHints()
	case m.detail != nil && m.detail.body().CapturesKeys():
		return page.JSONHints(k, true, k.Traffic.Raw)
	}
	session, none := page.Hint{Key: k.Traffic.Session}, ""
	if id, ok := m.session(); !ok {
		none = "there is no request here"
		session.Off = none
	} else if id == "" {
		session.Off = "this request belongs to no session"
	}
	at := func(h page.Hint) page.Hint { h.Off = none; return h }
	if m.detail == nil {
		out := []page.Hint{
			at(page.Hint{Key: k.List.Open}), at(page.Hint{Key: k.Traffic.Inspect}), session, at(page.Hint{Key: k.Traffic.Curl}),
			at(page.Hint{Key: k.List.CopyMenu}), at(page.Hint{Key: k.List.Copy, Rare: true}), at(page.Hint{Key: k.Traffic.OpenSSL, Rare: true}),
			{Key: k.List.Follow, Rare: true},
		}
		return append(out, m.list.Hints()...)
	}
	out := []page.Hint{
		at(page.Hint{Key: k.List.Open, Name: "inspect"}), at(page.Hint{Key: k.Traffic.Side}), at(page.Hint{Key: k.Traffic.Raw}), session,
		at(page.Hint{Key: k.Traffic.Curl}), at(page.Hint{Key: k.List.CopyMenu}), at(page.Hint{Key: k.Traffic.OpenSSL}),
		at(page.Hint{Key: k.Traffic.Inspect, Rare: true}), {Key: k.JSON.Search, Rare: true},
	}
	return append(out, page.Rarely(k.JSON.NextMatch, k.JSON.PrevMatch, k.JSON.FoldAll, k.JSON.UnfoldAll, k.JSON.CopyPath, k.JSON.CopyValue,
		k.List.NextPane, k.Move.Up, k.Move.Down)...)
}

// session returns the session of the request that is open or chosen; ok is false without one.
func (m *Model) session() (id string, ok bool) {
	if m.detail != nil {
		if m.detail.x == nil {
			return "", false
		}
		return m.detail.x.SessionID, true
	}
	row, ok := m.list.Current()
	return row.SessionID, ok
}

// Session returns the session that the cursor is on; see page.Pointer.
func (m *Model) Session() string {
	id, _ := m.session()
	return id
}

// chosen returns the row number of the request that is open or chosen; 0 without one.
func (m *Model) chosen() int64 {
	if m.detail != nil {
		return m.detail.id
	}
	row, _ := m.list.Current()
	return row.ID
}

var _ interface {
	page.Page
	page.Opener
	page.Backer
	page.Finder
	page.Pointer
} = (*Model)(nil)
