// Package webhooks is screen 4: the inbox of Pike's notifications, each with what is known of its
// signature, and the receiver that takes them in.
package webhooks

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
	Webhooks(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]journal.WebhookRow, error)
	Webhook(ctx context.Context, id int64) (*journal.Webhook, error)
	Waiting(ctx context.Context, limit int) ([]journal.Waiting, error)
}

// Model is the screen.
type Model struct {
	deps     *page.Deps
	desk     *page.Desk
	store    store
	list     *page.Listing[journal.WebhookRow]
	detail   *detail // nil while only the list is shown
	receiver page.ReceiverStatus
	wait     page.Wait                  // the replay in flight; zero What without one
	waiting  map[string]journal.Waiting // sessions that wait for the operator, by their id
	now      time.Time
	ages     bool
	w, h     int
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, now: deps.Now()}
	m.arrive(deps.Desk.At())
	m.list = page.NewListing(page.ListOptions[journal.WebhookRow]{
		Deps: deps, Name: "webhooks", Title: "Webhooks", List: journal.ListWebhooks, Columns: m.columns(),
		Views: []page.View{
			{Name: "all"}, {Name: "waiting", Filter: "type:ready_to_confirm,ready_to_capture,action_required"},
			{Name: "bad", Filter: "badge:bad_signature,unsigned"}, {Name: "repeated", Filter: "badge:duplicate,late"},
		},
		Read:   m.store.Webhooks,
		Row:    func(r *journal.WebhookRow) int64 { return r.ID },
		Cursor: func(r *journal.WebhookRow, s journal.Sort) journal.Cursor { return r.Cursor(s) },
		Sum:    func(r *journal.WebhookRow) (string, pikeapi.Money) { return string(r.Badge), pikeapi.Money{} },
		Fields: fields(),
		Follow: true,
		Front:  func() bool { return m.detail == nil },
	}, m.store)
	return m
}

// arrive takes a desk over and forgets everything of the one before.
func (m *Model) arrive(d *page.Desk) {
	m.desk, m.store = d, d.Journal
	m.detail, m.wait, m.waiting = nil, page.Wait{}, nil
	m.readReceiver()
}

// readReceiver asks the receiver how it is.
func (m *Model) readReceiver() {
	m.receiver = page.ReceiverStatus{Err: "no webhooks are received here"}
	if m.desk.Receiver != nil {
		m.receiver = m.desk.Receiver.Status()
	}
}

// Init reads the list, and what waits for the operator.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.list.Load(), m.readWaiting()) }

func (m *Model) readWaiting() tea.Cmd {
	return readWaiting(m.store, m.deps.Stamps.Next("webhooks.waiting"))
}

// left says whether the session of a webhook still waits for the operator because of it, and how long.
func (m *Model) left(r *journal.WebhookRow) (time.Duration, bool) {
	w, ok := m.waiting[r.SessionID]
	asked := map[pikeapi.NextAction]string{pikeapi.NextConfirm: pikeapi.NotifyReadyToConfirm, pikeapi.NextCapture: pikeapi.NotifyReadyToCapture}
	if !ok || r.Badge != journal.BadgeVerified || r.Duplicate || asked[w.Action] != r.Type {
		return 0, false
	}
	if w.Deadline.IsZero() {
		return 0, true
	}
	return max(0, w.Deadline.Sub(m.now)), true
}

// Title is the breadcrumb.
func (m *Model) Title() string {
	if m.detail != nil {
		return "Webhooks › " + m.detail.name()
	}
	return "Webhooks"
}

// CapturesKeys says that a filter or a search is being typed.
func (m *Model) CapturesKeys() bool {
	if m.detail != nil {
		return m.detail.record.Body.CapturesKeys()
	}
	return m.list.Captures()
}

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	above, below := m.split()
	m.list.SetSize(m.w, max(0, above-m.top()))
	if m.detail != nil {
		m.detail.setSize(m.w, below)
	}
}

// tall is the height from which the list stays in sight above an open webhook.
const tall = 40

// split divides the height between receiver and list on one side and the open webhook on the other.
func (m *Model) split() (above, below int) {
	switch {
	case m.detail == nil:
		return m.h, 0
	case m.h >= tall:
		above = m.h / 3
		return above, m.h - above - 1
	}
	return 0, m.h
}

