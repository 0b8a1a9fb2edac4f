package payouts

import (
	"strconv"
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
			Cell: func(r *journal.OperationRow) widget.Cell { return dim(r.Metadata) }},
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

// exportFields are what an export holds, with amounts in major units.
func exportFields() []page.ExportField[journal.OperationRow] {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	type row = journal.OperationRow
	field := func(name string, text func(*row) string) page.ExportField[row] {
		return page.ExportField[row]{Name: name, Text: text}
	}
	number := func(name string, text func(*row) string) page.ExportField[row] {
		return page.ExportField[row]{Name: name, Text: text, Number: true}
	}
	return []page.ExportField[row]{
		field("created", func(r *row) string { return moment(r.Created) }),
		field("id", func(r *row) string { return r.OperationID }),
		field("session", func(r *row) string { return r.SessionID }),
		field("kind", func(r *row) string { return string(r.Kind) }),
		field("status", func(r *row) string { return string(r.Status) }),
		field("amount", func(r *row) string { return strings.ReplaceAll(r.Amount.Number(), ",", "") }),
		number("amount_minor", func(r *row) string { return strconv.FormatInt(r.Amount.Amount, 10) }),
		field("currency", func(r *row) string { return r.Amount.Code() }),
		field("recipient", func(r *row) string { return r.Recipient }),
		field("customer", func(r *row) string { return r.Customer }),
		field("card", func(r *row) string { return page.CardText(r.Brand, r.BIN, r.Last4) }),
		field("error", func(r *row) string { return r.ErrorCode }),
		field("error_text", func(r *row) string { return r.ErrorText }),
		field("finished", func(r *row) string { return moment(r.Finished) }),
		field("updated", func(r *row) string { return moment(r.Updated) }),
		number("refunded_minor", func(r *row) string { return strconv.FormatInt(r.Refunded, 10) }),
		field("metadata", func(r *row) string { return r.Metadata }),
	}
}
