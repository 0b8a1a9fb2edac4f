// Package unknown is the screen of the outcomes that nobody knows: what was sent, and the three ways
// out. There are no others.
package unknown

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// store is what the screen needs of the journal.
type store interface {
	Unknown(ctx context.Context) ([]journal.IntentRow, error)
	Intent(ctx context.Context, operationID string) (*journal.IntentRow, error)
	OpenBody(ctx context.Context, operationID string) ([]byte, error)
	Resolve(ctx context.Context, operationID, note string) error
}

// Model is the screen.
type Model struct {
	deps   *page.Deps
	store  store
	desk   *page.Desk
	now    time.Time
	w, h   int
	rows   []journal.IntentRow
	cursor int
	want   int64 // row number of the intent to show once it is there; 0 for none
	loaded bool
	since  time.Time
	err    error
	wait   page.Wait // the request in flight; zero What without one
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, now: deps.Now()}
	m.arrive(deps.Desk.At())
	return m
}

// arrive takes a desk over and forgets everything of the one before.
func (m *Model) arrive(d *page.Desk) {
	m.desk, m.store = d, d.Journal
	m.rows, m.cursor, m.loaded, m.err, m.wait = nil, 0, false, nil, page.Wait{}
}

// Init reads the list.
func (m *Model) Init() tea.Cmd { return m.reload() }

func (m *Model) reload() tea.Cmd {
	if !m.loaded {
		m.since = m.deps.Now()
	}
	return load(m.store, m.deps.Stamps.Next("unknown.list"))
}

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) { m.w, m.h = max(0, w), max(0, h) }

// Title is the breadcrumb.
func (m *Model) Title() string { return "Unknown outcomes" }

// CapturesKeys is false: nothing is typed here but in dialogs.
func (m *Model) CapturesKeys() bool { return false }

// Waits says that a request is in flight.
func (m *Model) Waits() []page.Wait {
	if m.wait.What == "" {
		return nil
	}
	return []page.Wait{m.wait}
}

// Open shows one outcome.
func (m *Model) Open(arg any) tea.Cmd {
	if o, ok := arg.(page.OpenIntent); ok {
		m.want = o.ID
		m.choose()
	}
	return nil
}

// choose moves the cursor to the outcome that was asked for, once it is there.
func (m *Model) choose() {
	for i := range m.rows {
		if m.rows[i].ID == m.want {
			m.cursor, m.want = i, 0
		}
	}
}

// current returns the chosen outcome; nil when there is none.
func (m *Model) current() *journal.IntentRow {
	if m.cursor < 0 || m.cursor >= len(m.rows) {
		return nil
	}
	return &m.rows[m.cursor]
}

// Help lists the ways out; those that are closed say why.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys.Unknown
	if m.current() == nil {
		return nil
	}
	out := []page.Hint{
		{Key: k.Ask, Off: m.askOff()}, {Key: k.Resend, Off: m.resendOff()}, {Key: k.Resolve, Off: m.busyOff()},
		{Key: k.Session, Off: m.sessionOff()}, {Key: k.Inspect, Off: m.inspectOff()},
	}
	v := m.deps.Keys.Move
	return append(out, page.Rarely(v.Up, v.Down, v.Top, v.Bottom)...)
}

func (m *Model) busyOff() string {
	if m.wait.What != "" {
		return "waiting for " + m.wait.What
	}
	return ""
}

func (m *Model) sessionOff() string { return m.current().AskOff() }

func (m *Model) inspectOff() string {
	if m.current().ExchangeID == 0 {
		return "there is no record of an exchange"
	}
	return ""
}

func (m *Model) askOff() string {
	if off := m.busyOff(); off != "" {
		return off
	}
	return m.sessionOff()
}

func (m *Model) resendOff() string {
	i := m.current()
	if off := m.busyOff(); off != "" {
		return off
	}
	if off := i.ResendOff(m.now); off != "" {
		return off
	}
	off, _ := m.desk.Locked(m.deps.Keys.Global.Unlock.Label())
	return off
}

// Session returns the session of the chosen outcome, where it is known; see page.Pointer.
func (m *Model) Session() string {
	if i := m.current(); i != nil {
		return i.SessionID
	}
	return ""
}

// describe says what an intent would do, in one line: "1,500.00 EUR to Jane Roe, visa 520000··7771", or
// "session/confirm of 1,500.00 EUR to Jane Roe" where its body names no amount.
func describe(i *journal.IntentRow) string {
	text := widget.Clean(i.Method)
	if i.Amount != nil {
		text = widget.Clean(i.Amount.Format())
	} else if a := i.Moves(); a != nil {
		text += " of " + widget.Clean(a.Format())
	}
	to := widget.Clean(i.Recipient)
	if i.Target != "" {
		if to != "" {
			to += ", "
		}
		to += widget.Clean(i.Target)
	}
	if to != "" {
		text += " to " + to
	}
	return text
}

// sent is when an intent was sent, or made where it was not.
func sent(i *journal.IntentRow) time.Time {
	if i.SentAt.IsZero() {
		return i.Created
	}
	return i.SentAt
}

var _ interface {
	page.Page
	page.Waiter
	page.Opener
	page.Pointer
} = (*Model)(nil)
