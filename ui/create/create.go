// Package create is screen 2, New: the form in which requests are made, and beside it the very bytes
// that will be sent. What is previewed, stated in the dialog and sent is one pikeapi.Prepared.
package create

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Model is the screen.
type Model struct {
	deps *page.Deps
	form *widget.Form
	now  time.Time
	rest time.Duration // typing stops this long before a preview is signed
	w, h int

	method  string
	version pikeapi.Version
	key     string // idempotency key of the request that is being made; kept until it is sent

	touched  map[string]bool // fields that were left once: their errors are shown
	faults   map[string]string
	prepared *pikeapi.Prepared // what is previewed; nil while it is being made or cannot be
	problem  string            // why there is no preview
	edited   []byte            // the body as $EDITOR left it, card data as placeholders; nil uses the form
	lit      time.Time         // until when the version's words are lit

	sending time.Time // when the request left; zero while nothing is in flight
	asked   *page.Money
	last    *pikeapi.Result // of the last request that was not accepted
	preview bool            // the preview is shown instead of the form, where both do not fit
	away    bool            // esc left the form: digits and letters are the App's until enter or tab
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{
		deps: deps, now: deps.Now(), rest: previewPause, method: "session/init/payout", version: deps.Desk.At().Env.Version,
		key: pikeapi.NewIdempotencyKey(), touched: map[string]bool{},
	}
	m.form = newForm(deps)
	m.arrange()
	return m
}

// Init implements page.Page.
func (m *Model) Init() tea.Cmd { return m.refresh() }

// Title implements page.Page.
func (m *Model) Title() string { return "New › " + titleOf(m.method) }

// CapturesKeys implements page.Page: the form takes letters until esc leaves it, and not while what
// became of the last request stands in its place.
func (m *Model) CapturesKeys() bool { return !m.away && m.last == nil && (!m.preview || m.wide()) }

// SetSize implements page.Page.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = w, h
	left, _, body := m.boxes()
	m.form.SetSize(left, body)
	m.form.SetNote(fCard, m.cardNote())
}

// wide says whether form and preview stand side by side.
func (m *Model) wide() bool { return m.w >= 100 }

// boxes divides the screen: the widths of form and preview, and the height beneath the head line and
// above the foot line.
func (m *Model) boxes() (left, right, body int) {
	body = max(0, m.h-2)
	if !m.wide() {
		return m.w, m.w, body
	}
	left = min(m.w/2+2, 78)
	return left, m.w - left - 2, body
}

// Back implements page.Backer: the preview, then the panel about the last request.
func (m *Model) Back() bool {
	switch {
	case m.preview && !m.wide():
		m.preview = false
	case m.last != nil:
		m.last = nil
	default:
		return false
	}
	return true
}

// Unsaved implements page.Dirty.
func (m *Model) Unsaved() string {
	if m.form.Dirty() || m.edited != nil {
		return "the " + titleOf(m.method) + " that you were typing"
	}
	return ""
}

// Waits implements page.Waiter.
func (m *Model) Waits() []page.Wait {
	if m.sending.IsZero() {
		return nil
	}
	return []page.Wait{{
		What: "Pike's answer to " + m.method, Since: m.sending, Deadline: m.sending.Add(page.SendTimeout), Request: true,
	}}
}

// Help implements page.Page.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	desk := m.deps.Desk.At()
	submit := page.Hint{Key: k.Form.Submit, Name: "send"}
	submit.Off = desk.Forbids(k.Global.Unlock.Label(), m.method).Why
	if !m.sending.IsZero() {
		submit.Off = "the request before is still in flight"
	}
	cards := page.Hint{Key: k.Create.TestCards}
	if len(desk.TestCards) == 0 {
		cards.Off = "there are no test cards in " + desk.Kind()
	}
	edit := page.Hint{Key: k.Form.Edit, Name: "edit body", Rare: true}
	hints := []page.Hint{submit, {Key: k.Create.DryRun}, cards, {Key: k.Create.Curl}}
	if m.away {
		hints = append([]page.Hint{{Key: k.Form.Enter, Name: "type on"}}, hints...)
	}
	if !m.wide() {
		hints = append(hints, page.Hint{Key: k.Create.Preview})
	}
	hints = append(hints, page.Hint{Key: k.Create.Version}, page.Hint{Key: k.Create.Method}, edit)
	return append(hints, page.Rarely(k.Create.NewKey, k.Form.Next, k.Form.Prev, k.Form.Left, k.Form.Right)...)
}

// Open implements page.Opener: a form filled from elsewhere. It keeps what was typed unless it is
// given something.
func (m *Model) Open(arg any) tea.Cmd {
	open, ok := arg.(page.OpenForm)
	if !ok {
		return nil
	}
	if open.Method != "" {
		m.setMethod(open.Method)
	}
	for key, value := range open.Values {
		m.form.SetValue(key, value)
	}
	return m.refresh()
}
