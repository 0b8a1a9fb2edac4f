package journal

import (
	"context"
	"database/sql"
	"time"

	"pikedash/pikeapi"
)

// Operations reads a page of payouts and payments: up to n rows (1,000 at most) after the cursor with
// Forward, before it with Backward, in the query's order; from nil, those at the start or the end. The
// error is a *FilterError when the filter asks for what the list does not have.
func (j *Journal) Operations(ctx context.Context, q Query, from *Cursor, dir Direction, n int) ([]OperationRow, error) {
	return page(ctx, j, ListOperations, operationColumns, q, from, dir, n, scanOperation)
}

// Sessions reads a page of sessions; see Operations.
func (j *Journal) Sessions(ctx context.Context, q Query, from *Cursor, dir Direction, n int) ([]SessionRow, error) {
	return page(ctx, j, ListSessions, sessionColumns, q, from, dir, n, scanSession)
}

// Exchanges reads a page of requests with their answers; see Operations.
func (j *Journal) Exchanges(ctx context.Context, q Query, from *Cursor, dir Direction, n int) ([]ExchangeRow, error) {
	return page(ctx, j, ListExchanges, exchangeColumns, q, from, dir, n, scanExchange)
}

// Webhooks reads a page of notifications; see Operations.
func (j *Journal) Webhooks(ctx context.Context, q Query, from *Cursor, dir Direction, n int) ([]WebhookRow, error) {
	return page(ctx, j, ListWebhooks, webhookColumns, q, from, dir, n, scanWebhook)
}

// Intents reads a page of intents; see Operations.
func (j *Journal) Intents(ctx context.Context, q Query, from *Cursor, dir Direction, n int) ([]IntentRow, error) {
	return page(ctx, j, ListIntents, intentColumns, q, from, dir, n, scanIntent)
}

const operationColumns = `t.id, t.op_id, t.session_id, t.kind, t.status, t.created, t.finished, t.updated, t.amount, t.currency, t.fee, t.fee_currency,
	t.method, t.brand, t.bin, t.last4, t.card_id, t.country, t.recipient, t.recipient_key, t.customer, t.metadata, t.error_code, t.error_text,
	t.rrn, t.auth_code, t.refunds, t.refunded, t.version, t.next_action, t.interaction`

func scanOperation(rows *sql.Rows) (OperationRow, error) {
	var r OperationRow
	var created, finished, updated int64
	var fee sql.NullInt64
	var feeCurrency string
	err := rows.Scan(&r.ID, &r.OperationID, &r.SessionID, &r.Kind, &r.Status, &created, &finished, &updated, &r.Amount.Amount, &r.Amount.Currency,
		&fee, &feeCurrency, &r.Method, &r.Brand, &r.BIN, &r.Last4, &r.CardID, &r.Country, &r.Recipient, &r.recipientKey, &r.Customer, &r.Metadata,
		&r.ErrorCode, &r.ErrorText, &r.RRN, &r.AuthCode, &r.Refunds, &r.Refunded, &r.Version, &r.NextAction, &r.Interaction)
	r.Created, r.Finished, r.Updated = timeOf(created), timeOf(finished), timeOf(updated)
	if fee.Valid {
		r.Fee = &pikeapi.Money{Amount: fee.Int64, Currency: feeCurrency}
	}
	return r, err
}

// Cursor returns the row's place under a sort.
func (r OperationRow) Cursor(s Sort) Cursor {
	c := Cursor{ID: r.ID, Num: micros(r.Created)}
	switch s.Column {
	case ByUpdated:
		c.Num = micros(r.Updated)
	case ByAmount:
		c.Num = r.Amount.Amount
	case ByStatus:
		c.Text = string(r.Status)
	case ByRecipient:
		c.Text = r.recipientKey
	}
	return c
}

const sessionColumns = `t.id, t.session_id, t.status, t.next_action, t.kind, t.created, t.updated, t.finished, t.observed, t.amount, t.currency,
	t.recipient, t.recipient_key, t.customer, t.operations, t.refunds, t.error_code, t.error_text, t.version, t.since, t.deadline, t.flag`

func scanSession(rows *sql.Rows) (SessionRow, error) {
	var r SessionRow
	var created, updated, finished, observed, since, deadline int64
	err := rows.Scan(&r.ID, &r.SessionID, &r.Status, &r.NextAction, &r.Kind, &created, &updated, &finished, &observed, &r.Amount.Amount, &r.Amount.Currency,
		&r.Recipient, &r.recipientKey, &r.Customer, &r.Operations, &r.Refunds, &r.ErrorCode, &r.ErrorText, &r.Version, &since, &deadline, &r.Flag)
	r.Created, r.Updated, r.Finished, r.Observed = timeOf(created), timeOf(updated), timeOf(finished), timeOf(observed)
	if r.NextAction != "" {
		r.Since = timeOf(since)
	}
	r.Deadline = timeOf(deadline)
	return r, err
}

// Cursor returns the row's place under a sort.
func (r SessionRow) Cursor(s Sort) Cursor {
	c := Cursor{ID: r.ID, Num: micros(r.Created)}
	switch s.Column {
	case ByUpdated:
		c.Num = micros(r.Updated)
	case ByAmount:
		c.Num = r.Amount.Amount
	case ByStatus:
		c.Text = string(r.Status)
	case ByRecipient:
		c.Text = r.recipientKey
	}
	return c
}

const exchangeColumns = `t.id, t.op_id, t.method, t.version, t.started, t.latency, t.outcome, t.http_status, t.error_code, t.error_text, t.session_id,
	t.request_bytes, t.response_bytes, t.mutates, t.masked, t.kind, t.amount, t.currency, t.key_fp, t.idem_key, t.epoch`

