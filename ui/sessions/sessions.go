// Package sessions is the screen of payment sessions: the list, and of each session its operations, its
// time line, and what can be done with it.
package sessions

import (
	"context"
	"strings"
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
	Sessions(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]journal.SessionRow, error)
	Timeline(ctx context.Context, sessionID string) ([]journal.Event, error)
	Operation(ctx context.Context, operationID string) (*journal.OperationRow, error)
	Exchange(ctx context.Context, id int64) (*journal.Exchange, error)
	Webhook(ctx context.Context, id int64) (*journal.Webhook, error)
}

// Model is the screen.
type Model struct {
	deps  *page.Deps
	store store
	list  *page.Listing[journal.SessionRow]
	deeds *page.Deeds
	now   time.Time
	ages  bool
	w, h  int

	detail *detail // nil while only the list is shown
	aside  bool    // list and detail stand side by side, and keys go to the list
	busy   bool    // a session is being read: only one at a time, however fast the list is moved through
	direct bool    // another screen opened the detail: leaving it leads back there
	json   *widget.JSONView
	raw    bool // the session's JSON lies over everything
}

// detail is one session.
type detail struct {
	id      string
	session *journal.SessionDetail // nil until it was read
	known   *pikeapi.Session
	odd     []string // what contradicts the protocol
	entries []entry
	cursor  int  // in entries
	top     int  // first entry in sight
	end     bool // the cursor stays on the last entry until it is moved
	missing bool // the journal does not know it
	err     error
	again   bool // the journal has changed while it was read
	since   time.Time
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, store: deps.Desk.At().Journal, now: deps.Now(), deeds: page.NewDeeds(deps, page.Sessions)}
	m.list = page.NewListing(page.ListOptions[journal.SessionRow]{
		Deps: deps, Name: "sessions", Title: "Sessions", List: journal.ListSessions, Columns: m.columns(),
		Views: []page.View{
			{Name: "all"}, {Name: "wait for you", Filter: "next:any"}, {Name: "in progress", Filter: "status:in_progress"},
			{Name: "errors", Filter: "has:error"},
		},
		Read: m.store.Sessions, Row: func(r *journal.SessionRow) int64 { return r.ID },
		Cursor: func(r *journal.SessionRow, s journal.Sort) journal.Cursor { return r.Cursor(s) },
		Sum:    func(r *journal.SessionRow) (string, pikeapi.Money) { return string(r.Status), r.Amount },
		Fields: exportFields(),
		Front:  m.listFront,
		Empty:  "No sessions yet. Press " + deps.Keys.Global.Screen2.Label() + " to make one.",
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
	case m.detail == nil:
		return "Sessions"
	case m.raw:
		return "Sessions" + crumb + m.detail.id + crumb + "JSON"
	}
	return "Sessions" + crumb + m.detail.id
}

// CapturesKeys implements page.Page.
func (m *Model) CapturesKeys() bool {
	if m.listFront() {
		return m.list.Captures()
	}
	return m.raw && m.json.CapturesKeys()
}

// Waits implements page.Waiter.
func (m *Model) Waits() []page.Wait {
	waits := m.deeds.Waits()
	if d := m.detail; d != nil && d.session == nil && m.busy {
		waits = append(waits, page.Wait{What: "the journal", Since: d.since, Deadline: d.since.Add(readTime)})
	}
	return waits
}

// Find implements page.Finder: the saved views, and the sessions that the list holds near the cursor.
func (m *Model) Find() []page.Entry {
	out := m.list.Find(page.Sessions)
	for _, r := range m.list.Near(offered) {
		out = append(out, page.Entry{
			Title: r.SessionID, Detail: strings.TrimSpace(string(r.Kind) + " " + amountCell(&r).Text + " " + to(&r)),
			Msg: page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: r.SessionID}},
		})
	}
	return out
}

// offered is how many sessions the palette gets.
const offered = 200

