package sessions

import (
	"time"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// columns are the list's.
func (m *Model) columns() []widget.Column[journal.SessionRow] {
	t := m.deps.Theme
	dim := func(s string) widget.Cell { return widget.Cell{Text: s, Ink: t.Dim} }
	plain := func(s string) widget.Cell { return widget.Cell{Text: s} }
	return []widget.Column[journal.SessionRow]{
		{Key: "created", Title: "CREATED", Width: 11, Priority: 4, Sort: true, Down: true,
			Cell: func(r *journal.SessionRow) widget.Cell { return dim(m.stamp(r.Created)) }},
		{Key: "id", Title: "SESSION", Width: 12, Flex: 1, Priority: 2, Middle: true,
			Cell: func(r *journal.SessionRow) widget.Cell { return plain(r.SessionID) }},
		{Key: "status", Title: "STATUS", Width: 13, Sort: true, Cell: m.statusCell},
		{Key: "amount", Title: "AMOUNT", Width: 16, Good: 20, Align: widget.Point, Sort: true, Down: true, Cell: amountCell},
		{Key: "kind", Title: "WHAT", Width: 7, Priority: 5,
			Cell: func(r *journal.SessionRow) widget.Cell { return dim(string(r.Kind)) }},
		{Key: "recipient", Title: "TO", Width: 12, Good: 18, Flex: 2, Priority: 3, Sort: true,
			Cell: func(r *journal.SessionRow) widget.Cell { return plain(to(r)) }},
		{Key: "next", Title: "WAITS FOR, OR WHY", Width: 20, Good: 24, Flex: 3, Priority: 1, Cell: m.nextCell},
		{Key: "updated", Title: "CHANGED", Width: 11, Priority: 6, Spare: true, Sort: true, Down: true,
			Cell: func(r *journal.SessionRow) widget.Cell { return dim(m.stamp(r.Updated)) }},
		{Key: "customer", Title: "CUSTOMER", Width: 20, Priority: 7, Spare: true,
			Cell: func(r *journal.SessionRow) widget.Cell { return dim(r.Customer) }},
		{Key: "version", Title: "API", Width: 3, Priority: 8, Spare: true,
			Cell: func(r *journal.SessionRow) widget.Cell { return dim(version(r)) }},
	}
}

func (m *Model) stamp(at time.Time) string { return widget.Stamp(at, m.now, m.ages) }

func version(r *journal.SessionRow) string {
	if r.Version == 0 {
		return ""
	}
	return r.Version.String()
}

func to(r *journal.SessionRow) string {
	if r.Recipient == "" {
		return r.Customer
	}
	return r.Recipient
}

func (m *Model) statusCell(r *journal.SessionRow) widget.Cell {
	b := m.deps.Theme.Session(string(r.Status))
	return widget.Cell{Text: b.Text(), Ink: b.Ink}
}

func amountCell(r *journal.SessionRow) widget.Cell {
	if r.Operations == 0 || r.Amount.Currency == "" {
		return widget.Cell{Text: "—"}
	}
	return widget.Cell{Text: r.Amount.Format()}
}

// nextCell says what the session waits for, or why it failed.
func (m *Model) nextCell(r *journal.SessionRow) widget.Cell {
	t := m.deps.Theme
	switch {
	case r.NextAction != "":
		text := "you: " + string(r.NextAction)
		if !r.Deadline.IsZero() {
			if left := r.Deadline.Sub(m.now); left > 0 {
				text += ", " + widget.Span(left)
			} else {
				text += ", time is over"
			}
		}
		return widget.Cell{Text: text, Ink: t.Wait}
	case r.Flag != "":
		return widget.Cell{Text: t.Glyphs.Failed + " " + r.Flag, Ink: t.Bad}
	case r.ErrorCode != "":
		return widget.Cell{Text: r.ErrorCode, Ink: t.Bad}
	case r.Status == "":
		return widget.Cell{Text: "status not asked for yet", Ink: t.Dim}
	case r.Refunds > 0:
		return widget.Cell{Text: widget.Plural(r.Refunds, "refund", "refunds"), Ink: t.Dim}
	}
	return widget.Cell{}
}

// exportFields are what an export holds, with amounts in major units too.
func exportFields() []page.ExportField[journal.SessionRow] {
	type row = journal.SessionRow
	return []page.ExportField[row]{
		page.TimeField("created", func(r *row) time.Time { return r.Created }),
		page.TextField("id", func(r *row) string { return r.SessionID }),
		page.TextField("status", func(r *row) string { return string(r.Status) }),
		page.TextField("next", func(r *row) string { return string(r.NextAction) }),
		page.TextField("kind", func(r *row) string { return string(r.Kind) }),
		page.TextField("amount", amountText),
		page.NumberField("amount_minor", func(r *row) int64 { return r.Amount.Amount }),
		page.TextField("currency", func(r *row) string { return r.Amount.Code() }),
		page.TextField("recipient", func(r *row) string { return r.Recipient }),
		page.TextField("customer", func(r *row) string { return r.Customer }),
		page.NumberField("operations", func(r *row) int64 { return int64(r.Operations) }),
		page.NumberField("refunds", func(r *row) int64 { return int64(r.Refunds) }),
		page.TextField("error", func(r *row) string { return r.ErrorCode }),
		page.TimeField("updated", func(r *row) time.Time { return r.Updated }),
		page.TimeField("deadline", func(r *row) time.Time { return r.Deadline }),
	}
}

// amountText is empty for a session in which nothing was started.
func amountText(r *journal.SessionRow) string {
	if r.Amount.Currency == "" {
		return ""
	}
	return page.MajorUnits(r.Amount)
}
