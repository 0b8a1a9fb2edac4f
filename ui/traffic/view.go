package traffic

import (
	"fmt"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// View draws the list, or the open request; where there is room, both.
func (m *Model) View() string {
	if m.detail == nil {
		return widget.Fit(m.list.View(m.now), m.w, m.h)
	}
	above, below := m.split()
	if above == 0 {
		return widget.Fit(m.detail.view(m.now), m.w, m.h)
	}
	list := widget.Fit(m.list.View(m.now), m.w, above)
	rule := widget.Rule(m.deps.Theme, m.detail.name(), m.w)
	return widget.Fit(widget.Below(list, rule, widget.Fit(m.detail.view(m.now), m.w, below)), m.w, m.h)
}

func (m *Model) columns() []widget.Column[journal.ExchangeRow] {
	type row = journal.ExchangeRow
	t := m.deps.Theme
	plain := func(text func(*row) string) func(*row) widget.Cell {
		return func(r *row) widget.Cell { return widget.Cell{Text: text(r)} }
	}
	dim := func(text func(*row) string) func(*row) widget.Cell {
		return func(r *row) widget.Cell { return widget.Cell{Text: text(r), Ink: t.Dim} }
	}
	return []widget.Column[row]{
		{Key: string(journal.ByCreated), Title: "SENT", Width: 11, Sort: true, Down: true, Cell: plain(m.sent)},
		{Key: string(journal.ByMethod), Title: "METHOD", Width: 21, Flex: 1, Sort: true, Cell: plain(func(r *row) string { return r.Method })},
		{Key: "version", Title: "API", Width: 3, Priority: 6, Cell: dim(func(r *row) string { return r.Version.String() })},
		{Key: string(journal.ByStatus), Title: "OUTCOME", Width: 11, Sort: true, Cell: func(r *row) widget.Cell { return outcome(t, r) }},
		{Key: "http", Title: "HTTP", Width: 4, Priority: 1, Align: widget.Right, Cell: plain(httpText)},
		{Key: string(journal.ByLatency), Title: "TOOK", Width: 8, Priority: 3, Align: widget.Right, Sort: true, Down: true, Cell: dim(took)},
		{Key: "amount", Title: "AMOUNT", Width: 17, Priority: 4, Align: widget.Point, Cell: plain(amount)},
		{Key: "session", Title: "SESSION", Width: 11, Flex: 1, Priority: 2, Middle: true, Cell: plain(func(r *row) string { return r.SessionID })},
		{Key: "error", Title: "ERROR", Width: 22, Good: 28, Flex: 1, Priority: 5, Cell: func(r *row) widget.Cell { return widget.Cell{Text: why(r), Ink: t.Bad} }},
		{Key: "bytes", Title: "BYTES", Width: 15, Priority: 8, Spare: true, Align: widget.Right, Cell: dim(func(r *row) string {
			return fmt.Sprintf("%s %s %s", widget.Thousands(r.RequestBytes), t.Glyphs.Right, widget.Thousands(r.ResponseBytes))
		})},
		{Key: "masked", Title: "MASKED", Width: 6, Priority: 9, Spare: true, Cell: dim(masked)},
		{Key: "key", Title: "KEY", Width: 9, Priority: 7, Cell: dim(func(r *row) string { return page.ShortKey(r.KeyFingerprint) })},
	}
}

func (m *Model) sent(r *journal.ExchangeRow) string { return widget.Stamp(r.Started, m.now, m.ages) }

func outcome(t *theme.Theme, r *journal.ExchangeRow) widget.Cell {
	if r.Outcome == "" {
		return widget.Cell{Text: t.Glyphs.Moving + " in flight", Ink: t.Moves}
	}
	b := t.Outcome(string(r.Outcome))
	return widget.Cell{Text: b.Text(), Ink: b.Ink}
}

func httpText(r *journal.ExchangeRow) string {
	if r.HTTPStatus == 0 {
		return "—"
	}
	return fmt.Sprint(r.HTTPStatus)
}

func took(r *journal.ExchangeRow) string {
	if r.Latency == 0 {
		return "—"
	}
	return widget.Span(r.Latency)
}

func amount(r *journal.ExchangeRow) string {
	if r.Amount == nil {
		return ""
	}
	return r.Amount.Format()
}

func masked(r *journal.ExchangeRow) string {
	if r.Masked {
		return "masked"
	}
	return ""
}

// why is the error code, or the words where there is no code.
func why(r *journal.ExchangeRow) string {
	if r.ErrorCode != "" {
		return r.ErrorCode
	}
	return r.ErrorText
}
