package payouts

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Update implements page.Page.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		cmd := m.onKey(msg)
		return tea.Batch(cmd, m.follow())
	case page.Tick:
		m.now = msg.Now
		if m.ages {
			m.list.Restyle()
		}
		return nil
	case page.TimesChanged:
		m.ages = msg.Ages
	case page.EnvChanged:
		m.store = msg.Desk.Journal
		m.detail, m.over, m.raw, m.focused = detail{}, false, false, false
		m.deeds.Update(msg)
		m.resize()
		return m.list.SetStore(m.store, m.store.Operations)
	case page.JournalChanged:
		m.detail.again = true
		return tea.Batch(m.list.Refresh(), m.read(), m.deeds.Follow())
	case detailRead:
		return m.onDetail(msg)
	case rested:
		m.detail.busy = false
		return m.read()
	case page.Mouse:
		if m.onMouse(msg) {
			return nil
		}
	}
	if cmd, mine := m.deeds.Update(msg); mine {
		return cmd
	}
	return tea.Batch(m.json.Update(msg), m.list.Update(msg), m.follow())
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys
	switch {
	case m.list.Captures():
		cmd, _ := m.list.Key(msg)
		return cmd
	case m.raw && k.Payouts.Raw.Matches(msg) && !m.json.CapturesKeys():
		m.raw = false
		return nil
	case m.raw:
		cmd, _ := m.json.Key(msg)
		return cmd
	case k.List.NextPane.Matches(msg), k.List.PrevPane.Matches(msg):
		return m.onPane()
	case m.focused && m.scrollKey(msg):
		return nil
	}
	if cmd, took := m.rowKey(msg); took {
		return cmd
	}
	cmd, _ := m.list.Key(msg)
	if m.list.Captures() && m.place() == over {
		m.over, m.focused = false, false // the filter is typed above the list
		m.resize()
	}
	return cmd
}

// rowKey handles the keys that are about the row under the cursor.
func (m *Model) rowKey(msg tea.KeyMsg) (tea.Cmd, bool) {
	k, row := m.deps.Keys, m.detail.row
	if !m.detail.ok {
		return nil, false
	}
	switch {
	case k.List.Open.Matches(msg) && m.place() == over && !m.over:
		m.over = true
		m.resize()
		return nil, true
	case k.List.Open.Matches(msg), k.Payouts.Session.Matches(msg):
		return page.Go(page.Sessions, page.OpenSession{ID: row.SessionID}), true
	case k.Payouts.Confirm.Matches(msg):
		return m.start(page.ActionConfirm), true
	case k.Payouts.Cancel.Matches(msg):
		return m.start(page.ActionCancel), true
	case k.Payouts.Inspect.Matches(msg):
		return m.inspect(), true
	case k.Payouts.Traffic.Matches(msg):
		return page.Go(page.Traffic, page.OpenFilter{Text: journal.Term("session", row.SessionID)}), true
	case k.Payouts.Raw.Matches(msg):
		return m.showJSON(), true
	case k.Payouts.Again.Matches(msg):
		return m.again(), true
	case k.List.Copy.Matches(msg):
		return page.CopyText(row.OperationID, row.OperationID), true
	case k.List.CopyMenu.Matches(msg):
		return m.copyMenu(), true
	}
	return nil, false
}

func (m *Model) start(action string) tea.Cmd {
	if why := m.legal(action); why != "" {
		return page.Say(page.Warning, action+": "+why)
	}
	return m.deeds.Start(page.Deed{Desk: m.deps.Desk.At(), Action: action, Session: m.detail.row.SessionID}, m.store)
}

// inspect opens the signature of the request that made the payout, or of the first one that is known.
func (m *Model) inspect() tea.Cmd {
	for _, e := range m.detail.events {
		if e.Exchange != nil {
			return page.Go(page.Signature, page.OpenExchange{ID: e.Exchange.ID})
		}
	}
	for _, e := range m.detail.events {
		if e.Webhook != nil {
			return page.Go(page.Signature, page.OpenWebhook{ID: e.Webhook.ID})
		}
	}
	return page.Say(page.Warning, "no request or webhook of this payout is recorded here")
}

func (m *Model) showJSON() tea.Cmd {
	if m.detail.session == nil || len(m.detail.session.Raw) == 0 {
		return page.Say(page.Warning, "Pike's description of this session is not kept here: "+m.deps.Keys.Sessions.Raw.Label()+" works once its status was asked for")
	}
	m.raw = true
	m.resize()
	return m.json.Load(m.detail.session.Raw)
}

