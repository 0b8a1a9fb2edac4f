package payouts

import (
	"strings"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// columns are the list's, as screens.md draws them; the user can choose more.
func (m *Model) columns() []widget.Column[journal.OperationRow] {
	t := m.deps.Theme
	dim := func(s string) widget.Cell { return widget.Cell{Text: s, Ink: t.Dim} }
	plain := func(s string) widget.Cell { return widget.Cell{Text: s} }
	return []widget.Column[journal.OperationRow]{
		{Key: "created", Title: "CREATED", Width: 11, Priority: 2, Sort: true, Down: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(m.stamp(r.Created)) }},
		{Key: "id", Title: "ID", Width: 11, Priority: 4, Middle: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return plain(r.OperationID) }},
		{Key: "status", Title: "STATUS", Width: 13, Sort: true, Cell: m.statusCell},
		{Key: "amount", Title: "AMOUNT", Width: 16, Good: 20, Align: widget.Point, Sort: true, Down: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return plain(r.Amount.Format()) }},
		{Key: "recipient", Title: "TO", Width: 11, Good: 18, Flex: 2, Priority: 1, Sort: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return plain(to(r)) }},
		{Key: "card", Title: "CARD", Width: 12, Priority: 5,
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(card(r)) }},
		{Key: "why", Title: "WHY", Width: 17, Good: 28, Flex: 3, Priority: 3, Cell: m.whyCell},
		{Key: "session", Title: "SESSION", Width: 20, Priority: 6, Spare: true, Middle: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(r.SessionID) }},
		{Key: "customer", Title: "CUSTOMER", Width: 20, Priority: 7, Spare: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(r.Customer) }},
		{Key: "updated", Title: "CHANGED", Width: 11, Priority: 8, Spare: true, Sort: true, Down: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(m.stamp(r.Updated)) }},
		{Key: "metadata", Title: "METADATA", Width: 20, Priority: 9, Spare: true,
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(metadataText(r.Metadata)) }},
	}
}

func (m *Model) stamp(at time.Time) string { return widget.Stamp(at, m.now, m.ages) }

func (m *Model) statusCell(r *journal.OperationRow) widget.Cell {
	b := m.deps.Theme.Operation(string(r.Status))
	return widget.Cell{Text: b.Text(), Ink: b.Ink}
}

// whyCell says why the payout failed, or what it waits for.
func (m *Model) whyCell(r *journal.OperationRow) widget.Cell {
	text, ink := m.why(r)
	return widget.Cell{Text: strings.TrimPrefix(text, "waits for "), Ink: ink}
}

func (m *Model) why(r *journal.OperationRow) (string, theme.Ink) {
	t := m.deps.Theme
	switch {
	case r.ErrorCode != "":
		return r.ErrorCode, t.Bad
	case r.NextAction != "" && !r.Status.Final():
		return "waits for you: " + string(r.NextAction), t.Wait
	case r.Interaction != "" && !r.Status.Final():
		return "waits for the payer", t.Wait
	case r.Refunds > 0:
		back := pikeapi.Money{Amount: r.Refunded, Currency: r.Amount.Currency}
		return "given back " + back.Format(), t.Dim
	}
	return "", t.Dim
}

// to is who gets or pays the money.
func to(r *journal.OperationRow) string {
	if r.Recipient == "" && r.Customer != "" {
		return r.Customer
	}
	return r.Recipient
}

// card is the short form of where the money goes: "visa ··7771".
func card(r *journal.OperationRow) string {
	if r.Last4 == "" {
		return strings.ReplaceAll(r.Method, "_", " ")
	}
	brand := strings.ToLower(r.Brand)
	if brand == "mastercard" {
		brand = "mc"
	}
	return strings.TrimSpace(brand + " ··" + r.Last4)
}

// exportFields are what an export holds, with amounts in major units too.
func exportFields() []page.ExportField[journal.OperationRow] {
	type row = journal.OperationRow
	return []page.ExportField[row]{
		page.TimeField("created", func(r *row) time.Time { return r.Created }),
		page.TextField("id", func(r *row) string { return r.OperationID }),
		page.TextField("session", func(r *row) string { return r.SessionID }),
		page.TextField("kind", func(r *row) string { return string(r.Kind) }),
		page.TextField("status", func(r *row) string { return string(r.Status) }),
		page.TextField("amount", func(r *row) string { return page.MajorUnits(r.Amount) }),
		page.NumberField("amount_minor", func(r *row) int64 { return r.Amount.Amount }),
		page.TextField("currency", func(r *row) string { return r.Amount.Code() }),
		page.TextField("recipient", func(r *row) string { return r.Recipient }),
		page.TextField("customer", func(r *row) string { return r.Customer }),
		page.TextField("card", func(r *row) string { return page.CardText(r.Brand, r.BIN, r.Last4) }),
		page.TextField("error", func(r *row) string { return r.ErrorCode }),
		page.TextField("error_text", func(r *row) string { return r.ErrorText }),
		page.TimeField("finished", func(r *row) time.Time { return r.Finished }),
		page.TimeField("updated", func(r *row) time.Time { return r.Updated }),
		page.NumberField("refunded_minor", func(r *row) int64 { return r.Refunded }),
		page.TextField("metadata", func(r *row) string { return r.Metadata }),
	}
}
