package overview

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
)

// staleAfter is how old the numbers may get while nothing changes: ages and windows move on.
const staleAfter = 15 * time.Second

// Update implements page.Page.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		m.now = msg.Now
		m.health()
		if m.now.Sub(m.read) >= staleAfter {
			return m.refresh()
		}
	case page.TimesChanged:
		m.ages = msg.Ages
	case page.EnvChanged:
		m.arrive(msg.Desk)
		return m.refresh()
	case page.JournalChanged, page.Shown:
		return m.refresh()
	case numbers:
		return m.onNumbers(msg)
	}
	return nil
}

func (m *Model) onNumbers(msg numbers) tea.Cmd {
	m.busy, m.err, m.read = false, msg.err, m.deps.Now()
	if msg.err == nil {
		m.stats, m.waiting = msg.stats, msg.waiting
	}
	m.cursor = max(0, min(m.cursor, len(m.links())-1))
	m.keepInSight()
	if m.again {
		m.again = false
		return m.refresh()
	}
	return nil
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k, links := m.deps.Keys, m.links()
	switch {
	case k.Overview.Period.Matches(msg):
		m.period = (m.period + 1) % len(periods())
	case k.List.Refresh.Matches(msg):
		return m.refresh()
	case k.List.Open.Matches(msg):
		if m.cursor < len(links) {
			return page.Send(links[m.cursor])
		}
	case k.Move.Up.Matches(msg), k.List.PrevPane.Matches(msg):
		m.cursor--
	case k.Move.Down.Matches(msg), k.List.NextPane.Matches(msg):
		m.cursor++
	case k.Move.Top.Matches(msg):
		m.cursor = 0
	case k.Move.Bottom.Matches(msg):
		m.cursor = len(links) - 1
	}
	m.cursor = max(0, min(m.cursor, len(m.links())-1))
	m.keepInSight()
	return nil
}
