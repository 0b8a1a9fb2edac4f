package widget

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
)

// MoveCursor carries a movement key out on a cursor in n rows with pages of the given height. It says
// whether the key was one.
func MoveCursor(k keymap.Move, msg tea.KeyMsg, cursor, n, page int) (int, bool) {
	page = max(1, page)
	switch {
	case k.Up.Matches(msg):
		cursor--
	case k.Down.Matches(msg):
		cursor++
	case k.PageUp.Matches(msg):
		cursor -= page
	case k.PageDown.Matches(msg):
		cursor += page
	case k.HalfUp.Matches(msg):
		cursor -= max(1, page/2)
	case k.HalfDown.Matches(msg):
		cursor += max(1, page/2)
	case k.Top.Matches(msg):
		cursor = 0
	case k.Bottom.Matches(msg):
		cursor = n - 1
	default:
		return cursor, false
	}
	return clamp(cursor, 0, max(0, n-1)), true
}

// scrollTop returns the first row to draw so that the cursor is in sight and near the middle.
func scrollTop(cursor, n, height int) int {
	return clamp(cursor-height/2, 0, max(0, n-height))
}
