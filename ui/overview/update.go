package overview

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
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
	case page.JournalChanged:
		return m.refresh()
	case page.Shown:
		m.away = false
		if !m.busy {
			return m.refresh()
		}
	case page.Hidden:
		m.away = true
	case page.Mouse:
		m.onMouse(msg)
	case numbers:
		return m.onNumbers(msg)
	}
	return nil
}

// onMouse moves the cursor: the wheel by lines, a click to the line that is clicked.
func (m *Model) onMouse(at page.Mouse) {
	_, spots := m.body()
	if at.Wheel != 0 {
		m.move(m.cursor+3*at.Wheel, len(spots))
		return
	}
	for i, s := range spots {
		if s.y == at.Y+m.top && (!m.two() || s.right == (at.X >= m.columnWidth()+columnGap)) {
			m.move(i, len(spots))
			return
		}
	}
}

// move puts the cursor on a link, or on the nearest of n that there is.
func (m *Model) move(to, n int) {
	m.cursor = max(0, min(to, n-1))
	m.keepInSight()
}

// keeping changes the numbers and leaves the cursor on the line that it was on, wherever that stands now;
// on its place where the line has gone.
func (m *Model) keeping(change func()) {
	_, spots := m.body()
	name := ""
	if m.cursor < len(spots) {
		name = spots[m.cursor].name
	}
	change()
	_, spots = m.body()
	to := m.cursor
	for i, s := range spots {
		if name != "" && s.name == name {
			to = i
			break
		}
	}
	m.move(to, len(spots))
}

func (m *Model) onNumbers(msg numbers) tea.Cmd {
	m.busy, m.err, m.read = false, msg.err, m.deps.Now()
	m.keeping(func() {
		if msg.err == nil {
			m.stats, m.waiting = msg.stats, msg.waiting
		}
	})
	if m.again {
		m.again = false
		return m.refresh()
	}
	return nil
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k, links := m.deps.Keys, m.links()
	to, _ := widget.MoveCursor(k.Move, msg, m.cursor, len(links), m.h/2)
	switch {
	case k.Overview.Period.Matches(msg):
		m.keeping(func() { m.period = (m.period + 1) % len(periods()) })
		return nil
	case k.List.Refresh.Matches(msg):
		return m.refresh()
	case k.List.Open.Matches(msg):
		if m.cursor < len(links) {
			return page.Send(links[m.cursor])
		}
	case k.List.NextPane.Matches(msg):
		to = m.nextPart(1)
	case k.List.PrevPane.Matches(msg):
		to = m.nextPart(-1)
	}
	m.move(to, len(links))
	return nil
}

// nextPart is the first link of the next part with links, or of the one before; round the end.
func (m *Model) nextPart(by int) int {
	_, spots := m.body()
	var firsts []int // of each part
	here := 0
	for i, s := range spots {
		if i == 0 || s.block != spots[i-1].block {
			firsts = append(firsts, i)
		}
		if i == m.cursor {
			here = len(firsts) - 1
		}
	}
	if len(firsts) == 0 {
		return 0
	}
	return firsts[(here+by+len(firsts))%len(firsts)]
}
