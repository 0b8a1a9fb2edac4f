// Package signature is the inspector: it says whether a signature fits a body and a key, and when it
// does not, which link of the chain breaks, over which bytes it was made, and what to change. It
// changes nothing and signs nothing.
package signature

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// store is what the screen needs of the journal.
type store interface {
	Exchange(ctx context.Context, id int64) (*journal.Exchange, error)
	Webhook(ctx context.Context, id int64) (*journal.Webhook, error)
	Digests(ctx context.Context) (map[[32]byte]string, error)
	Exchanges(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]journal.ExchangeRow, error)
	Webhooks(ctx context.Context, q journal.Query, from *journal.Cursor, dir journal.Direction, n int) ([]journal.WebhookRow, error)
}

// pane is what stands below the chain.
type pane int

const (
	paneDiff   pane = iota // received and signed bytes side by side
	paneBytes              // all bytes of the body
	paneReport             // every finding in words
	panes
)

// Model is the screen.
type Model struct {
	deps  *page.Deps
	desk  *page.Desk
	store store
	now   time.Time
	w, h  int

	subject  subject           // what is inspected
	ring     keys.Ring         // every key that is known here
	report   *forensics.Report // nil before the first look, and while looking
	expected keys.Known        // the key that should have signed, once there is a report
	err      error             // why the evidence could not be read

	wait      page.Wait // the look that is under way; zero What without one
	cancel    context.CancelFunc
	cancelled bool
	tried     int
	total     int

	gather  gather // what is being typed or pasted
	pane    pane
	lang    int
	diff    *widget.DiffView
	pairs   []widget.BytePair // what diff shows; none where the signed bytes are not known
	pairsAt [2]int            // offsets of the first pair
	hex     *widget.HexView
	top     int // of the report in words
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	k := deps.Keys
	m := &Model{
		deps: deps, now: deps.Now(),
		diff: widget.NewDiffView(deps.Theme, k.Scroll, k.JSON, "received", "signed"),
		hex:  widget.NewHexView(deps.Theme, k.Scroll),
	}
	m.arrive(deps.Desk.At())
	return m
}

// arrive takes a desk over. What came from the journal of the one before goes; files and pasted text
// are the operator's own and stay.
func (m *Model) arrive(d *page.Desk) {
	m.stop()
	m.desk, m.store, m.ring = d, d.Journal, nil
	m.report, m.err, m.wait = nil, nil, page.Wait{}
	if m.subject.record() {
		m.subject = subject{}
	}
	m.subject.key = keyChoice{}
}

// Init reads the keys.
func (m *Model) Init() tea.Cmd { return m.readRing() }

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	m.place()
	m.diff.Set(m.pairs, m.pairsAt[0], m.pairsAt[1]) // back to the first difference
}

// Title is the breadcrumb.
func (m *Model) Title() string {
	if from := m.subject.title(); from != "" {
		return "Signature " + m.deps.Theme.Glyphs.Crumb + " " + widget.Clean(from)
	}
	return "Signature"
}

// CapturesKeys says that a body or a signature is being typed or pasted.
func (m *Model) CapturesKeys() bool { return m.gather.what != nothing }

// Waits says that a search is under way.
func (m *Model) Waits() []page.Wait {
	if m.wait.What == "" {
		return nil
	}
	return []page.Wait{m.wait}
}

// Back stops a search; else there is no level to leave.
func (m *Model) Back() bool {
	if m.wait.What == "" {
		return false
	}
	m.stop()
	m.wait, m.cancelled = page.Wait{}, true
	m.deps.Stamps.Cancel(slotExplain)
	m.deps.Stamps.Cancel(slotLoad)
	return true
}

// stop ends the search that is under way.
func (m *Model) stop() {
	if m.cancel != nil {
		m.cancel()
		m.cancel = nil
	}
}

// Open inspects a recorded exchange or webhook, or takes a key as the expected one.
func (m *Model) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case page.OpenExchange:
		return m.openRecord(record{kind: exchangeRecord, id: a.ID})
	case page.OpenWebhook:
		return m.openRecord(record{kind: webhookRecord, id: a.ID})
	case page.OpenKey:
		m.subject.key = keyChoice{fingerprint: a.Fingerprint, chosen: true}
		return m.look()
	}
	return nil
}

// Help lists the keys.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	s := k.Signature
	if m.gather.what != nothing {
		return []page.Hint{
			{Key: k.Form.Submit, Name: "inspect"}, {Key: k.Form.Leave, Name: "leave"},
			{Key: k.Text.KillBefore, Name: "start anew"},
		}
	}
	none := ""
	if m.report == nil {
		none = "nothing was inspected yet"
	}
	snippet := none
	if snippet == "" && m.snippet() == "" {
		snippet = "there is nothing to mend"
	}
	again := ""
	if m.subject.empty() {
		again = "there is nothing to look at yet"
	}
	hints := []page.Hint{{Key: s.Body}, {Key: s.Signature}, {Key: s.Keys}, {Key: s.Journal}, {Key: s.Bytes, Off: none}}
	if m.wait.What != "" {
		hints = append([]page.Hint{{Key: k.Global.Back, Name: "stop"}}, hints...)
	}
	hints = append(hints, page.Hint{Key: s.OpenSSL, Off: none}, page.Hint{Key: s.Report, Off: none},
		page.Hint{Key: s.Snippet, Off: snippet}, page.Hint{Key: s.Language, Off: snippet},
		page.Hint{Key: s.Paste, Rare: true}, page.Hint{Key: s.Edit, Rare: true}, page.Hint{Key: s.Again, Off: again, Rare: true})
	return append(hints, page.Rarely(k.Scroll.Up, k.Scroll.Down, k.Scroll.PageUp, k.Scroll.PageDown, k.JSON.NextMatch, k.JSON.PrevMatch)...)
}

var _ interface {
	page.Page
	page.Backer
	page.Opener
	page.Waiter
} = (*Model)(nil)