// again fills the form with the payout's values; card numbers are not kept, so they are not among them.
func (m *Model) again() tea.Cmd {
	r := m.detail.row
	method := pikeapi.MethodInitPayout
	if r.Kind == pikeapi.Payment {
		method = pikeapi.MethodInitPayment
	}
	values := map[string]string{
		"amount": page.MajorUnits(r.Amount), "currency": r.Amount.Code(),
		"recipient": r.Recipient, "customer": r.Customer, "metadata": r.Metadata,
	}
	return page.Go(page.Create, page.OpenForm{Method: method, Values: values})
}

func (m *Model) copyMenu() tea.Cmd {
	r := m.detail.row
	item := func(title, what, text string) widget.Item {
		return page.CopyItem(title, page.Preview(text), what, text)
	}
	raw := ""
	if m.detail.session != nil {
		raw = string(m.detail.session.Raw)
	}
	return page.AskFor(&widget.Menu{Title: "copy", Items: []widget.Item{
		item("id", r.OperationID, r.OperationID),
		item("session id", r.SessionID, r.SessionID),
		item("amount", "the amount", r.Amount.Format()),
		item("recipient", "the recipient", r.Recipient),
		item("error", "the error", strings.TrimSpace(r.ErrorCode+" "+r.ErrorText)),
		item("metadata", "the metadata", r.Metadata),
		item("payout as JSON", "the payout as JSON", page.RowJSON(exportFields(), &r)),
		item("session as Pike described it", "the session as JSON", raw),
	}})
}

// follow reads the detail of the row under the cursor when it is another one. Only one reading runs at
// a time, so that a held arrow key does not queue them.
func (m *Model) follow() tea.Cmd {
	row, ok := m.list.Current()
	d := &m.detail
	switch {
	case !ok:
		if m.list.Loaded() {
			m.detail = detail{}
			m.over = false
		}
		return nil
	case d.ok && d.row.ID == row.ID:
		d.row = row
		return nil
	}
	*d = detail{row: row, ok: true, busy: d.busy, again: d.busy, since: m.deps.Now()}
	return m.read()
}

func (m *Model) read() tea.Cmd {
	d := &m.detail
	if !d.ok || d.busy {
		return nil
	}
	d.busy, d.again = true, false
	return readDetail(m.store, m.deps.Stamps.Next("payouts.detail"), d.row)
}

func (m *Model) onDetail(msg detailRead) tea.Cmd {
	d := &m.detail
	d.busy = false
	if d.ok && d.row.ID == msg.row.ID {
		d.row, d.session, d.known, d.events, d.err = msg.row, msg.session, msg.known, msg.events, msg.err
	}
	switch {
	case d.ok && d.row.ID != msg.row.ID: // a key that is held down would have every row on its way read
		d.busy = true
		return rest(m.deps.Stamps.Next("payouts.detail"))
	case d.again:
		return m.read()
	}
	return nil
}

func (m *Model) onPane() tea.Cmd {
	switch {
	case !m.detail.ok:
	case m.place() == over && !m.over:
		m.over = true
		m.resize()
	default:
		m.focused = !m.focused
	}
	return nil
}

// scrollKey scrolls the detail; it says whether it took the key.
func (m *Model) scrollKey(msg tea.KeyMsg) bool {
	_, h := m.detailBox()
	top, took := widget.MoveCursor(m.deps.Keys.Move, msg, m.detail.top, m.lastTop()+1, h-2)
	if took {
		m.detail.top = top
	}
	return took
}

// lastTop is the first line in sight when the detail is scrolled to its end.
func (m *Model) lastTop() int {
	w, h := m.detailBox()
	return max(0, len(m.detailLines(w))-(h-1))
}

// onMouse scrolls what lies under the mouse, and gives the keys to the side that is clicked; it says
// whether that was not the list.
func (m *Model) onMouse(at page.Mouse) bool {
	w, h := m.detailBox()
	place := m.place()
	switch {
	case m.raw:
		m.json.Scroll(at.Wheel)
		return true
	case place == over && !m.over, place == beside && at.X < m.w-w, place == below && at.Y < m.h-h:
		m.focused = m.focused && at.Wheel != 0
		return false
	}
	m.focused = place != over && (m.focused || at.Wheel == 0)
	m.detail.top = max(0, min(m.detail.top+3*at.Wheel, m.lastTop()))
	return true
}