// Help implements page.Page.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	switch {
	case m.listFront() && m.list.Captures():
		return m.list.TypingHints()
	case m.raw:
		return page.JSONHints(k, m.json.CapturesKeys(), k.Sessions.Raw)
	case !m.listFront():
		return m.detailHelp()
	}
	none := ""
	if _, ok := m.list.Current(); !ok {
		none = "no session is chosen"
	}
	hints := []page.Hint{{Key: k.List.Open, Off: none}}
	for _, a := range []struct {
		key  page.Hint
		name string
	}{{page.Hint{Key: k.Sessions.Confirm}, page.ActionConfirm}, {page.Hint{Key: k.Sessions.Cancel}, page.ActionCancel}} {
		a.key.Off = m.legalRow(a.name)
		a.key.Rare = a.key.Off != ""
		hints = append(hints, a.key)
	}
	hints = append(hints, page.Hint{Key: k.List.Copy, Off: none})
	if m.detail != nil {
		hints = append(hints, page.Hint{Key: k.List.NextPane, Name: "time line"})
	}
	hints = append(hints, page.Hint{Key: k.Sessions.Traffic, Off: none, Rare: true}, page.Hint{Key: k.List.CopyMenu, Off: none, Rare: true})
	return append(hints, m.list.Hints()...)
}

// detailHelp is Help of one session: what is legal first.
func (m *Model) detailHelp() []page.Hint {
	k := m.deps.Keys
	var can, cannot []page.Hint
	for _, a := range m.actions() {
		h := page.Hint{Key: a.key, Off: a.why, Rare: a.why != ""}
		if a.why == "" {
			can = append(can, h)
		} else {
			cannot = append(cannot, h)
		}
	}
	open, inspect := page.Hint{Key: k.List.Open}, page.Hint{Key: k.Sessions.Inspect}
	switch e := m.chosen(); {
	case e != nil && e.asked > 0:
		open.Name = "show them"
		inspect.Off = "the chosen line is more than one request: " + k.List.Open.Label() + " shows them"
	case e == nil || e.exchange == 0 && e.webhook == 0:
		open.Off = "the chosen line is neither a request nor a webhook"
		inspect.Off = open.Off
	}
	raw := ""
	if d := m.detail; d.session == nil || len(d.session.Raw) == 0 {
		raw = "Pike's description of this session is not kept here: ask for its status first"
	}
	hints := append(can, page.Hint{Key: k.List.Refresh, Name: "ask status"},
		open, inspect,
		page.Hint{Key: k.List.Copy}, page.Hint{Key: k.Sessions.Raw, Off: raw, Rare: true}, page.Hint{Key: k.Sessions.Traffic, Rare: true},
		page.Hint{Key: k.List.CopyMenu, Rare: true}, m.finishHint())
	if m.wide() {
		hints = append(hints, page.Hint{Key: k.List.NextPane, Name: "list", Rare: true})
	}
	hints = append(hints, m.archiveHints()...)
	return append(hints, cannot...)
}

// finishHint is the key that ends 3-D Secure in the sandbox.
func (m *Model) finishHint() page.Hint {
	h := page.Hint{Key: m.deps.Keys.Sessions.Finish, Rare: true}
	switch {
	case m.deps.Desk.At().Sandbox == nil:
		h.Off = "only the sandbox can play the payer"
	case !m.detail.payerActs():
		h.Off = "the session does not wait for the payer"
	default:
		h.Rare = false
	}
	return h
}

// payerActs says that the session waits for the payer.
func (d *detail) payerActs() bool {
	if d.session == nil {
		return false
	}
	for _, o := range d.session.Operations {
		if o.Interaction != "" && !o.Status.Final() {
			return true
		}
	}
	return false
}

// Back implements page.Backer.
func (m *Model) Back() bool {
	switch {
	case m.raw && m.json.Back():
	case m.raw:
		m.raw = false
	case m.aside && m.wide() && m.list.Back():
	case m.detail != nil:
		m.detail, m.aside = nil, false
		m.resize()
		if m.direct {
			m.direct = false
			return false // to the screen that opened it
		}
	default:
		return m.list.Back()
	}
	return true
}

// Open implements page.Opener.
func (m *Model) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case page.OpenSession:
		return m.show(a.ID, true)
	case page.OpenOperation:
		return findOperation(m.store, m.deps.Stamps.Next("sessions.find"), a.ID)
	case page.OpenFilter:
		m.detail, m.raw, m.direct, m.aside = nil, false, false, false
		m.resize()
		return m.list.SetFilter(a.Text)
	}
	return nil
}
