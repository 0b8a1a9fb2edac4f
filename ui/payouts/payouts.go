// Package payouts is the screen that lists payouts and payments across all sessions, with the detail
// of the one under the cursor.
package payouts

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// store is what the screen reads; *journal.Journal is one.
type store interface {
	page.ListStore
	page.SessionReader
	Operations(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]journal.OperationRow, error)
	Operation(ctx context.Context, operationID string) (*journal.OperationRow, error)
	Timeline(ctx context.Context, sessionID string) ([]journal.Event, error)
}

// Model is the screen.
type Model struct {
	deps  *page.Deps
	store store
	list  *page.Listing[journal.OperationRow]
	deeds *page.Deeds
	now   time.Time
	ages  bool
	w, h  int

	detail  detail
	over    bool // the detail lies over the list, where there is no room for both
	focused bool // keys scroll the detail
	json    *widget.JSONView
	raw     bool // the session's JSON lies over everything
}

// detail is what is known of the row under the cursor.
type detail struct {
	row     journal.OperationRow
	ok      bool // there is a row
	session *journal.SessionDetail
	known   *pikeapi.Session // the session as Pike described it
	events  []journal.Event
	err     error
	busy    bool // it is being read
	again   bool // the cursor has moved on meanwhile
	since   time.Time
	top     int // first line in sight
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, store: deps.Desk.At().Journal, now: deps.Now(), deeds: page.NewDeeds(deps, page.Payouts)}
	m.list = page.NewListing(page.ListOptions[journal.OperationRow]{
		Deps: deps, Name: "payouts", Title: "Payouts", List: journal.ListOperations, Columns: m.columns(), Base: "kind:payout",
		Views: []page.View{
			{Name: "all"}, {Name: "waiting", Filter: "next:any kind:payout,payment"}, {Name: "failed today", Filter: "status:failed created:today"},
			{Name: "payments", Filter: "kind:payment"},
		},
		Read: m.store.Operations, Row: func(r *journal.OperationRow) int64 { return r.ID },
		Cursor: func(r *journal.OperationRow, s journal.Sort) journal.Cursor { return r.Cursor(s) },
		Sum:    func(r *journal.OperationRow) (string, pikeapi.Money) { return string(r.Status), r.Amount },
		Fields: exportFields(),
		Front:  func() bool { return !m.focused },
		Empty:  "No payouts yet. Press " + deps.Keys.Global.Screen2.Label() + " to make one.",
	}, m.store)
	m.json = widget.NewJSONView(widget.JSONOptions{Theme: deps.Theme, Keys: deps.Keys, Now: deps.Now, OnCopy: page.CopyText})
	return m
}

// Init implements page.Page.
func (m *Model) Init() tea.Cmd { return m.list.Load() }

// Title implements page.Page.
func (m *Model) Title() string {
	crumb := " " + m.deps.Theme.Glyphs.Crumb + " "
	switch {
	case m.raw:
		return "Payouts" + crumb + m.detail.row.OperationID + crumb + "JSON"
	case m.over && m.detail.ok:
		return "Payouts" + crumb + m.detail.row.OperationID
	}
	return "Payouts"
}

// CapturesKeys implements page.Page.
func (m *Model) CapturesKeys() bool { return m.list.Captures() || m.raw && m.json.CapturesKeys() }

// Waits implements page.Waiter.
func (m *Model) Waits() []page.Wait { return m.deeds.Waits() }

// Find implements page.Finder.
func (m *Model) Find() []page.Entry {
	out := m.list.Find(page.Payouts)
	for _, r := range m.list.Near(offered) {
		out = append(out, page.Entry{
			Title: r.OperationID, Detail: page.DescribeOperation(&r),
			Msg: page.Navigate{Screen: page.Payouts, Arg: page.OpenOperation{ID: r.OperationID}},
		})
	}
	return out
}

// offered is how many payouts the palette gets.
const offered = 200

// Help implements page.Page.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	switch {
	case m.list.Captures():
		return m.list.TypingHints()
	case m.raw:
		return page.JSONHints(k, m.json.CapturesKeys(), k.Payouts.Raw)
	}
	none := ""
	if !m.detail.ok {
		none = "no payout is chosen"
	}
	confirm, cancel := m.legal(page.ActionConfirm), m.legal(page.ActionCancel)
	open := page.Hint{Key: k.List.Open, Off: none}
	if m.place() != over || m.over {
		open.Name = "session"
	}
	hints := []page.Hint{
		open,
		{Key: k.Payouts.Confirm, Off: confirm, Rare: confirm != ""},
		{Key: k.Payouts.Inspect, Off: none},
		{Key: k.Payouts.Traffic, Off: none},
		{Key: k.List.Copy, Off: none},
		{Key: k.Payouts.Cancel, Off: cancel, Rare: true},
		{Key: k.Payouts.Session, Off: none, Rare: true},
		{Key: k.Payouts.Raw, Off: none, Rare: true},
		{Key: k.Payouts.Again, Off: none, Rare: true},
		{Key: k.List.CopyMenu, Off: none, Rare: true},
		{Key: k.List.NextPane, Rare: true},
	}
	return append(hints, m.list.Hints()...)
}

// legal says why an action is not possible now; empty when it is.
func (m *Model) legal(action string) string {
	switch {
	case !m.detail.ok:
		return "no payout is chosen"
	case m.detail.row.SessionID == "":
		return "the session of this payout is not known"
	}
	if s := m.detail.known; s != nil {
		if legal := s.Legal(action); !legal.Allowed {
			return legal.Reason
		}
	} else if m.detail.row.NextAction != pikeapi.NextConfirm || m.detail.row.Status.Final() {
		return "the session is not waiting for you"
	}
	return m.deps.Desk.At().Forbids(m.deps.Keys.Global.Unlock.Label(), page.MethodsOf(action)...).Why
}

// Back implements page.Backer.
func (m *Model) Back() bool {
	switch {
	case m.raw && m.json.Back():
	case m.raw:
		m.raw = false
	case m.focused && m.place() != over:
		m.focused = false
	case m.over && m.place() == over:
		m.over, m.focused = false, false
	default:
		return m.list.Back()
	}
	m.resize()
	return true
}

// Open implements page.Opener.
func (m *Model) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case page.OpenFilter:
		m.over, m.raw, m.focused = false, false, false
		m.resize()
		return m.list.SetFilter(a.Text)
	case page.OpenOperation:
		m.over, m.raw = true, false
		m.resize()
		return tea.Batch(m.list.SetFilter("kind:payout,payment "+journal.Term("id", a.ID)), m.follow())
	}
	return nil
}
