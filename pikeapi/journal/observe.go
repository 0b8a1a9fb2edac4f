package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// An observation is a session as Pike told it at one moment, made ready for the transaction.
type observation struct {
	s         *pikeapi.Session
	version   pikeapi.Version
	source    string
	now       time.Time
	raw       []byte // masked
	recipient string // as the operator typed it, for operations that Pike tells without one
	flag      string
}

// verdict is what became of an observation.
type verdict struct {
	Applied bool // it changed, or confirmed, what is known
	Late    bool // it is older than what is known
}

// Observe takes over what Pike says of a session. What is older never replaces what is newer, and a
// final state is never taken back, except that an accepted session opens again for a refund. source
// says where it comes from, such as "exchange 41" or "import".
func (j *Journal) Observe(ctx context.Context, s *pikeapi.Session, v pikeapi.Version, source string) error {
	if s == nil || s.ID == "" {
		return fmt.Errorf("observing a session: it has no id")
	}
	o := j.observe(s, v, source)
	return j.write.do(ctx, func(t *txn) error {
		_, err := t.apply(o)
		return err
	})
}

func (j *Journal) observe(s *pikeapi.Session, v pikeapi.Version, source string) *observation {
	o := &observation{s: s, version: v, source: source, now: j.now()}
	if s.Version != 0 {
		o.version = s.Version
	}
	o.raw, _ = pikeapi.MaskJSON(s.Raw)
	o.flag = strings.Join(pikeapi.Contradictions(s), "; ")
	return o
}

// known is the session as the journal has it, in the terms of pikeapi.
type known struct {
	row        int64
	session    *pikeapi.Session // nil when it is new, or known by its id only
	since      int64
	body       int64
	text       string
	operations map[string]knownOperation // by operation id
}

// knownOperation is what answers may leave out, and the text that the search knows.
type knownOperation struct {
	recipient, customer, metadata, text string
}

// apply takes over an observation and records what changed.
func (t *txn) apply(o *observation) (verdict, error) {
	if o.s.ID == "" {
		return verdict{}, nil
	}
	k, err := t.readKnown(o.s.ID)
	if err != nil {
		return verdict{}, err
	}
	if k.session != nil && o.s.UpdatedAt.IsZero() {
		// It does not say when it was: it counts as far as it leads on from what is known, and is not late.
		undated := *o.s
		undated.UpdatedAt = k.session.UpdatedAt
		o.s = &undated
	}
	if !pikeapi.Supersedes(k.session, o.s) {
		return t.reject(o, k)
	}
	t.change.Sessions = true
	if err := t.saveSession(o, k); err != nil {
		return verdict{}, fmt.Errorf("recording session %s: %w", o.s.ID, err)
	}
	if err := t.recordTransitions(o, k); err != nil {
		return verdict{}, fmt.Errorf("recording the history of %s: %w", o.s.ID, err)
	}
	if err := t.saveOperations(o, k); err != nil {
		return verdict{}, fmt.Errorf("recording the operations of %s: %w", o.s.ID, err)
	}
	if err := t.reconcile(o, k); err != nil {
		return verdict{}, fmt.Errorf("settling what was unknown of %s: %w", o.s.ID, err)
	}
	return verdict{Applied: true}, nil
}

// reject notes an observation that is not taken over, where it says something else than what is
// known although it claims to be newer.
func (t *txn) reject(o *observation, k known) (verdict, error) {
	late := o.s.UpdatedAt.Before(k.session.UpdatedAt)
	if late || o.s.Status == k.session.Status {
		return verdict{Late: late}, nil
	}
	flag := fmt.Sprintf("Pike says %s after %s: not taken over", o.s.Status, k.session.Status)
	t.change.Sessions = true
	return verdict{}, t.transition(o, "session", o.s.ID, string(k.session.Status), string(o.s.Status), o.s.NextAction, o.s.UpdatedAt, flag)
}

func (t *txn) readKnown(id string) (known, error) {
	k := known{operations: map[string]knownOperation{}}
	var status, next string
	var updated int64
	found, err := t.get([]any{&k.row, &status, &next, &updated, &k.since, &k.body, &k.text},
		`SELECT id, status, next_action, updated, since, body, text FROM sessions WHERE session_id = ?`, id)
	if err != nil || !found || status == "" {
		return k, err
	}
	k.session = &pikeapi.Session{
		ID: id, Status: pikeapi.SessionStatus(status), NextAction: pikeapi.NextAction(next), UpdatedAt: timeOf(updated),
	}
	err = t.each(func(rows *sql.Rows) error {
		var op pikeapi.Operation
		var kind, status string
		var have knownOperation
		if err := rows.Scan(&op.ID, &kind, &status, &have.recipient, &have.customer, &have.metadata, &have.text); err != nil {
			return err
		}
		op.Kind, op.Status = pikeapi.Kind(kind), pikeapi.OperationStatus(status)
		k.operations[op.ID] = have
		if op.Kind == pikeapi.Payout {
			k.session.Payouts = append(k.session.Payouts, op)
		} else {
			k.session.Payments = append(k.session.Payments, op)
		}
		return nil
	}, `SELECT op_id, kind, status, recipient, customer, metadata, text FROM operations WHERE session_row = ?`, k.row)
	if err != nil {
		return k, err
	}
	return k, t.readKnownRefunds(k.session)
}

