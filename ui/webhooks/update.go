package webhooks

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Update handles a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		minute := m.now.Truncate(time.Minute)
		m.now = msg.Now
		m.readReceiver()
		if m.ages || (len(m.waiting) > 0 && !minute.Equal(m.now.Truncate(time.Minute))) {
			m.list.Restyle()
		}
		return nil
	case page.TimesChanged:
		m.ages = msg.Ages
	case page.EnvChanged:
		m.arrive(msg.Desk)
		m.close()
		return tea.Batch(m.list.SetStore(m.store, m.store.Webhooks), m.readWaiting())
	case page.JournalChanged:
		m.readReceiver()
		return tea.Batch(m.list.Refresh(), m.reread(), m.readWaiting())
	case waited:
		return m.onWaited(msg)
	case loaded:
		return m.onLoaded(msg)
	case fetched:
		return m.onFetched(msg)
	case startReplay:
		return m.replay(msg)
	case replayed:
		return m.onReplayed(msg)
	case page.Mouse:
		return m.onMouse(msg)
	}
	cmd := m.list.Update(msg)
	if m.detail != nil {
		cmd = tea.Batch(cmd, m.detail.record.Body.Update(msg))
	}
	return cmd
}

// onWaited takes in what waits; when it could not be read, what was known stays.
func (m *Model) onWaited(msg waited) tea.Cmd {
	if msg.err != nil {
		return nil
	}
	m.waiting = make(map[string]journal.Waiting, len(msg.list))
	for _, w := range msg.list {
		m.waiting[w.SessionID] = w
	}
	m.list.Restyle()
	return nil
}

// onMouse scrolls what lies under the mouse. With a webhook open below the list, a click on a row opens that one.
func (m *Model) onMouse(at page.Mouse) tea.Cmd {
	if above, _ := m.split(); m.detail != nil && at.Y >= above {
		m.detail.record.Body.Scroll(at.Wheel)
		return nil
	}
	at.Y -= m.top()
	before, _ := m.list.Current()
	cmd := m.list.Update(at)
	if row, _ := m.list.Current(); m.detail != nil && at.Wheel == 0 && row.ID != before.ID {
		return tea.Batch(cmd, m.show(row.ID))
	}
	return cmd
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys
	if m.detail == nil && m.list.Captures() {
		cmd, _ := m.list.Key(msg)
		return cmd
	}
	if m.CapturesKeys() {
		cmd, _ := m.detail.record.Body.Key(msg)
		return cmd
	}
	if k.Webhooks.Receiver.Matches(msg) {
		return page.AskFor(&widget.Reader{Title: "receiver", Lines: m.guide()})
	}
	if cmd, took := m.rowKey(msg); took {
		return cmd
	}
	if m.detail != nil {
		return m.detailKey(msg)
	}
	cmd, _ := m.list.Key(msg)
	return cmd
}

// rowKey handles the keys that are about the webhook that is open or under the cursor.
func (m *Model) rowKey(msg tea.KeyMsg) (tea.Cmd, bool) {
	k := m.deps.Keys
	w := k.Webhooks
	id, session := m.chosen()
	if id == 0 {
		return nil, false
	}
	switch {
	case k.List.Open.Matches(msg) && m.detail == nil:
		return m.show(id), true
	case w.Inspect.Matches(msg), k.List.Open.Matches(msg):
		return page.Go(page.Signature, page.OpenWebhook{ID: id}), true
	case w.Session.Matches(msg):
		if session == "" {
			return nil, true
		}
		return page.Go(page.Sessions, page.OpenSession{ID: session}), true
	case w.Replay.Matches(msg):
		return m.askReplay(id, false), true
	case w.Resign.Matches(msg):
		return m.askReplay(id, true), true
	case k.List.CopyMenu.Matches(msg):
		return m.copyMenu(id), true
	case k.List.Copy.Matches(msg) && m.detail == nil:
		return page.CopyText(fmt.Sprintf("the number of webhook %d", id), fmt.Sprint(id)), true
	}
	return nil, false
}

func (m *Model) detailKey(msg tea.KeyMsg) tea.Cmd {
	k, d := m.deps.Keys, m.detail
	switch {
	case k.Webhooks.Raw.Matches(msg):
		d.record.Body.Cycle()
		return nil
	case k.List.Refresh.Matches(msg):
		return m.reread()
	}
	cmd, _ := d.record.Body.Key(msg)
	return cmd
}

// show opens a webhook.
func (m *Model) show(id int64) tea.Cmd {
	m.detail = newDetail(m.deps, id, m.left)
	m.SetSize(m.w, m.h)
	return m.reread()
}

// reread reads the open webhook again: it may have been sent on meanwhile.
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
	return m.detail.set(msg.w, msg.err)
}

// copyMenu offers the parts of a webhook, which is read first where it has to be.
func (m *Model) copyMenu(id int64) tea.Cmd {
	if m.detail != nil && m.detail.w != nil {
		return askCopy(m.detail.w)
	}
	return fetch(m.store, m.deps.Stamps.Next("webhooks.copy"), id)
}

func (m *Model) onFetched(msg fetched) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "the webhook could not be read: "+msg.err.Error())
	}
	return askCopy(msg.w)
}

// startReplay is the wish to send a webhook on again, after the question where there was one.
type startReplay struct {
	page.Stamp
	id     int64
	resign bool
}

// askReplay sends a webhook on again; in live only after a question, because what listens there may
// act upon it.
func (m *Model) askReplay(id int64, resign bool) tea.Cmd {
	off := m.replayOff()
	if resign {
		off = m.resignOff()
	}
	if off != "" {
		return page.Say(page.Warning, off)
	}
	start := startReplay{m.deps.Stamps.Now(), id, resign}
	if !m.desk.Live() {
		return page.Send(start)
	}
	return page.AskFor(&widget.Confirm{
		Title: "replay", Yes: "Send", Then: page.Send(start),
		Text: []string{
			fmt.Sprintf("Send webhook %d to %s again, unchanged.", id, widget.Clean(m.receiver.Forward)),
			"It is genuine: what listens there will take it for one of Pike's.",
		},
	})
}

func (m *Model) replay(msg startReplay) tea.Cmd {
	if m.replayOff() != "" {
		return nil
	}
	now := m.deps.Now()
	m.wait = page.Wait{What: fmt.Sprintf("the answer to webhook %d", msg.id), Since: now, Deadline: now.Add(replayTime)}
	return replay(m.desk.Receiver, msg, m.receiver.Forward)
}

func (m *Model) onReplayed(msg replayed) tea.Cmd {
	m.wait = page.Wait{}
	say := page.Say(page.Success, fmt.Sprintf("webhook %d sent to %s: HTTP %d", msg.id, msg.to, msg.status))
	switch {
	case msg.err != nil:
		say = page.Say(page.Failure, fmt.Sprintf("webhook %d was not sent: %v", msg.id, msg.err))
	case msg.status < 200 || msg.status > 299:
		say = page.Say(page.Warning, fmt.Sprintf("webhook %d sent to %s, which answered HTTP %d", msg.id, msg.to, msg.status))
	}
	return tea.Batch(say, m.reread())
}