func scanExchange(rows *sql.Rows) (ExchangeRow, error) {
	var r ExchangeRow
	err := r.scan(rows.Scan)
	return r, err
}

// scan reads exchangeColumns and then more.
func (r *ExchangeRow) scan(scan func(...any) error, more ...any) error {
	var started, latency, masked, amount int64
	var currency string
	err := scan(append([]any{&r.ID, &r.OperationID, &r.Method, &r.Version, &started, &latency, &r.Outcome, &r.HTTPStatus, &r.ErrorCode, &r.ErrorText, &r.SessionID,
		&r.RequestBytes, &r.ResponseBytes, &r.Mutates, &masked, &r.Kind, &amount, &currency, &r.KeyFingerprint, &r.IdempotencyKey, &r.Epoch}, more...)...)
	r.Started, r.Latency, r.Masked = timeOf(started), time.Duration(latency)*time.Microsecond, masked != 0
	if currency != "" {
		r.Amount = &pikeapi.Money{Amount: amount, Currency: currency}
	}
	return err
}

// Cursor returns the row's place under a sort.
func (r ExchangeRow) Cursor(s Sort) Cursor {
	c := Cursor{ID: r.ID, Num: micros(r.Started)}
	switch s.Column {
	case ByLatency:
		c.Num = r.Latency.Microseconds()
	case ByStatus:
		c.Text = string(r.Outcome)
	case ByMethod:
		c.Text = r.Method
	}
	return c
}

const webhookColumns = `t.id, t.received, t.type, t.session_id, t.session_status, t.badge, t.cause, t.key_name, t.duplicate_of, t.late, t.bytes, t.masked,
	t.reply, t.forward_status, t.forward_error, t.problem`

func scanWebhook(rows *sql.Rows) (WebhookRow, error) {
	var r WebhookRow
	var received int64
	err := rows.Scan(&r.ID, &received, &r.Type, &r.SessionID, &r.SessionStatus, &r.Badge, &r.Cause, &r.Key, &r.DuplicateOf, &r.Late, &r.Bytes, &r.Masked,
		&r.ReplyStatus, &r.ForwardStatus, &r.ForwardError, &r.Problem)
	r.Received, r.Duplicate = timeOf(received), r.DuplicateOf != 0
	return r, err
}

// Cursor returns the row's place under a sort.
func (r WebhookRow) Cursor(s Sort) Cursor {
	c := Cursor{ID: r.ID, Num: micros(r.Received)}
	switch s.Column {
	case ByType:
		c.Text = r.Type
	case ByStatus:
		c.Text = string(r.Badge)
	}
	return c
}

const intentColumns = `t.id, t.op_id, t.exchange, t.state, t.method, t.version, t.kind, t.project, t.session_id, t.has_amount, t.amount, t.currency,
	t.recipient, t.target, t.digest, t.idem_key, t.takes_key, t.created, t.sent_at, t.settled_at, t.expires, t.sealed <> 0 AS sealed,
	t.attempts, t.http_status, t.error_code, t.reason, t.note,
	(SELECT s.amount FROM sessions s WHERE s.session_id = t.session_id AND s.currency <> '') AS session_amount,
	(SELECT s.currency FROM sessions s WHERE s.session_id = t.session_id) AS session_currency`

func scanIntent(rows *sql.Rows) (IntentRow, error) {
	var r IntentRow
	var amount pikeapi.Money
	var hasAmount bool
	var created, sent, settled, expires int64
	var digest []byte
	var whole sql.NullInt64
	var currency sql.NullString
	err := rows.Scan(&r.ID, &r.OperationID, &r.ExchangeID, &r.State, &r.Method, &r.Version, &r.Kind, &r.Project, &r.SessionID, &hasAmount, &amount.Amount, &amount.Currency,
		&r.Recipient, &r.Target, &digest, &r.IdempotencyKey, &r.TakesKey, &created, &sent, &settled, &expires, &r.HasBody,
		&r.Attempts, &r.HTTPStatus, &r.ErrorCode, &r.Reason, &r.Note, &whole, &currency)
	if hasAmount {
		r.Amount = &amount
	}
	if whole.Valid {
		r.SessionAmount = &pikeapi.Money{Amount: whole.Int64, Currency: currency.String}
	}
	copy(r.Digest[:], digest)
	r.Created, r.SentAt, r.SettledAt, r.Expires = timeOf(created), timeOf(sent), timeOf(settled), timeOf(expires)
	if r.TakesKey && expires != 0 {
		r.ResendUntil = r.Expires.Add(pikeapi.ResendLimit - pikeapi.KeyLife)
	}
	return r, err
}

// Cursor returns the row's place under a sort.
func (r IntentRow) Cursor(s Sort) Cursor {
	c := Cursor{ID: r.ID, Num: micros(r.Created)}
	switch s.Column {
	case ByAmount:
		c.Num = 0
		if r.Amount != nil {
			c.Num = r.Amount.Amount
		}
	case ByStatus:
		c.Text = string(r.State)
	case ByMethod:
		c.Text = r.Method
	}
	return c
}

// Before returns the cursor just before c in the order of s: a page forward from it begins with c's
// own row.
func (c Cursor) Before(s Sort) Cursor {
	if s.Ascending {
		c.ID--
	} else {
		c.ID++
	}
	return c
}

// At returns the place of a moment under a sort by creation or change: a page forward from it begins
// with the first row at or beyond that moment in the sort's order.
func At(s Sort, at time.Time) Cursor {
	c := Cursor{Num: micros(at), ID: 1<<63 - 1}
	if s.Ascending {
		c.ID = -1
	}
	return c
}