func (t *txn) readKnownRefunds(s *pikeapi.Session) error {
	return t.each(func(rows *sql.Rows) error {
		var r pikeapi.Refund
		var op, status string
		if err := rows.Scan(&r.ID, &op, &status); err != nil {
			return err
		}
		r.Status = pikeapi.RefundStatus(status)
		for _, list := range [][]pikeapi.Operation{s.Payouts, s.Payments} {
			for i := range list {
				if list[i].ID == op {
					list[i].Refunds = append(list[i].Refunds, r)
				}
			}
		}
		return nil
	}, `SELECT refund_id, op_id, status FROM refunds WHERE session_id = ?`, s.ID)
}

// saveSession writes the session's row; k.row is set for a new one.
func (t *txn) saveSession(o *observation, k known) error {
	s := o.s
	var first pikeapi.Operation
	var refunds int
	ops := s.Operations()
	if len(ops) > 0 {
		first = ops[0]
	}
	for _, op := range ops {
		refunds += len(op.Refunds)
	}
	recipient := firstOf(first.Recipient, o.recipient, k.operations[first.ID].recipient)
	var deadline int64
	if _, at, ok := pikeapi.Deadline(s); ok {
		deadline = micros(at)
	}
	since := k.since
	if k.session == nil || k.session.NextAction != s.NextAction {
		since = micros(s.UpdatedAt)
	}
	var code, text string
	if s.Error != nil {
		code, text = s.Error.Code, pikeapi.MaskText(s.Error.Description)
	}
	body, err := t.saveBody(k.body, o.raw)
	if err != nil {
		return err
	}
	created := s.CreatedAt
	if created.IsZero() {
		created = o.now
	}
	return t.exec(`INSERT INTO sessions(session_id, status, next_action, kind, created, updated, finished, observed, amount, currency,
			recipient, recipient_key, customer, customer_key, operations, refunds, error_code, error_text, version, since, deadline, flag, body, text)
		VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?25,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23)
		ON CONFLICT(session_id) DO UPDATE SET status = ?2, next_action = ?3, kind = CASE WHEN ?14 > 0 THEN ?4 ELSE kind END,
			created = CASE WHEN ?24 THEN ?5 ELSE created END, updated = ?6, finished = ?7, observed = ?8,
			amount = CASE WHEN ?14 > 0 THEN ?9 ELSE amount END, currency = CASE WHEN ?14 > 0 THEN ?10 ELSE currency END,
			recipient = CASE WHEN ?11 <> '' THEN ?11 ELSE recipient END, recipient_key = CASE WHEN ?12 <> '' THEN ?12 ELSE recipient_key END,
			customer = CASE WHEN ?13 <> '' THEN ?13 ELSE customer END,
			customer_key = CASE WHEN ?25 <> '' THEN ?25 ELSE customer_key END, operations = max(operations, ?14), refunds = max(refunds, ?15),
			error_code = ?16, error_text = ?17, version = CASE WHEN ?18 > 0 THEN ?18 ELSE version END, since = ?19, deadline = ?20,
			flag = ?21, body = ?22, text = ?23`,
		s.ID, string(s.Status), string(s.NextAction), string(first.Kind), micros(created), micros(s.UpdatedAt), micros(s.FinishedAt), micros(o.now),
		first.Amount.Amount, strings.ToLower(first.Amount.Currency), recipient, fold(recipient), first.Customer, len(ops), refunds,
		code, text, int(o.version), since, deadline, o.flag, body, sessionText(s), boolInt(!s.CreatedAt.IsZero()), fold(first.Customer))
}

func (t *txn) saveBody(body int64, data []byte) (int64, error) {
	if body != 0 {
		return body, t.exec(`UPDATE bodies SET data = ? WHERE id = ?`, nonNil(data), body)
	}
	return t.insert(`INSERT INTO bodies(data) VALUES(?)`, nonNil(data))
}

// saveOperations writes the operations and refunds, and the session's document for the search.
func (t *txn) saveOperations(o *observation, k known) error {
	row := k.row
	if row == 0 {
		if _, err := t.get([]any{&row}, `SELECT id FROM sessions WHERE session_id = ?`, o.s.ID); err != nil {
			return err
		}
	}
	// What the search knows is renewed only when the text has changed, which it seldom has.
	changed := k.row == 0 || k.session == nil || k.text != sessionText(o.s)
	for _, op := range o.s.Operations() {
		have, seen := k.operations[op.ID]
		f := fieldsOf(o, op, have)
		if err := t.saveOperation(f, row); err != nil {
			return err
		}
		changed = changed || !seen || f.searchText() != have.text
		for _, r := range op.Refunds {
			if err := t.saveRefund(o, op.ID, r); err != nil {
				return err
			}
		}
	}
	if !changed {
		return nil
	}
	return t.indexSession(row)
}

// sessionText is what words are matched against besides the texts of the operations.
func sessionText(s *pikeapi.Session) string {
	if s.Error == nil {
		return searchText(s.ID)
	}
	return searchText(s.ID, s.Error.Code, pikeapi.MaskText(s.Error.Description))
}

// indexSession renews the session's document in the text search.
func (t *txn) indexSession(row int64) error {
	return t.exec(`INSERT OR REPLACE INTO search(rowid, text)
		SELECT s.id, s.text || char(10) || coalesce((SELECT group_concat(o.text, char(10)) FROM operations o WHERE o.session_row = s.id), '')
		FROM sessions s WHERE s.id = ?`, row)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
