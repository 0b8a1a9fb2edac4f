package payouts

import (
	"fmt"

	"pikedash/ui/widget"
)

// placement is where the detail stands.
type placement int

const (
	over placement = iota
	below
	beside
)

// From which size on there is room for list and detail, in cells.
const (
	besideWidth = 150
	belowHeight = 26
)

func (m *Model) place() placement {
	switch {
	case m.w >= besideWidth && m.h >= 12:
		return beside
	case m.h >= belowHeight:
		return below
	}
	return over
}

// detailBox is the size of the detail, its title among it.
func (m *Model) detailBox() (w, h int) {
	switch m.place() {
	case beside:
		return min(76, m.w*2/5), m.h
	case below:
		return m.w, min(max(10, m.h*2/5), 18)
	}
	return m.w, m.h
}

// SetSize implements page.Page.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	m.resize()
}

func (m *Model) resize() {
	dw, dh := m.detailBox()
	switch m.place() {
	case beside:
		m.list.SetSize(m.w-dw-1, m.h) // a blank before the edge
	case below:
		m.list.SetSize(m.w, m.h-dh)
	default:
		m.list.SetSize(m.w, m.h)
	}
	m.json.SetSize(m.w, max(0, m.h-1))
}

// View implements page.Page.
func (m *Model) View() string {
	dw, dh := m.detailBox()
	var out string
	switch {
	case m.w <= 0 || m.h <= 0:
		return ""
	case m.raw:
		out = widget.Below(widget.Rule(m.deps.Theme, widget.Clean(m.Title()), m.w), m.json.View(m.now))
	case m.place() == beside:
		out = widget.Beside(widget.Fit(m.list.View(m.now), m.w-dw, m.h), m.detailView(dw, dh))
	case m.place() == below:
		out = widget.Below(m.list.View(m.now), m.detailView(dw, dh))
	case m.over && m.detail.ok:
		out = m.detailView(dw, dh)
	default:
		out = m.list.View(m.now)
	}
	return widget.Fit(out, m.w, m.h)
}

// nothing says that there is no payout at all.
func (m *Model) nothing() bool { return !m.detail.ok && m.list.Filter() == "" && !m.list.Captures() }

// detailView draws the detail with its title in w by h cells.
func (m *Model) detailView(w, h int) string {
	if m.nothing() {
		return widget.FitLines(nil, w, h) // the list says so
	}
	t := m.deps.Theme
	edge, inner := "", w
	if m.place() == beside {
		edge, inner = t.Rule.Paint(t.Glyphs.Frame.Left), w-1
	}
	title := "no payout"
	switch {
	case m.detail.ok && m.place() == over:
		title = widget.Clean(m.Title()) // the list is out of sight
	case m.detail.ok:
		title = widget.Clean(m.detail.row.OperationID)
	}
	head := widget.Rule(t, title, inner)
	if m.focused {
		head = widget.Rule(t, title+" "+t.Glyphs.Up+t.Glyphs.Down, inner)
	}
	lines := m.detailLines(inner)
	top := max(0, min(m.detail.top, len(lines)-(h-1)))
	lines = lines[top:]
	if len(lines) > h-1 && h > 1 {
		more := len(lines) - (h - 2)
		lines = append(lines[:h-2:h-2], " "+t.Dim.Paint(fmt.Sprintf("%d more lines: %s scrolls", more, m.deps.Keys.List.NextPane.Label())))
	}
	out := append([]string{head}, lines...)
	for i := range out {
		out[i] = edge + widget.Pad(out[i], inner)
	}
	for len(out) < h {
		out = append(out, edge+widget.Blanks(inner))
	}
	return widget.FitLines(out, w, h)
}
