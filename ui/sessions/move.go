package sessions

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// moveKey moves through the time line; it says whether it took the key.
func (m *Model) moveKey(msg tea.KeyMsg) bool {
	page := m.timelineRoom(len(m.heading()), len(m.footing())) - 1
	to, took := widget.MoveCursor(m.deps.Keys.Move, msg, m.detail.cursor, len(m.detail.entries), page)
	if took {
		m.move(to - m.detail.cursor)
	}
	return took
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