// top is how many lines the receiver takes.
func (m *Model) top() int {
	if m.h < 6 {
		return 0
	}
	return 1
}

// Waits says that a replay is in flight.
func (m *Model) Waits() []page.Wait {
	if m.wait.What == "" {
		return nil
	}
	return []page.Wait{m.wait}
}

// Open opens the screen at a webhook, at the webhooks of a session, or with a filter.
func (m *Model) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case page.OpenWebhook:
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

// Back leaves the search, the webhook, the marks, the filter: one at a time.
func (m *Model) Back() bool {
	if m.detail != nil {
		if !m.detail.record.Body.Back() {
			m.close()
		}
		return true
	}
	return m.list.Back()
}

// Find offers the saved views to the palette.
func (m *Model) Find() []page.Entry { return m.list.Find(page.Webhooks) }

func (m *Model) close() {
	m.detail = nil
	m.deps.Stamps.Cancel(slotDetail)
	m.SetSize(m.w, m.h)
}

// Help lists the keys of the list, or of the open webhook.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	w := k.Webhooks
	switch {
	case m.detail == nil && m.list.Captures():
		return m.list.TypingHints()
	case m.detail != nil && m.detail.record.Body.CapturesKeys():
		return page.JSONHints(k, true, w.Raw)
	}
	id, session := m.chosen()
	none := ""
	if id == 0 || m.detail != nil && m.detail.w == nil {
		none = "there is no webhook here"
	}
	off := func(reasons ...string) string {
		for _, r := range append([]string{none}, reasons...) {
			if r != "" {
				return r
			}
		}
		return ""
	}
	noSession := ""
	if session == "" {
		noSession = "it names no session"
	}
	deeds := []page.Hint{
		{Key: w.Session, Off: off(noSession)}, {Key: w.Replay, Off: off(m.replayOff())}, {Key: w.Resign, Off: off(m.resignOff())}, {Key: w.Receiver},
	}
	if m.detail == nil {
		out := []page.Hint{
			{Key: k.List.Open, Off: off()}, {Key: w.Inspect, Off: off()}, {Key: k.List.Follow, Name: "follow the newest", Rare: m.list.Following()},
		}
		out = append(append(out, deeds...), page.Hint{Key: k.List.CopyMenu, Off: off(), Rare: true}, page.Hint{Key: k.List.Copy, Off: off(), Rare: true})
		return append(out, m.list.Hints()...)
	}
	out := append([]page.Hint{{Key: k.List.Open, Name: "inspect", Off: off()}, {Key: w.Raw, Off: off()}}, deeds...)
	out = append(out, page.Hint{Key: k.List.CopyMenu, Off: off()}, page.Hint{Key: w.Inspect, Off: off(), Rare: true})
	return append(out, page.Rarely(k.JSON.Search, k.JSON.NextMatch, k.JSON.PrevMatch, k.JSON.FoldAll, k.JSON.UnfoldAll, k.JSON.CopyPath,
		k.JSON.CopyValue, k.List.Refresh, k.Move.Up, k.Move.Down)...)
}

// replayOff says why nothing can be sent on now.
func (m *Model) replayOff() string {
	switch {
	case m.wait.What != "":
		return "waiting for " + m.wait.What
	case m.desk.Receiver == nil:
		return "no webhooks are received here"
	case m.receiver.Forward == "":
		return "there is no forward address: set webhook.forward in the settings"
	case m.detail != nil && m.detail.w != nil && !m.detail.w.HasRaw:
		return "its true bytes are not kept: they held a whole card number"
	}
	return ""
}

func (m *Model) resignOff() string {
	if m.desk.Sandbox == nil {
		return "only the embedded sandbox's webhooks can be signed anew: Pike's key is Pike's"
	}
	return m.replayOff()
}

// chosen returns the webhook that is open or under the cursor, and its session; 0 without one.
func (m *Model) chosen() (id int64, session string) {
	if m.detail != nil {
		if m.detail.w != nil {
			session = m.detail.w.SessionID
		}
		return m.detail.id, session
	}
	row, _ := m.list.Current()
	return row.ID, row.SessionID
}

var _ interface {
	page.Page
	page.Opener
	page.Backer
	page.Finder
	page.Waiter
} = (*Model)(nil)
