package sessions

import (
	"errors"

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
		return m.onKey(msg)
	case page.Tick:
		if m.ages || msg.Now.Minute() != m.now.Minute() {
			defer m.list.Restyle() // the time that is left
		}
		m.now = msg.Now
		return nil
	case page.TimesChanged:
		m.ages = msg.Ages
	case page.EnvChanged:
		m.store = msg.Desk.Journal
		m.detail, m.raw, m.direct, m.aside, m.busy = nil, false, false, false, false
		m.resize()
		m.deeds.Update(msg)
		return m.list.SetStore(m.store, m.store.Sessions)
	case page.JournalChanged:
		if m.detail != nil {
			m.detail.again = true
		}
		return tea.Batch(m.list.Refresh(), m.read(), m.deeds.Follow())
	case archived:
		return m.onArchived(msg)
	case detailRead:
		return m.onDetail(msg)
	case rested:
		m.busy = false
		return m.read()
	case operationFound:
		if msg.err != nil {
			return page.Say(page.Failure, msg.err.Error())
		}
		return m.show(msg.session, true)
	case copyable:
		return m.onCopyable(msg)
	case chosenAmount:
		return m.start(msg.action, msg.id, &msg.amount)
	case played:
		if msg.err != nil {
			return page.Say(page.Failure, msg.err.Error())
		}
		return page.Say(page.Success, msg.said)
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
	case m.wide() && !m.raw && !m.CapturesKeys() && (k.List.NextPane.Matches(msg) || k.List.PrevPane.Matches(msg)):
		m.aside = !m.aside
		return nil
	case m.listFront():
		return tea.Batch(m.listKey(msg), m.follow())
	case m.raw && k.Sessions.Raw.Matches(msg) && !m.json.CapturesKeys():
		m.raw = false
		return nil
	case m.raw:
		cmd, _ := m.json.Key(msg)
		return cmd
	}
	if m.moveKey(msg) {
		return nil
	}
	return m.detailKey(msg)
}

// listKey handles keys while the list is in front.
func (m *Model) listKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys
	row, ok := m.list.Current()
	if !m.list.Captures() && ok {
		switch {
		case k.List.Open.Matches(msg):
			return m.show(row.SessionID, false)
		case k.Sessions.Confirm.Matches(msg):
			return m.start(page.ActionConfirm, row.SessionID, nil)
		case k.Sessions.Cancel.Matches(msg):
			return m.start(page.ActionCancel, row.SessionID, nil)
		case k.Sessions.Traffic.Matches(msg):
			return page.Go(page.Traffic, page.OpenFilter{Text: journal.Term("session", row.SessionID)})
		case k.List.Copy.Matches(msg):
			return page.CopyText(row.SessionID, row.SessionID)
		case k.List.CopyMenu.Matches(msg):
			return page.AskFor(&widget.Menu{Title: "copy", Items: copyItems([][3]string{
				{"session id", row.SessionID, row.SessionID}, {"amount", "the amount", row.Amount.Format()},
				{"recipient", "the recipient", row.Recipient}, {"error", "the error", row.ErrorCode},
				{"session as JSON", "the session as JSON", page.RowJSON(exportFields(), &row)},
			})})
		}
	}
	cmd, _ := m.list.Key(msg)
	return cmd
}

// detailKey handles keys while a session is in front.
func (m *Model) detailKey(msg tea.KeyMsg) tea.Cmd {
	k, id := m.deps.Keys, m.detail.id
	for _, a := range m.actions() {
		if a.key.Matches(msg) {
			return m.act(a)
		}
	}
	switch {
	case k.List.Refresh.Matches(msg):
		return m.start(page.ActionStatus, id, nil)
	case k.List.Open.Matches(msg):
		return m.openEntry()
	case k.Sessions.Inspect.Matches(msg):
		return m.inspectEntry()
	case k.Sessions.Traffic.Matches(msg):
		return page.Go(page.Traffic, page.OpenFilter{Text: journal.Term("session", id)})
	case k.Sessions.Raw.Matches(msg):
		return m.showJSON()
	case k.Sessions.Finish.Matches(msg):
		return m.finish()
	case k.Sessions.Evidence.Matches(msg):
		return m.evidence()
	case k.Sessions.SaveFlow.Matches(msg):
		return m.saveFlow()
	case k.List.Copy.Matches(msg):
		return page.CopyText(id, id)
	case k.List.CopyMenu.Matches(msg):
		return m.copyMenu()
	}
	return nil
}

// show opens a session.
func (m *Model) show(id string, direct bool) tea.Cmd {
	m.raw, m.direct, m.aside = false, direct, false
	m.detail = &detail{id: id, since: m.deps.Now(), end: true}
	m.resize()
	return m.read()
}

