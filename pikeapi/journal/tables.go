package journal

// A listTable says how a list lies in the database.
type listTable struct {
	id         List
	table      string
	columns    map[string]string // field or sort -> column, where the names differ
	kinds      bool              // its indexes begin with the kind
	anyKind    string            // the index that serves the order by creation of all kinds
	amountless string            // what rows with an amount fulfil, where 0 can also mean none
	sorts      map[Column]order
	indexes    []index
	has        func(string) condition
}

// An order is how a list is sorted: by text and then time, or by a number; then by row.
type order struct {
	text, num string // columns; text is empty for a sort by number
	index     string // serves the order without filters
}

// An index serves filters on its columns and, within them, the order by created.
type index struct {
	name    string
	columns []string
	guard   string // the condition of a partial index
}

// column translates a field to the table's column.
func (t listTable) column(name string) string {
	if c, ok := t.columns[name]; ok {
		return c
	}
	return name
}

// order returns the sort's columns; an unknown sort is by creation.
func (t listTable) order(s Sort) order {
	if o, ok := t.sorts[s.Column]; ok {
		return o
	}
	return t.sorts[ByCreated]
}

// SortColumns lists what a list can be sorted by.
func SortColumns(l List) []Column {
	var all []Column
	sorts := tableOf(l).sorts
	for _, c := range []Column{ByCreated, ByUpdated, ByAmount, ByStatus, ByRecipient, BySession, ByLatency, ByType, ByMethod} {
		if _, ok := sorts[c]; ok {
			all = append(all, c)
		}
	}
	return all
}

func tableOf(l List) listTable {
	switch l {
	case ListSessions:
		return sessionsTable()
	case ListExchanges:
		return exchangesTable()
	case ListWebhooks:
		return webhooksTable()
	case ListIntents:
		return intentsTable()
	}
	return operationsTable()
}

func operationsTable() listTable {
	return listTable{
		id: ListOperations, table: "operations", kinds: true, anyKind: "operations_all",
		columns: map[string]string{"id": "op_id", "session": "session_id", "recipient": "recipient_key", "customer": "customer_key"},
		sorts: map[Column]order{
			ByCreated:   {num: "created", index: "operations_created"},
			ByUpdated:   {num: "updated", index: "operations_updated"},
			ByAmount:    {num: "amount", index: "operations_amount"},
			ByStatus:    {text: "status", num: "created", index: "operations_status"},
			ByRecipient: {text: "recipient_key", num: "created", index: "operations_recipient"},
		},
		indexes: []index{
			{"operations_error", []string{"error_code"}, "t.error_code <> ''"},
			{"operations_refunded", nil, "t.refunds > 0"},
			{"operations_status_currency", []string{"status", "currency"}, ""},
			{"operations_status", []string{"status"}, ""},
			{"operations_currency", []string{"currency"}, ""},
		},
		has: func(v string) condition {
			return condition{sql: map[string]string{
				"refund": "t.refunds > 0", "error": "t.error_code <> ''", "metadata": "t.metadata <> ''",
				"card": "t.last4 <> ''", "session": "t.session_id <> ''",
			}[v]}
		},
	}
}

func sessionsTable() listTable {
	return listTable{
		id: ListSessions, table: "sessions",
		columns:    map[string]string{"id": "session_id", "session": "session_id", "recipient": "recipient_key", "customer": "customer_key"},
		amountless: "t.operations > 0",
		sorts: map[Column]order{
			ByCreated:   {num: "created", index: "sessions_created"},
			ByUpdated:   {num: "updated", index: "sessions_updated"},
			ByAmount:    {num: "amount", index: "sessions_amount"},
			ByStatus:    {text: "status", num: "created", index: "sessions_status"},
			ByRecipient: {text: "recipient_key", num: "created", index: "sessions_recipient"},
		},
		indexes: []index{{"sessions_status", []string{"status"}, ""}},
		has: func(v string) condition {
			return condition{sql: map[string]string{
				"refund":   "t.refunds > 0",
				"error":    "t.error_code <> '' OR EXISTS (SELECT 1 FROM operations o WHERE o.session_row = t.id AND o.error_code <> '')",
				"metadata": "EXISTS (SELECT 1 FROM operations o WHERE o.session_row = t.id AND o.metadata <> '')",
				"card":     "EXISTS (SELECT 1 FROM operations o WHERE o.session_row = t.id AND o.last4 <> '')",
				"session":  "1",
			}[v]}
		},
	}
}

func exchangesTable() listTable {
	return listTable{
		id: ListExchanges, table: "exchanges",
		columns:    map[string]string{"id": "op_id", "session": "session_id", "created": "started"},
		amountless: "t.currency <> ''",
		sorts: map[Column]order{
			ByCreated: {num: "started", index: "exchanges_started"},
			ByLatency: {num: "latency", index: "exchanges_latency"},
			ByStatus:  {text: "outcome", num: "started", index: "exchanges_outcome"},
			ByMethod:  {text: "method", num: "started", index: "exchanges_method"},
		},
		indexes: []index{{"exchanges_outcome", []string{"outcome"}, ""}},
		has:     bareHas,
	}
}

func webhooksTable() listTable {
	return listTable{
		id: ListWebhooks, table: "webhooks",
		columns:    map[string]string{"session": "session_id", "created": "received", "status": "session_status"},
		amountless: "t.currency <> ''",
		sorts: map[Column]order{
			ByCreated: {num: "received", index: "webhooks_received"},
			ByType:    {text: "type", num: "received", index: "webhooks_type"},
			ByStatus:  {text: "badge", num: "received", index: "webhooks_badge"},
		},
		indexes: []index{{"webhooks_type", []string{"type"}, ""}},
		has:     bareHas,
	}
}

func intentsTable() listTable {
	return listTable{
		id: ListIntents, table: "intents",
		columns:    map[string]string{"id": "op_id", "session": "session_id", "status": "state", "outcome": "state", "recipient": "recipient_key"},
		amountless: "t.has_amount",
		sorts: map[Column]order{
			ByCreated: {num: "created", index: "intents_created"},
			ByAmount:  {num: "amount", index: "intents_amount"},
			ByStatus:  {text: "state", num: "created", index: "intents_state"},
			ByMethod:  {text: "method", num: "created", index: "intents_method"},
		},
		indexes: []index{{"intents_state", []string{"state"}, ""}},
		has:     bareHas,
	}
}

// bareHas is for lists of calls and notifications, which have errors and sessions only.
func bareHas(v string) condition {
	switch v {
	case "error":
		return condition{sql: "t.error_code <> ''"}
	case "session":
		return condition{sql: "t.session_id <> ''"}
	}
	return condition{sql: "0"}
}
