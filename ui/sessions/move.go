package sessions

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
)

// moveKey moves through the time line; it says whether it took the key.
func (m *Model) moveKey(msg tea.KeyMsg) bool {
	k := m.deps.Keys.Move
	step := max(1, m.timelineRoom(len(m.heading()), len(m.footing()))-1)
	switch {
	case k.Up.Matches(msg):
		m.move(-1)
	case k.Down.Matches(msg):
		m.move(1)
	case k.PageUp.Matches(msg):
		m.move(-step)
	case k.PageDown.Matches(msg):
		m.move(step)
	case k.HalfUp.Matches(msg):
		m.move(-max(1, step/2))
	case k.HalfDown.Matches(msg):
		m.move(max(1, step/2))
	case k.Top.Matches(msg):
		m.move(-1 << 20)
	case k.Bottom.Matches(msg):
		m.move(1 << 20)
	default:
		return false
	}
	return true
}

func (m *Model) move(by int) {
	d := m.detail
	last := max(0, len(d.entries)-1)
	d.cursor = max(0, min(d.cursor+by, last))
	d.end = d.cursor == last
	m.keepInSight()
}

// keepInSight scrolls the time line to its cursor.
func (m *Model) keepInSight() {
	d := m.detail
	if d == nil {
		return
	}
	room := max(1, m.timelineRoom(len(m.heading()), len(m.footing())))
	if d.cursor < d.top {
		d.top = d.cursor
	}
	if d.cursor >= d.top+room {
		d.top = d.cursor - room + 1
	}
	d.top = max(0, min(d.top, len(d.entries)-room))
}

// onMouse scrolls what lies under the mouse and chooses what is clicked; it says whether that was not
// the list.
func (m *Model) onMouse(at page.Mouse) bool {
	_, x := m.split()
	switch {
	case m.detail == nil:
		return false
	case m.raw:
		m.json.Scroll(at.Wheel)
	case at.X < x:
		m.aside = m.aside || at.Wheel == 0
		return false
	case at.Wheel != 0:
		m.move(3 * at.Wheel)
	default:
		m.aside = false
		head := len(m.heading())
		if line := at.Y - head; line >= 0 && line < m.timelineRoom(head, len(m.footing())) && m.detail.top+line < len(m.detail.entries) {
			m.move(m.detail.top + line - m.detail.cursor)
		}
	}
	return true
}
