package traffic

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
)

// Update handles a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
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
		m.close()
		return m.list.SetStore(m.store, m.store.Exchanges)
	case page.JournalChanged:
		return tea.Batch(m.list.Refresh(), m.reread())
	case loaded:
		return m.onLoaded(msg)
	case fetched:
		return m.onFetched(msg)
	case page.Mouse:
		return m.onMouse(msg)
	}
	cmd := m.list.Update(msg)
	if m.detail != nil {
		cmd = tea.Batch(cmd, m.detail.update(msg))
	}
	return cmd
}

// onMouse is for what lies under the mouse. With a request open below the list, a click on a row opens that one.
func (m *Model) onMouse(at page.Mouse) tea.Cmd {
	if above, _ := m.split(); m.detail != nil && at.Y >= above {
		m.detail.point(at.X, at.Wheel)
		return nil
	}
	before, _ := m.list.Current()
	cmd := m.list.Update(at)
	if row, _ := m.list.Current(); m.detail != nil && at.Wheel == 0 && row.ID != before.ID {
		return tea.Batch(cmd, m.show(row.ID))
	}
	return cmd
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	if m.detail != nil {
		return m.onDetailKey(msg)
	}
	k := m.deps.Keys
	if m.list.Captures() {
		cmd, _ := m.list.Key(msg)
		return cmd
	}
	if k.List.Open.Matches(msg) {
		return m.show(m.chosen())
	}
	if cmd, took := m.actionKey(msg); took {
		return cmd
	}
	if k.List.Copy.Matches(msg) {
		return m.copyID()
	}
	cmd, _ := m.list.Key(msg)
	return cmd
}

// actionKey handles the keys that mean the same in the list and in the open request.
func (m *Model) actionKey(msg tea.KeyMsg) (cmd tea.Cmd, took bool) {
	k := m.deps.Keys
	id := m.chosen()
	if id == 0 {
		return nil, false
	}
	switch {
	case k.Traffic.Inspect.Matches(msg):
		return page.Go(page.Signature, page.OpenExchange{ID: id}), true
	case k.Traffic.Session.Matches(msg):
		if session, _ := m.session(); session != "" {
			return page.Go(page.Sessions, page.OpenSession{ID: session}), true
		}
		return nil, true
	case k.Traffic.Curl.Matches(msg):
		return m.want(copyCurl), true
	case k.Traffic.OpenSSL.Matches(msg):
		return m.want(copyOpenSSL), true
	case k.List.CopyMenu.Matches(msg):
		return m.want(copyMenu), true
	}
	return nil, false
}

func (m *Model) onDetailKey(msg tea.KeyMsg) tea.Cmd {
	k, d := m.deps.Keys, m.detail
	if d.body().CapturesKeys() {
		cmd, _ := d.body().Key(msg)
		return cmd
	}
	if cmd, took := m.actionKey(msg); took {
		return cmd
	}
	switch {
	case k.List.Open.Matches(msg):
		return page.Go(page.Signature, page.OpenExchange{ID: d.id})
	case k.Traffic.Side.Matches(msg), k.List.NextPane.Matches(msg), k.List.PrevPane.Matches(msg):
		d.side = 1 - d.side
		d.layout()
		return nil
	case k.Traffic.Raw.Matches(msg):
		d.body().Cycle()
		return nil
	case k.List.Refresh.Matches(msg):
		return m.reread()
	}
	cmd, _ := d.body().Key(msg)
	return cmd
}

// show opens a request.
func (m *Model) show(id int64) tea.Cmd {
	if id == 0 {
		return nil
	}
	m.detail = newDetail(m.deps, id)
	m.SetSize(m.w, m.h)
	return m.reread()
}

// reread reads the open request again: it may have been answered.
func (m *Model) reread() tea.Cmd {
	if m.detail == nil {
		return nil
	}
	return load(m.store, m.deps.Stamps.Next(slotDetail), m.detail.id)
}

func (m *Model) onLoaded(msg loaded) tea.Cmd {
	if m.detail == nil || m.detail.id != msg.id {
		return nil
	}
	return m.detail.set(msg.x, msg.err)
}

// want does something with the whole of the chosen request, which is read first where it has to be.
func (m *Model) want(what copying) tea.Cmd {
	if m.detail != nil && m.detail.x != nil {
		return copyOf(what, m.detail.x)
	}
	return fetch(m.store, m.deps.Stamps.Next("traffic.copy"), m.chosen(), what)
}

func (m *Model) onFetched(msg fetched) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "the request could not be read: "+msg.err.Error())
	}
	return copyOf(msg.what, msg.x)
}