// follow shows the session under the list's cursor, where list and detail stand side by side.
func (m *Model) follow() tea.Cmd {
	row, ok := m.list.Current()
	if !ok || !m.aside || m.detail == nil || m.detail.id == row.SessionID {
		return nil
	}
	cmd := m.show(row.SessionID, m.direct)
	m.aside = true
	return cmd
}

func (m *Model) read() tea.Cmd {
	d := m.detail
	if d == nil || m.busy {
		return nil
	}
	m.busy, d.again = true, false
	return readDetail(m.store, m.deps.Stamps.Next("sessions.detail"), d.id)
}

func (m *Model) onDetail(msg detailRead) tea.Cmd {
	d := m.detail
	m.busy = false
	switch {
	case d == nil:
		return nil
	case d.id != msg.id && m.aside: // a key that is held down would have every session on its way read
		m.busy = true
		return rest(m.deps.Stamps.Next("sessions.detail"))
	case d.id != msg.id:
		return m.read() // another one was opened meanwhile
	}
	d.missing = errors.Is(msg.err, journal.ErrNotFound)
	d.err = msg.err
	if d.missing {
		d.err = nil
	}
	if msg.session != nil {
		d.session, d.known, d.odd = msg.session, msg.known, msg.odd
	}
	if msg.err == nil || d.missing {
		chosen := d.chosenKey()
		d.entries = entriesOf(msg.events)
		d.restore(chosen)
		m.keepInSight()
	}
	if d.again {
		return m.read()
	}
	return nil
}

func (m *Model) openEntry() tea.Cmd {
	e := m.chosen()
	switch {
	case e == nil:
		return nil
	case e.asked > 0:
		return page.Go(page.Traffic, page.OpenFilter{Text: journal.Term("session", m.detail.id) + " " + journal.Term("method", pikeapi.MethodStatus)})
	case e.exchange != 0:
		return page.Go(page.Traffic, page.OpenExchange{ID: e.exchange})
	case e.webhook != 0:
		return page.Go(page.Webhooks, page.OpenWebhook{ID: e.webhook})
	}
	return nil
}

func (m *Model) inspectEntry() tea.Cmd {
	e := m.chosen()
	switch {
	case e == nil:
		return nil
	case e.exchange != 0:
		return page.Go(page.Signature, page.OpenExchange{ID: e.exchange})
	case e.webhook != 0:
		return page.Go(page.Signature, page.OpenWebhook{ID: e.webhook})
	}
	return nil
}

func (m *Model) showJSON() tea.Cmd {
	d := m.detail
	if d.session == nil || len(d.session.Raw) == 0 {
		return nil
	}
	m.raw = true
	m.resize()
	return m.json.Load(d.session.Raw)
}

// finish asks how the payer ends 3-D Secure.
func (m *Model) finish() tea.Cmd {
	s := m.deps.Desk.At().Sandbox
	if s == nil || !m.detail.payerActs() {
		return nil
	}
	id, stamp := m.detail.id, m.deps.Stamps.Now()
	return page.AskFor(&widget.Menu{Title: "3-D Secure", Text: []string{"What does the payer do?"}, Items: []widget.Item{
		{Title: "passes", Detail: "the payment goes on", Then: finish3DS(s, stamp, id, "passes")},
		{Title: "fails", Detail: "the payment is declined", Then: finish3DS(s, stamp, id, "fails")},
	}})
}

func (m *Model) copyMenu() tea.Cmd {
	d := m.detail
	rows := [][3]string{{"session id", d.id, d.id}}
	if d.session != nil {
		for _, o := range d.session.Operations {
			rows = append(rows, [3]string{string(o.Kind) + " id", o.OperationID, o.OperationID})
		}
		for _, r := range d.session.Refunds {
			rows = append(rows, [3]string{"refund id", r.RefundID, r.RefundID})
		}
		rows = append(rows, [3]string{"session as Pike described it", "the session as JSON", string(d.session.Raw)})
	}
	exchange, webhook := int64(0), int64(0)
	if e := m.chosen(); e != nil {
		exchange, webhook = e.exchange, e.webhook
	}
	return readCopyable(m.store, m.deps.Stamps.Next("sessions.copy"), exchange, webhook, rows)
}

func (m *Model) onCopyable(msg copyable) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, msg.err.Error())
	}
	return page.AskFor(&widget.Menu{Title: "copy", Items: copyItems(msg.rows)})
}

// copyItems makes a menu of title, name for the toast, and text.
func copyItems(rows [][3]string) []widget.Item {
	items := make([]widget.Item, 0, len(rows))
	for _, r := range rows {
		items = append(items, page.CopyItem(r[0], page.Preview(r[2]), r[1], r[2]))
	}
	return items
}
